#include "pg/pool.h"

#include <condition_variable>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "os/random.h"

namespace weir::pg {
namespace {

constexpr os::milliseconds kRollback{1'000};

struct Pooled {
  std::unique_ptr<Connection> connection;
  os::SteadyTime opened;
  os::SteadyTime used;
};

struct PoolMetrics {
  PoolMetrics(telemetry::Registry& registry, const std::string& pool)
      : open(registry.gauge("weir_pg_connections", "Open connections to PostgreSQL.", {{"pool", pool}})),
        opened(registry.counter("weir_pg_connections_opened_total", "Connections opened.", {{"pool", pool}})),
        failures(registry.counter("weir_pg_failures_total",
                                  "Loans of a connection that ended with a failure of the server.",
                                  {{"pool", pool}})),
        exhausted(registry.counter("weir_pg_pool_exhausted_total",
                                   "Callers for whom no connection became free in time.", {{"pool", pool}})) {
  }
  telemetry::Gauge& open;
  telemetry::Counter& opened;
  telemetry::Counter& failures;
  telemetry::Counter& exhausted;
};

}  // namespace

class Pool::Impl {
 public:
  Impl(std::string name, const PoolOptions& options, const resilience::BreakerOptions& breaker,
       os::Clock& clock, telemetry::Registry& registry)
      : options_(options),
        clock_(clock),
        breaker_(name, breaker, clock, os::random_seed()),
        metrics_(registry, name) {
    CHECK(options.connections_max > 0, "a pool has room for a connection");
  }
  ~Impl() { CHECK(in_use_ == 0, "loans end before their pool"); }

  Result<Loan> borrow(Deadline deadline);
  void take_back(Pooled pooled, Deadline deadline);
  void drop_idle();
  resilience::CircuitBreaker& breaker() { return breaker_; }
  void count_failure() { metrics_.failures.add(); }

 private:
  Status wait_for_place(Deadline deadline);
  void give_place_back();
  Result<Pooled> idle_or_new(Deadline deadline);
  std::unique_ptr<Pooled> take_idle();
  bool is_fresh(const Pooled& pooled) const;
  void show_open();

  const PoolOptions options_;
  os::Clock& clock_;
  resilience::CircuitBreaker breaker_;
  PoolMetrics metrics_;
  std::mutex mutex_;
  std::condition_variable freed_;
  size_t in_use_ = 0;         // Guarded by mutex_, as the next.
  std::vector<Pooled> idle_;  // The one used last is taken first, so that a quiet pool shrinks.
};

struct Pool::Loan::State {
  Impl& pool;
  Pooled pooled;
  resilience::CircuitBreaker::Permit permit;
  Deadline deadline;  // Of the borrower.
};

Pool::Loan::Loan(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pool::Loan::Loan(Loan&& other) noexcept = default;

Pool::Loan::~Loan() {
  if (state_ != nullptr) state_->pool.take_back(std::move(state_->pooled), state_->deadline);
}

Connection& Pool::Loan::operator*() const {
  return *state_->pooled.connection;
}

void Pool::Loan::settle(const Status& status) {
  state_->permit.settle(status);
  if (status.ok() || status.error().code != Code::kUnavailable) return;
  // What broke this connection has most likely broken those that lie idle.
  state_->pool.count_failure();
  state_->pool.drop_idle();
}

Status Pool::Impl::wait_for_place(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto is_free = [this] { return in_use_ < options_.connections_max; };
  if (!freed_.wait_until(lock, deadline.when(), is_free)) {
    metrics_.exhausted.add();
    return resource_exhausted(
        fmt::format("{}: all {} connections are in use", breaker_.name(), options_.connections_max));
  }
  ++in_use_;
  return ok_status();
}

void Pool::Impl::give_place_back() {
  {
    std::lock_guard lock(mutex_);
    --in_use_;
  }
  show_open();
  freed_.notify_one();
}

Result<Pool::Loan> Pool::Impl::borrow(Deadline deadline) {
  RETURN_IF_ERROR(wait_for_place(deadline));
  // After the wait, which says nothing about the server.
  Result<resilience::CircuitBreaker::Permit> permit = breaker_.try_acquire();
  if (!permit.ok()) {
    give_place_back();
    return std::move(permit).error();
  }
  Result<Pooled> pooled = idle_or_new(deadline);
  if (!pooled.ok()) {
    permit->settle(pooled.error());
    count_failure();
    give_place_back();
    return std::move(pooled).error();
  }
  show_open();
  return Loan(std::make_unique<Loan::State>(
      Loan::State{*this, std::move(pooled).value(), std::move(permit).value(), deadline}));
}

Result<Pooled> Pool::Impl::idle_or_new(Deadline deadline) {
  while (const std::unique_ptr<Pooled> idle = take_idle()) {
    if (is_fresh(*idle) && idle->connection->usable()) return std::move(*idle);
  }
  ASSIGN_OR_RETURN(auto connection, Connection::open(options_.connection, clock_, deadline));
  metrics_.opened.add();
  if (!options_.on_connect.empty()) RETURN_IF_ERROR(connection->run(options_.on_connect, deadline));
  const os::SteadyTime now = clock_.steady();
  return Pooled{std::move(connection), now, now};
}

std::unique_ptr<Pooled> Pool::Impl::take_idle() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto taken = std::make_unique<Pooled>(std::move(idle_.back()));
  idle_.pop_back();
  return taken;
}

bool Pool::Impl::is_fresh(const Pooled& pooled) const {
  const os::SteadyTime now = clock_.steady();
  return now - pooled.used <= options_.idle_max && now - pooled.opened <= options_.lifetime_max;
}

/// A rollback that is not answered in the time that the borrower has left makes the connection unusable; the
/// server rolls back when it is closed.
void Pool::Impl::take_back(Pooled pooled, Deadline deadline) {
  Connection& connection = *pooled.connection;
  if (connection.usable() && connection.in_transaction()) {
    const Deadline soon = Deadline::after(clock_, kRollback);
    const Status ignored = connection.run("rollback", soon.when() < deadline.when() ? soon : deadline);
  }
  if (connection.usable() && !connection.in_transaction()) {
    pooled.used = clock_.steady();
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(pooled));
  }
  give_place_back();
}

void Pool::Impl::drop_idle() {
  std::vector<Pooled> dropped;  // Closed after the lock is gone.
  std::lock_guard lock(mutex_);
  dropped.swap(idle_);
}

void Pool::Impl::show_open() {
  std::lock_guard lock(mutex_);
  metrics_.open.set(static_cast<double>(in_use_ + idle_.size()));
}

Pool::Pool(std::string name, const PoolOptions& options, const resilience::BreakerOptions& breaker,
           os::Clock& clock, telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(name), options, breaker, clock, registry)) {}
Pool::~Pool() = default;

Result<Pool::Loan> Pool::borrow(Deadline deadline) {
  return impl_->borrow(deadline);
}

Status Pool::with(Deadline deadline, const std::function<Status(Connection&)>& work) {
  ASSIGN_OR_RETURN(Loan loan, borrow(deadline));
  Status status = work(*loan);
  loan.settle(status);
  return status;
}

Status Pool::transaction(Deadline deadline, const std::function<Status(Connection&)>& work) {
  return with(deadline, [&](Connection& connection) -> Status {
    RETURN_IF_ERROR(connection.run("begin", deadline));
    RETURN_IF_ERROR(work(connection));  // The pool rolls back what is left open.
    return connection.run("commit", deadline);
  });
}

resilience::CircuitBreaker& Pool::breaker() {
  return impl_->breaker();
}

}  // namespace weir::pg
