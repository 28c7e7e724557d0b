#pragma once

#include <functional>
#include <memory>

#include "pg/connection.h"
#include "resilience/circuit_breaker.h"
#include "telemetry/metrics.h"

namespace weir::pg {

struct PoolOptions {
  ConnectionOptions connection{};
  size_t connections_max = 4;         ///< Open at once, 1 or more.
  os::milliseconds idle_max{60'000};  ///< An idle connection older than this is closed at its next use.
  os::milliseconds lifetime_max{30 * 60'000};
  /// SQL run once on each new connection (`set timezone ...`); may be empty.
  std::string on_connect{};
};

/// Connections shared by threads, behind a circuit breaker. Safe from any thread.
class Pool {
 private:
  class Impl;

 public:
  /// Opens nothing yet. All outlive the pool. `name` is of the breaker and the metrics ("timescale write").
  Pool(std::string name, const PoolOptions& options, const resilience::BreakerOptions& breaker,
       os::Clock& clock, telemetry::Registry& registry);
  /// Every loan must have ended.
  ~Pool();

  /// A connection lent to its holder, who must not keep it for longer than one job: whoever holds one and
  /// waits for another can bring a pool to a stand. It goes back on destruction. Owned by one thread at a
  /// time.
  class Loan {
   public:
    Loan(Loan&& other) noexcept;
    Loan& operator=(Loan&&) = delete;
    ~Loan();

    Connection& operator*() const;
    Connection* operator->() const { return &**this; }
    /// Tells the breaker how the work went; without it the loan counts as given up. Once.
    void settle(const Status& status);

   private:
    friend class Impl;
    struct State;
    explicit Loan(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };

  /// A connection that is free, or a new one, waiting for one until `deadline`. Errors: kUnavailable (breaker
  /// open, or no connection to be had), kResourceExhausted (all in use until the deadline), and those of
  /// `Connection::open`.
  Result<Loan> borrow(Deadline deadline);

  /// Runs `work` with a connection. The outcome is counted by the breaker. A connection that comes back
  /// unusable or inside a transaction is rolled back before `deadline`, or closed. Errors: those of `borrow`
  /// and of `work`.
  Status with(Deadline deadline, const std::function<Status(Connection&)>& work);

  /// As `with`, inside BEGIN and COMMIT; `work`'s error rolls back. When COMMIT's own outcome is unknown the
  /// error is kUnavailable or kDeadlineExceeded: the caller reads back what it wrote.
  Status transaction(Deadline deadline, const std::function<Status(Connection&)>& work);

  resilience::CircuitBreaker& breaker();

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::pg
