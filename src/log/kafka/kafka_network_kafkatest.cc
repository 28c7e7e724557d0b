#include <gmock/gmock.h>

#include "log/kafka/test_appends.h"
#include "os/threads.h"
#include "support/network_faults.h"
#include "support/stall_meter.h"

// A real broker behind a network that fails.
namespace weir::log::kafka {
namespace {

using resilience::BreakerState;
using testing::AnyOf;
using testing::Eq;

/// Behind a deadline, on a machine that wakes threads in time.
constexpr os::milliseconds kAllowed{100};

class KafkaNetwork : public testing::Test {
 protected:
  void SetUp() override {
    const char* broker = std::getenv("WEIR_TEST_KAFKA_PROXIED");
    if (broker == nullptr)
      GTEST_SKIP() << "WEIR_TEST_KAFKA_PROXIED is not set: run by tests/services/run.py with one broker";
    // The broker tells its clients to come by this port.
    proxy_.emplace(broker, static_cast<uint16_t>(std::stoi(std::getenv("WEIR_TEST_KAFKA_PROXY_PORT"))));
    options_ = test_options(proxy_->address());
    options_.settings_wait = KafkaLogOptions().settings_wait;
    options_.breaker.open_min = os::milliseconds(200);
    options_.breaker.open_max = os::milliseconds(500);
    options_.breakers = &breakers_;
    log_ = open_log(options_, registry_).value();
  }
  void TearDown() override {
    if (proxy_) proxy_->pass();  // closing waits for what is in flight
    log_.reset();
    proxy_.reset();
  }

  BreakerState breaker() { return breakers_.status().at(0).state; }
  /// A replaced producer may have sent records twice.
  bool may_repeat() { return counted(registry_, "weir_kafka_producers_replaced_total") > 0; }

  /// Appends one by one until the breaker has closed again.
  void wait_until_closed(Outcomes& outcomes) {
    const Deadline deadline = in_seconds(15);
    for (int i = 0; breaker() != BreakerState::kClosed; ++i) {
      ASSERT_FALSE(deadline.passed(os::system_clock())) << "the breaker never closed";
      append_many(*log_, fmt::format("probe{}", i), 1, in_seconds(5), outcomes);
      os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(20), {});
    }
  }

  const test::StallMeter stalls_;
  resilience::Breakers breakers_;
  telemetry::Registry registry_;
  std::optional<test::TcpProxy> proxy_;
  KafkaLogOptions options_;
  std::unique_ptr<Log> log_;
};

/// Follows a partition to its end, in polls that must keep their deadlines; errors are counted.
class Follower {
 public:
  Follower(Log& log, PartitionId partition) : reader_(log.open_reader(partition).value()) {}

  void poll() {
    const Deadline deadline = Deadline::after(os::system_clock(), os::milliseconds(200));
    const auto records = reader_->poll(1 << 20, deadline);
    late_by_max_ = std::max(late_by_max_, os::system_clock().steady() - deadline.when());
    if (!records.ok()) {
      EXPECT_EQ(records.error().code, Code::kUnavailable) << records.error().message;
      ++failed_;
      return;
    }
    for (const Record& r : *records) {
      EXPECT_GT(r.offset.value(), last_) << "records come once, in order";
      last_ = r.offset.value();
      payloads_.insert(std::string(r.payload));
    }
  }
  void read_until(int64_t end) {
    const Deadline deadline = in_seconds(20);
    while (last_ + 1 < end && !deadline.passed(os::system_clock())) poll();
  }

  const std::set<std::string>& payloads() const { return payloads_; }
  os::SteadyTime::duration late_by_max() const { return late_by_max_; }
  int failed() const { return failed_; }

 private:
  std::unique_ptr<Reader> reader_;
  std::set<std::string> payloads_;
  int64_t last_ = -1;
  int failed_ = 0;
  os::SteadyTime::duration late_by_max_ = os::SteadyTime::duration::min();
};

class KafkaUnderFault : public KafkaNetwork, public testing::WithParamInterface<test::NetworkFault> {};

TEST_P(KafkaUnderFault, KeepsDeadlinesAndWhatWasAcknowledgedAndRecovers) {
  Outcomes outcomes;
  append_many(*log_, "before", 5, in_seconds(30), outcomes);
  EXPECT_THAT(outcomes.failed, testing::IsEmpty());
  Follower follower(*log_, PartitionId(0));
  follower.read_until(5);

  GetParam().spoil(*proxy_);
  // Longer than the time after which an append that was given up counts against the brokers.
  append_many(*log_, "during", 10, Deadline::after(os::system_clock(), os::milliseconds(1'100)), outcomes);
  EXPECT_LE(outcomes.late_by_max, kAllowed + stalls_.allowance());
  EXPECT_GE(outcomes.failed.size(), 20u);
  for (const auto& [payload, error] : outcomes.failed)
    EXPECT_THAT(error.code, AnyOf(Code::kDeadlineExceeded, Code::kUnavailable)) << error.message;
  EXPECT_EQ(breaker(), BreakerState::kOpen);
  for (int i = 0; i < 3; ++i) follower.poll();

  proxy_->pass();
  const os::SteadyTime passed = os::system_clock().steady();
  wait_until_closed(outcomes);
  const auto recovered = os::system_clock().steady() - passed;
  RecordProperty("recovered_ms", std::to_string(std::chrono::floor<os::milliseconds>(recovered).count()));
  EXPECT_LE(recovered, std::chrono::seconds(10));
  Outcomes after;
  append_many(*log_, "after", 20, in_seconds(30), after);
  EXPECT_THAT(after.failed, testing::IsEmpty());

  expect_all_there(*log_, outcomes, may_repeat());
  expect_all_there(*log_, after, may_repeat());
  follower.read_until(log_->status(PartitionId(0)).value().end.value());
  EXPECT_LE(follower.late_by_max(), kAllowed + stalls_.allowance());
  for (const auto& [payload, position] : outcomes.acknowledged) {
    if (position.partition != PartitionId(0)) continue;
    EXPECT_TRUE(follower.payloads().contains(payload)) << payload;
  }
}

TEST_P(KafkaUnderFault, OpeningEndsAtItsDeadline) {
  GetParam().spoil(*proxy_);
  telemetry::Registry registry;
  const Deadline deadline = Deadline::after(os::system_clock(), os::milliseconds(1'000));
  const auto log = open_log(options_, registry, deadline);
  EXPECT_LE(os::system_clock().steady() - deadline.when(),
            os::milliseconds(500) + kAllowed + stalls_.allowance());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, Code::kUnavailable) << log.error().message;
}

INSTANTIATE_TEST_SUITE_P(Every, KafkaUnderFault,
                         ::testing::ValuesIn(test::network_faults(os::milliseconds(2'000),
                                                                  os::milliseconds(50))),
                         test::fault_name);

/// While the breaker is open nothing waits.
TEST_F(KafkaNetwork, AnOpenBreakerRefusesAtOnce) {
  log_.reset();
  options_.breaker.open_min = options_.breaker.open_max = std::chrono::minutes(1);
  log_ = open_log(options_, registry_).value();
  Outcomes outcomes;
  append_many(*log_, "before", 1, in_seconds(30), outcomes);
  proxy_->freeze();
  append_many(*log_, "during", 10, Deadline::after(os::system_clock(), os::milliseconds(1'100)), outcomes);
  ASSERT_EQ(breaker(), BreakerState::kOpen);
  auto refused = append_later(*log_, {record(0, "x")});
  ASSERT_EQ(refused.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(refused.get().error().code, Code::kUnavailable);
  EXPECT_EQ(log_->writable().error().code, Code::kUnavailable);
  proxy_->pass();
}

/// Whoever stops a process does not wait for brokers for long.
TEST_F(KafkaNetwork, ClosingEndsWhileTheBrokerIsFrozen) {
  class Ignorer : public AssignmentListener {
    void on_assigned(PartitionId) override {}
    void on_revoked(PartitionId) override {}
  } ignorer;
  append_later(*log_, {record(0, "x")}).get().value();
  auto reader = log_->open_reader(PartitionId(0)).value();
  EXPECT_EQ(reader->poll(1'000, in_seconds(10)).value().size(), 1u);
  auto member = log_->join(ignorer).value();
  proxy_->freeze();
  auto unknown = append_later(*log_, {record(0, "y")}, Deadline::never());
  const os::SteadyTime started = os::system_clock().steady();
  member.reset();
  reader.reset();
  log_.reset();
  EXPECT_LE(os::system_clock().steady() - started, os::milliseconds(10'000));
  EXPECT_EQ(unknown.get().error().code, Code::kUnavailable);
}

/// Each connection lives for a while and ends inside an answer: what the broker had taken is sent again, and
/// is there once.
TEST_F(KafkaNetwork, AnswersCutInTheMiddleLoseAndDoubleNothing) {
  Outcomes outcomes;
  proxy_->cut_after(1'500);
  const size_t before = proxy_->accepted();
  append_many(*log_, "a", 150, in_seconds(60), outcomes, [](int) {
    os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(10), {});
  });
  EXPECT_THAT(outcomes.failed, testing::IsEmpty());
  EXPECT_GE(proxy_->accepted() - before, 5u) << "connections were cut";
  proxy_->pass();
  expect_all_there(*log_, outcomes, may_repeat());
}

/// Late success is success: slowness alone is held back by deadlines, not by the breaker.
TEST_F(KafkaNetwork, SlowAcknowledgementsAreWaitedFor) {
  proxy_->delay(os::milliseconds(1'200));
  Outcomes outcomes;
  append_many(*log_, "slow", 10, in_seconds(30), outcomes);
  EXPECT_THAT(outcomes.failed, testing::IsEmpty());
  EXPECT_EQ(breaker(), BreakerState::kClosed);
  proxy_->pass();
  expect_all_there(*log_, outcomes, may_repeat());
}

}  // namespace
}  // namespace weir::log::kafka
