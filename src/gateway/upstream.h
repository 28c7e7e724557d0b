#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/guarded.h"
#include "gateway/surface.h"
#include "gateway/upstream_health.h"
#include "os/clock.h"
#include "resilience/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace weir::gateway {

/// What GET /api/v2/status says of one upstream.
struct UpstreamStatus {
  Surface surface = Surface::kRead;
  std::string name;     ///< As configured: HOST:PORT.
  std::string address;  ///< As resolved; empty while it could not be.
  UpstreamState state = UpstreamState::kUnknown;
  std::string reason;  ///< Of the last check that failed, or of the last request without an answer.
  uint64_t in_flight = 0;
  uint64_t streams = 0;
  uint64_t requests = 0;
  uint64_t errors = 0;
  uint64_t retries = 0;
  resilience::BreakerStatus breaker;
};

/// One process that serves a surface: its health, its load, its breaker, its metrics. Safe from any thread.
class Upstream {
 public:
  struct Options {
    Surface surface;
    std::string name;  ///< HOST:PORT.
    uint32_t failures_out;
    resilience::BreakerOptions breaker;
  };
  /// `clock` and `registry` outlive the upstream.
  Upstream(Options options, os::Clock& clock, telemetry::Registry& registry);

  Surface surface() const { return surface_; }
  const std::string& name() const { return name_; }
  std::string address() const;
  UpstreamState state() const { return state_.load(std::memory_order_relaxed); }
  uint64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  uint64_t streams() const { return streams_.load(std::memory_order_relaxed); }
  resilience::CircuitBreaker& breaker() { return breaker_; }
  UpstreamStatus status() const;

  void set_address(std::string address);
  /// A check's outcome, or a connection that could not be made. Says a change of state in the diagnostics.
  void note(UpstreamHealth::Event event, std::string reason);

  /// Counts one request, or one live stream, for as long as it is held. The upstream outlives it.
  std::shared_ptr<void> begin(bool stream);
  void count_error(const Error& error);
  void count_retry() { retries_.add(); }
  void observe_duration(os::SteadyTime started);

 private:
  struct Checked {
    explicit Checked(uint32_t failures_out) : health(failures_out) {}
    Checked() : Checked(1) {}
    UpstreamHealth health;
    std::string address;
    std::string reason;
  };

  const Surface surface_;
  const std::string name_;
  os::Clock& clock_;
  resilience::CircuitBreaker breaker_;
  Guarded<Checked> checked_;
  std::atomic<UpstreamState> state_{UpstreamState::kUnknown};  ///< Of checked_, for the event loops.
  std::atomic<uint64_t> in_flight_{0};
  std::atomic<uint64_t> streams_{0};
  telemetry::Counter& requests_;
  telemetry::Counter& errors_;
  telemetry::Counter& retries_;
  telemetry::Histogram& seconds_;
  std::unique_ptr<telemetry::Registry::Handle> observed_[3];
};

}  // namespace weir::gateway
