#pragma once

#include <functional>
#include <memory>

#include "pg/connection.h"
#include "resilience/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace weir::pg {

struct PoolOptions {
  ConnectionOptions connection;
  size_t connections_max = 4;         ///< Open at once, 1 or more.
  os::milliseconds idle_max{60'000};  ///< An idle connection older than this is closed at its next use.
  os::milliseconds lifetime_max{30 * 60'000};
  /// SQL run once on each new connection (`set timezone ...`); may be empty.
  std::string on_connect;
};

/// Connections shared by threads, behind a circuit breaker. Safe from any thread.
class Pool {
 public:
  /// Opens nothing yet. All outlive the pool. `name` is of the breaker and the metrics ("timescale write").
  Pool(std::string name, const PoolOptions& options, const resilience::BreakerOptions& breaker,
       os::Clock& clock, telemetry::Registry& registry);
  ~Pool();

  /// Runs `work` with a connection, opened if none is free, waiting for one until `deadline`. The outcome is
  /// counted by the breaker. A connection that comes back unusable or inside a transaction is rolled back or
  /// closed. Errors: kUnavailable (breaker open, or no connection to be had), kResourceExhausted (all in use
  /// until the deadline), and those of `work`.
  Status with(Deadline deadline, const std::function<Status(Connection&)>& work);

  /// As `with`, inside BEGIN and COMMIT; `work`'s error rolls back. When COMMIT's own outcome is unknown the
  /// error is kUnavailable or kDeadlineExceeded: the caller reads back what it wrote.
  Status transaction(Deadline deadline, const std::function<Status(Connection&)>& work);

  resilience::CircuitBreaker& breaker();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::pg
