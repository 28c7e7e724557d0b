#pragma once

#include <cstdint>
#include <string_view>

namespace weir::gateway {

/// What is known of an upstream.
enum class UpstreamState {
  kUnknown,   ///< Not asked yet: takes no requests.
  kServing,   ///< Said that it is ready.
  kDraining,  ///< Answers, and says that it is not ready: finishes what it has, takes nothing new.
  kDead,      ///< Does not answer: what it has is given up where it can be asked of another.
};

/// "unknown", "serving", "draining", "dead".
constexpr std::string_view upstream_state_name(UpstreamState state) {
  switch (state) {
    case UpstreamState::kUnknown:
      return "unknown";
    case UpstreamState::kServing:
      return "serving";
    case UpstreamState::kDraining:
      return "draining";
    case UpstreamState::kDead:
      return "dead";
  }
  return "unknown";
}

/// Decides from checks and from connections that requests could not get. Ready once puts an upstream into
/// rotation. Its own word that it is not ready takes it out at once; silence only after `failures_out` times
/// in a row, because a packet or a moment can be lost. Owned by one thread.
class UpstreamHealth {
 public:
  enum class Event { kReady, kNotReady, kSilent };

  explicit UpstreamHealth(uint32_t failures_out) : failures_out_(failures_out) {}

  UpstreamState state() const { return state_; }
  /// True when the state has changed.
  bool note(Event event) {
    const UpstreamState before = state_;
    failures_ = event == Event::kSilent ? failures_ + 1 : 0;
    if (event == Event::kReady) state_ = UpstreamState::kServing;
    if (event == Event::kNotReady) state_ = UpstreamState::kDraining;
    if (failures_ >= failures_out_) state_ = UpstreamState::kDead;
    return state_ != before;
  }

 private:
  uint32_t failures_out_;
  uint32_t failures_ = 0;
  UpstreamState state_ = UpstreamState::kUnknown;
};

}  // namespace weir::gateway
