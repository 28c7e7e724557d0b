#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/kafka/mock_cluster.h"
#include "log/kafka/test_appends.h"
#include "os/threads.h"
#include "support/stall_meter.h"

// The whole log on mock brokers that fail. What was acknowledged is there, at its place, once; what failed
// was told so, once, in time; and appends go on when the brokers do.
namespace weir::log::kafka {
namespace {

using testing::HasSubstr;

// Codes of the protocol.
constexpr int kLeaderNotAvailable = 5;
constexpr int kNotLeader = 6;
constexpr int kRequestTimedOut = 7;
constexpr int kMessageTooLarge = 10;
constexpr int kNotEnoughReplicas = 19;
constexpr int kNotEnoughReplicasAfterAppend = 20;

constexpr uint32_t kPartitions = 3;

class KafkaFaults : public testing::Test {
 protected:
  KafkaFaults() { cluster_.create_topic(options_.topic, kPartitions); }
  ~KafkaFaults() override { log_.reset(); }

  Log& log() {
    if (log_ == nullptr) log_ = open_log(options_, registry_).value();
    return *log_;
  }

  void append_many(const std::string& who, int count, Deadline deadline, Outcomes& outcomes,
                   const std::function<void(int)>& meanwhile = {}) {
    kafka::append_many(log(), who, count, deadline, outcomes, meanwhile);
  }
  void expect_all_there(const Outcomes& outcomes, bool repeats = false) {
    kafka::expect_all_there(log(), outcomes, repeats);
  }
  uint64_t counted(std::string_view line) { return kafka::counted(registry_, line); }

  MockCluster cluster_{3};
  KafkaLogOptions options_ = test_options(cluster_.brokers());
  telemetry::Registry registry_;
  std::unique_ptr<Log> log_;
};

TEST_F(KafkaFaults, RefusedRequestsAreRepeated) {
  Outcomes outcomes;
  append_many("a", 300, in_seconds(60), outcomes, [&](int i) {
    if (i % 20 == 0)
      cluster_.fail_produce({kNotLeader, kRequestTimedOut, kNotEnoughReplicas, kLeaderNotAvailable,
                             kNotEnoughReplicasAfterAppend});
  });
  EXPECT_TRUE(outcomes.failed.empty()) << outcomes.failed.begin()->second.message;
  EXPECT_EQ(outcomes.acknowledged.size(), 300u * kPartitions);
  expect_all_there(outcomes);
}

TEST_F(KafkaFaults, LeadersMove) {
  Outcomes outcomes;
  append_many("a", 300, in_seconds(60), outcomes, [&](int i) {
    if (i % 50 == 0) cluster_.move_leader(options_.topic, i / 50 % 3, 1 + (i / 50 + 1) % 3);
  });
  EXPECT_EQ(outcomes.acknowledged.size(), 300u * kPartitions);
  expect_all_there(outcomes);
}

TEST_F(KafkaFaults, BrokersThatComeBackAreWaitedFor) {
  log();
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_down(broker);
  Outcomes outcomes;
  os::Thread later("later", [&](std::stop_token stop) {
    os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(1'000), stop);
    for (int broker = 1; broker <= 3; ++broker) cluster_.set_up(broker);
  });
  append_many("a", 100, in_seconds(60), outcomes);
  EXPECT_EQ(outcomes.acknowledged.size(), 100u * kPartitions);
  expect_all_there(outcomes);
}

TEST_F(KafkaFaults, SaysThatNoBrokerAnswers) {
  EXPECT_TRUE(log().writable().ok());
  auto reader = log().open_reader(PartitionId(0)).value();
  EXPECT_TRUE(reader->poll(1'000, Deadline::after(os::system_clock(), os::milliseconds(50))).value().empty());
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_down(broker);
  const Deadline soon = in_seconds(10);
  while (log().writable().ok() && !soon.passed(os::system_clock())) {
  }
  EXPECT_EQ(log().writable().error().code, Code::kUnavailable);
  EXPECT_EQ(reader->poll(1'000, Deadline::after(os::system_clock(), os::milliseconds(50))).error().code,
            Code::kUnavailable);
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_up(broker);
  const Deadline back = in_seconds(10);
  while (!log().writable().ok() && !back.passed(os::system_clock())) {
  }
  EXPECT_TRUE(log().writable().ok());
  EXPECT_TRUE(append_later(log(), {record(0, "x")}).get().ok());
  EXPECT_EQ(reader->poll(1'000, in_seconds(10)).value().size(), 1u);
}

TEST_F(KafkaFaults, ASilentBrokerDoesNotHoldAnAppendBeyondItsDeadline) {
  EXPECT_TRUE(append_later(log(), {record(0, "warm")}).get().ok());
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_delay_ms(broker, 2'000);
  const test::StallMeter stalls;
  const os::SteadyTime started = os::system_clock().steady();
  const Outcome outcome =
      append_later(log(), {record(0, "late")}, Deadline::after(os::system_clock(), os::milliseconds(300)))
          .get();
  const auto took = os::system_clock().steady() - started;
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(outcome.error().message, HasSubstr("outcome is unknown"));
  EXPECT_GE(took, os::milliseconds(300));
  EXPECT_LE(took, os::milliseconds(330) + stalls.allowance());
  // Unknown means that it may arrive, and its bytes are held until that is settled.
  EXPECT_GT(counted("weir_log_queue_bytes"), 0u);
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_delay_ms(broker, 0);
  EXPECT_EQ(read_payloads(log(), 0, 2), (std::vector<std::string>{"warm", "late"}));
  EXPECT_EQ(counted("weir_log_failed_appends_total{reason=\"deadline\"}"), 1u);
}

TEST_F(KafkaFaults, APassedDeadlineAppendsNothing) {
  const Outcome outcome =
      append_later(log(), {record(0, "never")}, Deadline::at(os::system_clock().steady())).get();
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(outcome.error().message, HasSubstr("nothing was appended"));
  EXPECT_TRUE(append_later(log(), {record(0, "x")}).get().ok());
  EXPECT_EQ(read_payloads(log(), 0, 1), std::vector<std::string>{"x"});
}

TEST_F(KafkaFaults, AFullQueueRefusesAtOnce) {
  options_.queue_bytes_max = 512 << 10;
  EXPECT_TRUE(append_later(log(), {record(0, "warm")}).get().ok());
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_down(broker);
  const std::string payload(100 << 10, 'x');
  std::vector<std::future<Outcome>> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(append_later(log(), {record(0, payload)}));
  auto refused = append_later(log(), {record(0, payload)});
  ASSERT_EQ(refused.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(refused.get().error().code, Code::kResourceExhausted);
  EXPECT_EQ(counted("weir_log_refused_appends_total{reason=\"queue_full\"}"), 1u);
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_up(broker);
  for (auto& outcome : waiting) EXPECT_TRUE(outcome.get().ok());
  EXPECT_TRUE(append_later(log(), {record(0, payload)}).get().ok());
  EXPECT_EQ(counted("weir_log_queue_bytes"), 0u);
}

TEST_F(KafkaFaults, TheDeliveryTimeoutGivesTheMemoryBack) {
  options_.delivery_timeout = os::milliseconds(2'000);
  EXPECT_TRUE(append_later(log(), {record(0, "warm")}).get().ok());
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_down(broker);
  const Outcome outcome = append_later(log(), {record(0, "x")}, Deadline::never()).get();
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded) << outcome.error().message;
  EXPECT_EQ(counted("weir_log_queue_bytes"), 0u);
}

TEST_F(KafkaFaults, TheBreakerRefusesAndRecovers) {
  EXPECT_TRUE(append_later(log(), {record(0, "warm")}).get().ok());
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_delay_ms(broker, 4'000);
  std::vector<std::future<Outcome>> late;
  for (int i = 0; i < 30; ++i)
    late.push_back(
        append_later(log(), {record(0, "x")}, Deadline::after(os::system_clock(), os::milliseconds(1'100))));
  for (auto& outcome : late) EXPECT_EQ(outcome.get().error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(log().writable().error().code, Code::kUnavailable);
  auto refused = append_later(log(), {record(0, "x")});
  ASSERT_EQ(refused.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(refused.get().error().code, Code::kUnavailable);
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_delay_ms(broker, 0);
  // A5 of the promises: appends go on within 10 s, and the breaker closes after five good ones.
  const Deadline recovered = in_seconds(10);
  int good = 0;
  while (good < 20 && !recovered.passed(os::system_clock()))
    good += append_later(log(), {record(0, "x")}, in_seconds(5)).get().ok() ? 1 : 0;
  EXPECT_EQ(good, 20);
  EXPECT_TRUE(log().writable().ok());
}

TEST_F(KafkaFaults, TooLargeForTheBrokerIsTheCallersMistake) {
  log();
  cluster_.fail_produce({kMessageTooLarge});
  EXPECT_EQ(append_later(log(), {record(0, "x")}).get().error().code, Code::kInvalidArgument);
  EXPECT_TRUE(append_later(log(), {record(0, "y")}).get().ok());
}

TEST_F(KafkaFaults, ClosingAnswersEverything) {
  log();
  for (int broker = 1; broker <= 3; ++broker) cluster_.set_down(broker);
  auto one = append_later(log(), {record(0, "x"), record(1, "y")});
  auto two = append_later(log(), {record(2, "z")}, Deadline::never());
  const test::StallMeter stalls;
  const os::SteadyTime started = os::system_clock().steady();
  log_.reset();
  EXPECT_LE(os::system_clock().steady() - started, os::milliseconds(8'000) + stalls.allowance());
  EXPECT_EQ(one.get().error().code, Code::kUnavailable);
  EXPECT_EQ(two.get().error().code, Code::kUnavailable);
}

TEST_F(KafkaFaults, ClosingWaitsForWhatIsUnderWay) {
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 100; ++i) outcomes.push_back(append_later(log(), {record(i % 3, "x")}));
  log_.reset();
  for (auto& outcome : outcomes) EXPECT_TRUE(outcome.get().ok());
}

TEST_F(KafkaFaults, ReadersGoOnAfterFailedFetches) {
  Outcomes outcomes;
  append_many("a", 100, in_seconds(60), outcomes);
  cluster_.fail_fetch({kNotLeader, kRequestTimedOut, kLeaderNotAvailable});
  expect_all_there(outcomes);
}

TEST_F(KafkaFaults, ForeignRecordsArePassedOver) {
  EXPECT_TRUE(append_later(log(), {record(0, "ours-1")}).get().ok());
  cluster_.append(options_.topic, 0, "foreign", {});
  cluster_.append(options_.topic, 0, "foreign", {{"weir-tenant", "acme"}});
  cluster_.append(options_.topic, 0, "", {{"weir-tenant", "5"}});
  cluster_.append(options_.topic, 0, "ours-2", {{"weir-tenant", "5"}, {"traceparent", "00-abc"}});
  auto reader = log().open_reader(PartitionId(0)).value();
  std::vector<std::string> seen;
  while (seen.empty() || seen.back() != "ours-2") {
    Result<std::vector<Record>> records = reader->poll(1 << 20, in_seconds(10));
    if (!records.ok()) {
      EXPECT_EQ(records.error().code, Code::kCorruption);
      seen.push_back(records.error().message.substr(0, records.error().message.find(';')));
      continue;
    }
    ASSERT_FALSE(records->empty());
    for (const Record& r : *records) seen.emplace_back(r.payload);
    if (seen.back() == "ours-2") {
      EXPECT_EQ(records->back().tenant, TenantId::from_stored(5));
      EXPECT_EQ(records->back().trace_parent, "00-abc");
    }
  }
  EXPECT_THAT(
      seen, testing::ElementsAre("ours-1", "partition 0: the record at offset 1 has no headers, so no tenant",
                                 "partition 0: the record at offset 2 has a header \"weir-tenant\" "
                                 "that is no tenant id",
                                 "partition 0: the record at offset 3 is empty", "ours-2"));
}

TEST_F(KafkaFaults, ATraceContextTravels) {
  NewRecord traced = record(0, "x");
  traced.trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_TRUE(append_later(log(), {traced, record(0, "y")}).get().ok());
  auto reader = log().open_reader(PartitionId(0)).value();
  std::vector<std::string> traces;
  while (traces.size() < 2) {
    for (const Record& r : reader->poll(1 << 20, in_seconds(10)).value()) traces.emplace_back(r.trace_parent);
  }
  EXPECT_EQ(traces[0], traced.trace_parent);
  EXPECT_EQ(traces[1], "");
}

TEST_F(KafkaFaults, APositionBeyondTheEndIsNotPassedOverInSilence) {
  EXPECT_TRUE(append_later(log(), {record(0, "x")}).get().ok());
  auto reader = log().open_reader(PartitionId(0)).value();
  ASSERT_TRUE(reader->seek(Offset(50)).ok());
  for (int i = 0; i < 2; ++i) {
    const auto records = reader->poll(1'000, in_seconds(10));
    ASSERT_FALSE(records.ok());
    EXPECT_EQ(records.error().code, Code::kUnavailable);
    EXPECT_THAT(records.error().message, HasSubstr("ends at 1, before position 50"));
  }
  ASSERT_TRUE(reader->seek(Offset(0)).ok());
  EXPECT_EQ(reader->poll(1'000, in_seconds(10)).value().size(), 1u);
}

TEST_F(KafkaFaults, HasABoundOnReaders) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 16; ++i) readers.push_back(log().open_reader(PartitionId(1)).value());
  EXPECT_EQ(log().open_reader(PartitionId(1)).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(log().open_reader(PartitionId(0)).ok());
  readers.pop_back();
  EXPECT_TRUE(log().open_reader(PartitionId(1)).ok());
}

TEST_F(KafkaFaults, AReaderMayOutliveTheLog) {
  EXPECT_TRUE(append_later(log(), {record(0, "x")}).get().ok());
  auto reader = log().open_reader(PartitionId(0)).value();
  log_.reset();
  EXPECT_EQ(reader->poll(1'000, in_seconds(10)).value().size(), 1u);
}

/// Everything at once, for a while.
TEST_F(KafkaFaults, NothingAcknowledgedIsLostUnderRandomFaults) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  options_.delivery_timeout = os::milliseconds(60'000);
  log();
  Outcomes outcomes;
  {
    os::Thread trouble("trouble", [&](std::stop_token stop) {
      os::Random random(seed);
      const int errors[] = {kNotLeader, kRequestTimedOut, kNotEnoughReplicas, kLeaderNotAvailable};
      const Deadline enough = in_seconds(4);  // injected errors pile up while few requests are made
      while (!stop.stop_requested() && !enough.passed(os::system_clock())) {
        const int broker = 1 + static_cast<int>(random.below(3));
        switch (random.below(4)) {
          case 0:
            cluster_.fail_produce({errors[random.below(4)], errors[random.below(4)]});
            break;
          case 1:
            cluster_.move_leader(options_.topic, static_cast<int>(random.below(3)), broker);
            break;
          case 2:
            cluster_.set_delay_ms(broker, static_cast<int>(random.below(200)));
            break;
          default:
            cluster_.set_down(broker);
            os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(random.below(300)),
                                           stop);
            cluster_.set_up(broker);
        }
        os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(random.below(100)),
                                       stop);
      }
      for (int broker = 1; broker <= 3; ++broker) cluster_.set_delay_ms(broker, 0);
    });
    std::vector<os::Thread> appenders;
    for (const char* who : {"a", "b"}) {
      appenders.emplace_back(who, [&, who](std::stop_token) {
        append_many(who, 1'000, in_seconds(120), outcomes, [](int i) {
          if (i % 10 == 0)
            os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(20), {});
        });
      });
    }
  }
  EXPECT_EQ(outcomes.calls.size(), 2'000u * kPartitions);
  // Mock brokers take sequences with gaps, which makes librdkafka believe in batches that were refused.
  for (const auto& [payload, error] : outcomes.failed)
    EXPECT_THAT(error.message, HasSubstr("without an offset")) << payload;
  EXPECT_GE(outcomes.acknowledged.size(), 3'000u);
  expect_all_there(outcomes, true);
}

}  // namespace
}  // namespace weir::log::kafka
