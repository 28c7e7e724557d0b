#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/kafka/mock_cluster.h"
#include "log/kafka/producer.h"
#include "log/kafka/test_kafka.h"
#include "support/stall_meter.h"

// A librdkafka producer that has failed for good, which log.h's users must not notice.
namespace weir::log::kafka {
namespace {

constexpr std::string_view kBait = "bait";

class ProducerReplace : public testing::Test {
 protected:
  ProducerReplace() {
    cluster_.create_topic(options_.topic, 2);
    producer_ = Producer::create(
                    shared_, 2,
                    [this]() -> Result<std::unique_ptr<Client>> {
                      if (refuse_clients_ > 0) {
                        --refuse_clients_;
                        return unavailable("made by a test");
                      }
                      ASSIGN_OR_RETURN(auto client, Client::create(shared_, ClientKind::kProducer));
                      current_ = client->handle();
                      ++clients_;
                      return client;
                    },
                    [](Position) {})
                    .value();
  }

  std::future<Outcome> append(uint32_t partition, const std::string& payload,
                              Deadline deadline = in_seconds(60)) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    const NewRecord one = record(partition, payload);
    producer_->append({&one, 1}, deadline,
                      [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }

  /// Fails the client for good, on the producer's thread: it is the one that ends the client, and on any
  /// other it might do so while the call is still in there. `before` runs there just before. Leaves a record
  /// in partition 1, perhaps.
  void fail_client(const std::function<void()>& before = {}) {
    const auto failed = std::make_shared<std::promise<void>>();
    const NewRecord one = record(1, kBait);
    // Answered by that thread, in time or not.
    producer_->append({&one, 1}, Deadline::after(os::system_clock(), os::milliseconds(100)),
                      [this, before, failed](const Outcome&) {
                        if (before) before();
                        fail_for_good(current_);
                        failed->set_value();
                      });
    failed->get_future().wait();
  }
  void wait_for_clients(int count) {
    const Deadline deadline = in_seconds(60);
    while (clients_ < count && !deadline.passed(os::system_clock()))
      os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(1), {});
    EXPECT_EQ(clients_, count);
  }

  /// What a partition holds, by a log of its own.
  std::vector<std::string> content(uint32_t partition, size_t count) {
    telemetry::Registry registry;
    auto log = open_log(options_, registry).value();
    return read_payloads(*log, partition, count);
  }

  MockCluster cluster_{1};
  telemetry::Registry registry_;
  KafkaLogOptions options_ = test_options(cluster_.brokers());
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>(options_, os::system_clock(), registry_);
  std::atomic<rd_kafka_s*> current_ = nullptr;
  std::atomic<int> clients_ = 0;
  std::atomic<int> refuse_clients_ = 0;
  std::unique_ptr<Producer> producer_;
};

std::vector<std::string> numbers(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(std::to_string(i));
  return out;
}

TEST_F(ProducerReplace, SendsAgainWhatWasNotDelivered) {
  cluster_.set_down(1);  // so that all of it is on its way when the producer fails
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 100; ++i) outcomes.push_back(append(0, std::to_string(i)));
  fail_client();
  for (int i = 100; i < 200; ++i) outcomes.push_back(append(0, std::to_string(i)));
  cluster_.set_up(1);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome outcome = outcomes[i].get();
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->front(), (Position{PartitionId(0), Offset(static_cast<int64_t>(i))}));
  }
  EXPECT_EQ(clients_, 2);
  EXPECT_EQ(shared_->metrics.producers_replaced.value(), 1u);
  EXPECT_EQ(content(0, 200), numbers(200));
  EXPECT_EQ(producer_->queue_bytes(), 0u);
}

TEST_F(ProducerReplace, KeepsTheOrderThroughSeveral) {
  std::vector<std::future<Outcome>> outcomes;
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto number = static_cast<uint32_t>(outcomes.size());
      outcomes.push_back(append(number % 2, fmt::format("{:03}", number)));
    }
  };
  for (int failures = 0; failures < 2; ++failures) {
    send(80);
    fail_client([&] { send(20); });  // so that some are on their way
    wait_for_clients(failures + 2);
  }
  send(100);
  for (auto& outcome : outcomes) EXPECT_TRUE(outcome.get().ok());
  EXPECT_EQ(clients_, 3);
  for (uint32_t partition = 0; partition < 2; ++partition) {
    // Records whose acknowledgement was lost with a producer may be there twice: the first times count.
    std::vector<std::string> firsts;
    std::set<std::string> seen;
    telemetry::Registry registry;
    auto log = open_log(options_, registry).value();
    const int64_t end = log->status(PartitionId(partition)).value().end.value();
    for (const std::string& payload : read_payloads(*log, partition, static_cast<size_t>(end))) {
      if (payload != kBait && seen.insert(payload).second) firsts.push_back(payload);
    }
    EXPECT_EQ(firsts.size(), 150u);
    EXPECT_TRUE(std::is_sorted(firsts.begin(), firsts.end()));
  }
}

TEST_F(ProducerReplace, KeepsDeadlinesMeanwhile) {
  refuse_clients_ = 1'000;
  fail_client();
  const test::StallMeter stalls;
  const os::SteadyTime started = os::system_clock().steady();
  const Outcome outcome = append(0, "x", Deadline::after(os::system_clock(), os::milliseconds(500))).get();
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded);
  EXPECT_LE(os::system_clock().steady() - started, os::milliseconds(550) + stalls.allowance());
}

TEST_F(ProducerReplace, TriesAgainWhenNoneCanBeMade) {
  refuse_clients_ = 3;
  fail_client();
  EXPECT_TRUE(append(0, "x").get().ok());
  EXPECT_EQ(refuse_clients_, 0);
  EXPECT_EQ(clients_, 2);
}

TEST_F(ProducerReplace, ClosesWhileThereIsNone) {
  refuse_clients_ = 1'000;
  fail_client();
  auto outcome = append(0, "x", Deadline::never());
  producer_.reset();
  EXPECT_EQ(outcome.get().error().code, Code::kUnavailable);
}

TEST_F(ProducerReplace, DropsWhatNobodyWaitsForAnyMore) {
  cluster_.set_down(1);
  EXPECT_EQ(append(0, "gone", Deadline::after(os::system_clock(), os::milliseconds(50))).get().error().code,
            Code::kDeadlineExceeded);
  EXPECT_GT(producer_->queue_bytes(), 0u);
  auto wanted = append(0, "wanted");
  fail_client();
  cluster_.set_up(1);
  EXPECT_TRUE(wanted.get().ok());
  EXPECT_EQ(content(0, 1), std::vector<std::string>{"wanted"});
  EXPECT_EQ(producer_->queue_bytes(), 0u);
}

}  // namespace
}  // namespace weir::log::kafka
