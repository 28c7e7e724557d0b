#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "base/result.h"
#include "os/clock.h"
#include "os/random.h"

/// Keeps a failing dependency from being called: M. Nygard, Release It!, "Circuit Breaker".
namespace weir::resilience {

struct BreakerOptions {
  os::milliseconds window{10'000};  ///< Over which calls are counted.
  uint32_t calls_min = 20;          ///< Fewer calls in the window never open the breaker.
  double failure_ratio = 0.5;       ///< At or above: open.
  double slow_ratio = 0.8;          ///< At or above: open.
  os::milliseconds slow_after{1'000};
  os::milliseconds open_min{1'000};   ///< How long it stays open; doubles with each failed probe ...
  os::milliseconds open_max{30'000};  ///< ... up to here.
  double jitter = 0.2;                ///< Of that time, to either side.
  uint32_t probes = 5;                ///< Good calls in a row, one at a time, that close it again.
};

enum class BreakerState { kClosed, kOpen, kHalfOpen };

/// "closed", "open", "half_open".
std::string_view breaker_state_text(BreakerState state);

struct BreakerStatus {
  std::string name;
  BreakerState state = BreakerState::kClosed;
  uint32_t calls = 0;  ///< Inside the window, as failures and slow.
  uint32_t failures = 0;
  uint32_t slow = 0;
  uint64_t opened_total = 0;  ///< Since the start of the process, as refused_total.
  uint64_t refused_total = 0;
  os::milliseconds retry_in{0};  ///< While open: until the next probe is let through.
};

/// Guards one class of operations on one dependency ("redis", "timescale write"). Every call asks first:
///
///     Result<CircuitBreaker::Permit> permit = breaker.try_acquire();
///     if (!permit.ok()) return permit.status();
///     Status status = call();
///     permit.value().settle(status);
///
/// Safe from any thread; a call costs one short lock.
class CircuitBreaker {
 public:
  /// `clock` outlives the breaker. `seed` is of the jitter.
  CircuitBreaker(std::string name, const BreakerOptions& options, os::Clock& clock, uint64_t seed);

  /// The right to make one call. Moves; dropped without a verdict it counts as a call that its caller gave
  /// up. Its breaker outlives it.
  class Permit {
   public:
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&&) = delete;
    ~Permit();

    /// kUnavailable, kDeadlineExceeded, kIo and kInternal are failures of the dependency; every other status,
    /// the caller's own mistakes among them, shows that it lives. Counted once; later verdicts are ignored.
    void settle(const Status& status);
    void success();
    void failure();

   private:
    friend class CircuitBreaker;
    Permit(CircuitBreaker* breaker, uint64_t generation, os::SteadyTime started);
    void report(bool failed);

    CircuitBreaker* breaker_;
    uint64_t generation_;
    os::SteadyTime started_;
  };

  /// kUnavailable while open, naming the dependency and when it will be tried again.
  Result<Permit> try_acquire();

  BreakerStatus status() const;
  const std::string& name() const { return name_; }

 private:
  static constexpr size_t kSlices = 10;  ///< The window moves in tenths.

  struct Slice {
    int64_t number = -1;  ///< Steady time in slices; an older number means an empty slice.
    uint32_t calls = 0;
    uint32_t failures = 0;
    uint32_t slow = 0;
  };
  struct State {
    explicit State(uint64_t seed) : random(seed) {}
    State() : State(0) {}

    BreakerState state = BreakerState::kClosed;
    /// Counts changes of state, so that a call that began before one cannot vote after it.
    uint64_t generation = 0;
    std::array<Slice, kSlices> slices;
    os::SteadyTime retry_at;
    os::milliseconds open_for{0};
    bool probing = false;
    uint32_t good_probes = 0;
    uint64_t opened_total = 0;
    uint64_t refused_total = 0;
    os::Random random;
  };

  enum class Verdict { kGood, kFailed, kAbandoned };
  void settle(uint64_t generation, os::SteadyTime started, Verdict verdict);
  int64_t slice_number(os::SteadyTime time) const;
  Slice counted(const State& state, os::SteadyTime now) const;
  void count(State& state, os::SteadyTime now, bool failed, bool slow) const;
  void open(State& state, os::SteadyTime now) const;

  const std::string name_;
  const BreakerOptions options_;
  os::Clock& clock_;
  mutable Guarded<State> state_;
};

}  // namespace weir::resilience
