#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "pg/pool.h"
#include "pg/server_pgtest.h"
#include "support/network_faults.h"
#include "support/stall_meter.h"

// The pool, with a real server behind a network that fails.
namespace weir::pg {
namespace {

using resilience::BreakerState;
using testing::AnyOf;

std::string server_address() {
  const std::string conninfo = test_conninfo();
  const auto value = [&](const std::string& name) {
    const size_t at = conninfo.find(name + "=") + name.size() + 1;
    return conninfo.substr(at, conninfo.find(' ', at) - at);
  };
  return value("host") + ":" + value("port");
}

class PgNetwork : public testing::Test {
 protected:
  static constexpr size_t kConnections = 3;

  void SetUp() override {
    NEED_POSTGRES();
    direct_ = test_connection();
    ASSERT_TRUE(direct_->run(fmt::format("create table {} (id int8)", table_), in_ms(10'000)).ok());
    proxy_.emplace(server_address());
    pool_ = make_pool({.calls_min = 4, .open_min = os::milliseconds(300), .open_max = os::milliseconds(500)});
  }
  void TearDown() override {
    pool_.reset();
    proxy_.reset();
    if (direct_) {
      EXPECT_TRUE(direct_->run("drop table " + table_, in_ms(10'000)).ok());
    }
  }
  std::unique_ptr<Pool> make_pool(const resilience::BreakerOptions& breaker) {
    const PoolOptions options{.connection = {.conninfo = fmt::format("{} host={} port={}", test_conninfo(),
                                                                     proxy_->host(), proxy_->port()),
                                             .application_name = table_},
                              .connections_max = kConnections};
    return std::make_unique<Pool>(fmt::format("network {}", ++pools_), options, breaker, clock_, registry_);
  }

  /// One row by one transaction: each second one by COPY.
  Status insert(int64_t id, int within_ms) {
    const Deadline deadline = in_ms(within_ms);
    return pool_->transaction(deadline, [&](Connection& connection) -> Status {
      if (id % 2 == 0) {
        const std::string sql = fmt::format("insert into {} values ($1)", table_);
        RETURN_IF_ERROR(connection.execute(sql, Params().int8(id).span(), deadline));
        return ok_status();
      }
      CopyRows rows;
      rows.begin_row(1);
      rows.int8(id);
      const std::string sql = fmt::format("copy {} from stdin (format binary)", table_);
      RETURN_IF_ERROR(connection.copy_in(sql, rows.finish(), deadline));
      return ok_status();
    });
  }
  int64_t count_of(int64_t id) {
    return number(*direct_, fmt::format("select count(*) from {} where id = {}", table_, id));
  }
  double ms_since(os::SteadyTime started) {
    return std::chrono::duration<double, std::milli>(clock_.steady() - started).count();
  }
  BreakerState breaker() { return pool_->breaker().status().state; }

  // Asks until the breaker has closed again; the proxy is to be whole by then.
  void wait_until_closed() {
    const os::SteadyTime started = clock_.steady();
    while (breaker() != BreakerState::kClosed) {
      ASSERT_LT(ms_since(started), 10'000) << "the breaker never closed";
      static_cast<void>(
          pool_->with(in_ms(1'000), [](Connection& c) { return c.run("select 1", in_ms(1'000)); }));
      clock_.sleep_until(clock_.steady() + os::milliseconds(5), {});
    }
  }

  os::Clock& clock_ = os::system_clock();
  telemetry::Registry registry_;
  const std::string table_ = unique_name("weir_network");
  std::unique_ptr<Connection> direct_;
  const test::StallMeter stalls_;
  std::optional<test::TcpProxy> proxy_;
  int pools_ = 0;
  std::unique_ptr<Pool> pool_;
};

class PgUnderFault : public PgNetwork, public testing::WithParamInterface<test::NetworkFault> {};

TEST_P(PgUnderFault, KeepsDeadlinesAndWhatWasCommittedAndRecovers) {
  constexpr int kDeadlineMs = 50;
  constexpr double kAllowedMs = kDeadlineMs * 1.1 + 20;
  std::set<int64_t> committed;
  int64_t id = 0;
  for (; id < 2; ++id) {
    ASSERT_TRUE(insert(id, 5'000).ok());
    committed.insert(id);
  }
  GetParam().spoil(*proxy_);
  double longest_ms = 0;
  for (; breaker() == BreakerState::kClosed && id < 30; ++id) {
    const os::SteadyTime started = clock_.steady();
    const Status status = insert(id, kDeadlineMs);
    longest_ms = std::max(longest_ms, ms_since(started));
    if (status.ok()) {
      committed.insert(id);
    } else {
      EXPECT_THAT(status.error().code, AnyOf(Code::kUnavailable, Code::kDeadlineExceeded))
          << status.error().message;
    }
  }
  EXPECT_LE(longest_ms, kAllowedMs + stalls_.allowance_ms());
  RecordProperty("longest_ms", std::to_string(longest_ms));
  ASSERT_EQ(breaker(), BreakerState::kOpen);
  const os::SteadyTime asked = clock_.steady();
  EXPECT_EQ(insert(id, 5'000).error().code, Code::kUnavailable);
  EXPECT_LT(ms_since(asked), 10 + stalls_.allowance_ms()) << "an open breaker does not wait";

  proxy_->pass();
  wait_until_closed();
  for (const int64_t end = ++id + 10; id < end; ++id) {
    ASSERT_TRUE(insert(id, 5'000).ok());
    committed.insert(id);
  }
  for (int64_t i = 0; i < id; ++i) {
    const int64_t count = count_of(i);
    if (committed.contains(i)) {
      EXPECT_EQ(count, 1) << i;
    }
    EXPECT_LE(count, 1) << i;
  }
  // Sessions that were given up end at the server too.
  const std::string sessions =
      fmt::format("select count(*) from pg_stat_activity where application_name = '{}'", table_);
  const os::SteadyTime counted = clock_.steady();
  while (number(*direct_, sessions) > static_cast<int64_t>(kConnections)) {
    ASSERT_LT(ms_since(counted), 5'000) << number(*direct_, sessions) << " sessions";
    clock_.sleep_until(clock_.steady() + os::milliseconds(20), {});
  }
}

INSTANTIATE_TEST_SUITE_P(Every, PgUnderFault,
                         ::testing::ValuesIn(test::network_faults(os::milliseconds(100),
                                                                  os::milliseconds(5))),
                         test::fault_name);

TEST_F(PgNetwork, SlowAnswersOpenTheBreaker) {
  pool_ = make_pool({.calls_min = 4, .slow_after = os::milliseconds(80), .open_min = os::milliseconds(300)});
  ASSERT_TRUE(insert(0, 5'000).ok());
  proxy_->delay(os::milliseconds(50));
  for (int64_t id = 1; id < 8 && breaker() == BreakerState::kClosed; ++id)
    EXPECT_TRUE(insert(id, 10'000).ok());
  EXPECT_EQ(breaker(), BreakerState::kOpen);
  proxy_->pass();
  wait_until_closed();
}

// Whoever fails inside a transaction gets the error at the deadline, and does not wait for the rollback.
TEST_F(PgNetwork, ARollbackThatTheServerDoesNotAnswerEndsAtTheDeadline) {
  const os::SteadyTime started = clock_.steady();
  const Status status = pool_->transaction(in_ms(200), [&](Connection&) -> Status {
    proxy_->freeze();
    return cancelled("by its caller");
  });
  EXPECT_LE(ms_since(started), 200 * 1.1 + 20 + stalls_.allowance_ms());
  EXPECT_EQ(status.error().code, Code::kCancelled);
  proxy_->pass();
  EXPECT_TRUE(insert(1, 5'000).ok());
}

// A row of an answer that comes too late belongs to the statement that gave up.
TEST_F(PgNetwork, ALateAnswerIsNeverTakenForAnothersStatement) {
  pool_ = make_pool({.calls_min = 1'000});
  for (int64_t i = 0; i < 20; ++i) {
    proxy_->delay(os::milliseconds(30));
    EXPECT_FALSE(pool_->with(in_ms(20), [](Connection& c) { return c.run("select 1", in_ms(10)); }).ok());
    proxy_->pass();
    EXPECT_TRUE(pool_
                    ->with(in_ms(5'000),
                           [&](Connection& c) {
                             EXPECT_EQ(number(c, std::to_string(i)), i);
                             return ok_status();
                           })
                    .ok());
  }
}

}  // namespace
}  // namespace weir::pg
