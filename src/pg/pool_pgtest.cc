#include <fmt/format.h>
#include <gmock/gmock.h>

#include "os/threads.h"
#include "pg/pool.h"
#include "pg/server_pgtest.h"

namespace weir::pg {
namespace {

class PgPool : public testing::Test {
 protected:
  Pool& pool(size_t connections_max, std::string conninfo = test_conninfo()) {
    pool_ = std::make_unique<Pool>(
        "test",
        PoolOptions{.connection = {.conninfo = std::move(conninfo)}, .connections_max = connections_max},
        resilience::BreakerOptions{.calls_min = 4, .open_min = os::milliseconds(60'000)}, os::system_clock(),
        registry_);
    return *pool_;
  }
  double opened() {
    return static_cast<double>(
        registry_.counter("weir_pg_connections_opened_total", "Connections opened.", {{"pool", "test"}})
            .value());
  }

  telemetry::Registry registry_;
  std::unique_ptr<Pool> pool_;
};

int64_t pid_of(Pool& pool) {
  int64_t pid = 0;
  EXPECT_TRUE(pool.with(in_ms(5'000),
                        [&](Connection& connection) {
                          pid = number(connection, "select pg_backend_pid()");
                          return ok_status();
                        })
                  .ok());
  return pid;
}

TEST_F(PgPool, UsesAConnectionAgain) {
  NEED_POSTGRES();
  Pool& pool = this->pool(2);
  EXPECT_EQ(pid_of(pool), pid_of(pool));
  EXPECT_EQ(opened(), 1);
}

TEST_F(PgPool, ExhaustedPoolSaysSo) {
  NEED_POSTGRES();
  Pool& pool = this->pool(2);
  {
    const auto first = pool.borrow(in_ms(5'000)).value();
    const auto second = pool.borrow(in_ms(5'000)).value();
    const auto third = pool.borrow(in_ms(20));
    ASSERT_FALSE(third.ok());
    EXPECT_EQ(third.error().code, Code::kResourceExhausted);
  }
  EXPECT_TRUE(pool.borrow(in_ms(5'000)).ok());
  EXPECT_EQ(pool.breaker().status().failures, 0u) << "a busy pool is no failure of the server";
}

TEST_F(PgPool, AWaiterGetsTheConnectionThatComesBack) {
  NEED_POSTGRES();
  Pool& pool = this->pool(1);
  auto held = std::make_unique<Pool::Loan>(pool.borrow(in_ms(5'000)).value());
  os::Thread giving("giver", [&](std::stop_token) { held.reset(); });
  EXPECT_TRUE(pool.borrow(Deadline::never()).ok());
  giving.join();
  EXPECT_EQ(opened(), 1);
}

TEST_F(PgPool, RollsBackWhatIsLeftOpen) {
  NEED_POSTGRES();
  Pool& pool = this->pool(1);
  const int64_t pid = pid_of(pool);
  EXPECT_TRUE(
      pool.with(in_ms(5'000), [](Connection& connection) { return connection.run("begin", in_ms(1'000)); })
          .ok());
  EXPECT_TRUE(pool.with(in_ms(5'000),
                        [](Connection& connection) {
                          EXPECT_FALSE(connection.in_transaction());
                          return ok_status();
                        })
                  .ok());
  EXPECT_EQ(pid_of(pool), pid);
}

TEST_F(PgPool, TransactionsAreAllOrNothing) {
  NEED_POSTGRES();
  Pool& pool = this->pool(1);
  const std::string table = unique_name("weir_pool");
  const auto insert = [&](Connection& connection) {
    return connection.run("insert into " + table + " values (1)", in_ms(1'000));
  };
  ASSERT_TRUE(pool.transaction(in_ms(5'000),
                               [&](Connection& connection) {
                                 return connection.run("create table " + table + " (a int)", in_ms(1'000));
                               })
                  .ok());
  EXPECT_EQ(pool.transaction(in_ms(5'000),
                             [&](Connection& connection) -> Status {
                               RETURN_IF_ERROR(insert(connection));
                               return cancelled("no");
                             })
                .error()
                .code,
            Code::kCancelled);
  EXPECT_EQ(pool.transaction(in_ms(5'000),
                             [&](Connection& connection) -> Status {
                               RETURN_IF_ERROR(insert(connection));
                               const Status swallowed = connection.run("select 1/0", in_ms(1'000));
                               return ok_status();
                             })
                .error()
                .code,
            Code::kFailedPrecondition);
  EXPECT_TRUE(pool.transaction(in_ms(5'000), insert).ok());
  EXPECT_TRUE(pool.with(in_ms(5'000),
                        [&](Connection& connection) {
                          EXPECT_EQ(number(connection, "select count(*) from " + table), 1);
                          return connection.run("drop table " + table, in_ms(5'000));
                        })
                  .ok());
}

TEST_F(PgPool, RecoversFromTerminatedBackends) {
  NEED_POSTGRES();
  Pool& pool = this->pool(3);
  std::vector<int64_t> pids;
  {
    std::vector<Pool::Loan> loans;
    for (int i = 0; i < 3; ++i) loans.push_back(pool.borrow(in_ms(5'000)).value());
    for (const auto& loan : loans) pids.push_back(number(*loan, "select pg_backend_pid()"));
  }
  const auto killer = test_connection();
  for (const int64_t pid : pids)
    number(*killer, fmt::format("select pg_terminate_backend({}, 5000)::int", pid));
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(pids, testing::Not(testing::Contains(pid_of(pool)))) << "idle ones are checked";

  const int64_t victim = pid_of(pool);
  const Status lost = pool.with(in_ms(5'000), [&](Connection& connection) -> Status {
    number(*killer, fmt::format("select pg_terminate_backend({}, 5000)::int", victim));
    return connection.run("select 1", in_ms(1'000));
  });
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
  EXPECT_NE(pid_of(pool), victim);
}

TEST_F(PgPool, BreakerOpensWhenNoServerAnswers) {
  Pool& pool = this->pool(2, "host=127.0.0.1 port=1 sslmode=disable");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(pool.borrow(in_ms(5'000)).error().code, Code::kUnavailable);
  EXPECT_EQ(pool.breaker().status().state, resilience::BreakerState::kOpen);
  const auto refused = pool.borrow(in_ms(5'000));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("circuit breaker open"), std::string::npos);
}

TEST_F(PgPool, CallersErrorsLeaveTheBreakerClosed) {
  NEED_POSTGRES();
  Pool& pool = this->pool(1);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(
        pool.with(in_ms(5'000), [](Connection& c) { return c.run("select 1/0", in_ms(1'000)); }).ok());
  }
  EXPECT_EQ(pool.breaker().status().state, resilience::BreakerState::kClosed);
}

TEST_F(PgPool, ManyThreadsShareFewConnections) {
  NEED_POSTGRES();
  Pool& pool = this->pool(3);
  std::atomic<int> done{0};
  {
    std::vector<os::Thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back("user", [&](std::stop_token) {
        for (int i = 0; i < 50; ++i) {
          if (pool.with(Deadline::never(), [](Connection& c) { return c.run("select 1", Deadline::never()); })
                  .ok())
            ++done;
        }
      });
    }
  }
  EXPECT_EQ(done, 400);
  EXPECT_LE(opened(), 3);
}

}  // namespace
}  // namespace weir::pg
