#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/retry_budget.h"
#include "gateway/upstream.h"
#include "os/threads.h"

namespace weir::gateway {

struct UpstreamsOptions {
  std::vector<std::string> write;  ///< HOST:PORT of processes with the role ingest; at most 64.
  std::vector<std::string> read;   ///< HOST:PORT of processes with the role query; at most 64.
  os::milliseconds check_interval{1'000};
  os::milliseconds check_timeout{500};
  uint32_t failures_out =
      2;                     ///< Checks or connections in a row without an answer that make an upstream dead.
  double retry_ratio = 0.2;  ///< Of the active requests of a surface that may be retries ...
  uint64_t retries_min = 3;  ///< ... and so many in any case.
  os::milliseconds retry_wait_max{1'000};  ///< How long a request waits for the budget before it fails.
  /// Writes that take longer than `slow_after` count against an upstream; reads never do, because it is their
  /// sender who decides how much they ask for.
  resilience::BreakerOptions breaker{.slow_after = os::milliseconds(5'000)};
};

/// The upstreams of one surface. Safe from any thread.
class UpstreamSet {
 public:
  /// An upstream with leave to make one call.
  struct Pick {
    Upstream* upstream;
    size_t index;  ///< In the set.
    resilience::CircuitBreaker::Permit permit;
  };
  static constexpr size_t kUpstreamsMax = 64;

  UpstreamSet(Surface surface, std::vector<std::unique_ptr<Upstream>> upstreams,
              const UpstreamsOptions& options);

  Surface surface() const { return surface_; }
  bool empty() const { return upstreams_.empty(); }
  /// The least loaded one that serves, whose breaker lets a call through, and whose bit in `tried` is not
  /// set; equals take turns. For a `stream` the load is the streams, else the requests in flight. Nothing
  /// when there is none.
  std::optional<Pick> pick(uint64_t tried, bool stream);
  /// Why `pick` found nothing, by number and state: the sentence goes to clients, which need not learn names.
  std::string why_none() const;
  const std::vector<std::unique_ptr<Upstream>>& all() const { return upstreams_; }
  RetryBudget& budget() { return budget_; }

 private:
  const Surface surface_;
  const std::vector<std::unique_ptr<Upstream>> upstreams_;
  RetryBudget budget_;
  std::atomic<size_t> turn_{0};
};

/// All upstreams of a gateway, and the threads that ask each for its health: GET /readyz at an interval, one
/// thread an upstream, so that one that hangs delays no other. The name is resolved again after each check
/// that failed. Outlives the HTTP server whose requests use it. Safe from any thread.
class Upstreams {
  struct Key {};

 public:
  /// kInvalidArgument: an entry that is not HOST:PORT or comes twice, or too many. Names are resolved later.
  static Result<std::unique_ptr<Upstreams>> create(UpstreamsOptions options, os::Clock& clock,
                                                   telemetry::Registry& registry);
  Upstreams(Key, UpstreamsOptions options, os::Clock& clock, telemetry::Registry& registry);
  /// Stops if needed.
  ~Upstreams();

  void start();
  /// Waits for checks in progress. Idempotent.
  void stop();

  /// The set of a surface; null when that surface has no upstreams.
  UpstreamSet* set(Surface surface);
  /// True once each upstream has been asked, whatever it said.
  bool checked() const;
  std::vector<UpstreamStatus> status() const;
  const UpstreamsOptions& options() const { return options_; }

 private:
  std::vector<std::unique_ptr<Upstream>> make(Surface surface, const std::vector<std::string>& names,
                                              telemetry::Registry& registry) const;

  const UpstreamsOptions options_;
  os::Clock& clock_;
  UpstreamSet write_;
  UpstreamSet read_;
  std::atomic<size_t> unchecked_;
  std::vector<os::Thread> threads_;
};

}  // namespace weir::gateway
