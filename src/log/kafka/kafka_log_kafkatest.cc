#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/kafka/kafka_admin_for_tests.h"
#include "log/kafka/test_kafka.h"

// What only real brokers show: topics and their settings, groups, retention, security.
namespace weir::log::kafka {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class KafkaTopics : public testing::Test {
 protected:
  void SetUp() override {
    if (test_brokers() == nullptr) GTEST_SKIP() << kNoBrokers;
    options_ = test_options(test_brokers());
  }
  Result<std::unique_ptr<Log>> open_now(int seconds = 30) {
    report_ = {};
    return open(options_, os::system_clock(), registry_, in_seconds(seconds), report_);
  }
  /// The error of opening, which has to come within `seconds`.
  Error refused(int seconds) {
    const os::SteadyTime started = os::system_clock().steady();
    Result<std::unique_ptr<Log>> log = open_now(seconds);
    EXPECT_LE(os::system_clock().steady() - started, os::milliseconds(seconds * 1'000 + 1'500));
    EXPECT_FALSE(log.ok());
    return log.ok() ? Error() : std::move(log).error();
  }

  KafkaLogOptions options_;
  TopicReport report_;
  telemetry::Registry registry_;
};

TEST_F(KafkaTopics, AreMadeAsAsked) {
  auto log = open_now().value();
  EXPECT_TRUE(report_.created);
  EXPECT_EQ(report_.partition_count, 3u);
  EXPECT_EQ(report_.replication, 1u);
  EXPECT_THAT(report_.deviations, IsEmpty());
  EXPECT_EQ(log->partition_count(), 3u);
  EXPECT_EQ(log->durability(), Durability::kPageCache);
  log.reset();
  open_now().value();
  EXPECT_FALSE(report_.created);
  EXPECT_THAT(report_.deviations, IsEmpty());
}

TEST_F(KafkaTopics, KeepTheirSettingsAndAreReported) {
  open_now().value();
  options_.partition_count = 5;
  options_.retention = os::milliseconds(0);
  auto log = open_now().value();
  EXPECT_THAT(report_.deviations, testing::UnorderedElementsAre("partitions is 3, asked 5",
                                                                "retention.ms is 604800000, asked -1"));
  EXPECT_EQ(log->partition_count(), 3u);
}

TEST_F(KafkaTopics, AreNotMadeUnasked) {
  options_.create_topic = false;
  const Error error = refused(10);
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr(options_.topic));
  options_.create_topic = true;
  open_now().value();
  EXPECT_TRUE(report_.created);  // the attempt before has left nothing
}

TEST_F(KafkaTopics, CannotHaveMoreCopiesThanBrokers) {
  options_.replication = 9;
  const Error error = refused(10);
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("replication 9"));
}

TEST_F(KafkaTopics, TooSmallForARecordAreRefused) {
  open_now().value();
  options_.record_bytes_max *= 2;
  const Error error = refused(10);
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("max.message.bytes=528384"));
}

TEST_F(KafkaTopics, TakeIncompressibleRecordsOfTheLargestSize) {
  options_.record_bytes_max = 2 << 20;
  auto log = open_now().value();
  std::string noise(options_.record_bytes_max, '\0');
  os::Random random(7);
  for (char& c : noise) c = static_cast<char>(random.next());
  const Outcome outcome = append_later(*log, {record(0, noise), record(0, noise)}).get();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(read_payloads(*log, 0, 2), (std::vector<std::string>{noise, noise}));
}

TEST_F(KafkaTopics, ThatLostRecordsToRetentionSaySo) {
  auto log = open_now().value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append_later(*log, {record(0, std::to_string(i))}).get().ok());
  auto early = log->open_reader(PartitionId(0)).value();
  ASSERT_TRUE(early->seek(Offset(2)).ok());
  delete_records(options_, 0, 6);
  EXPECT_THAT(early->seek(Offset(5)).error().message, HasSubstr("the first left is 6"));
  EXPECT_EQ(early->seek(Offset(5)).error().code, Code::kNotFound);
  const auto lost = early->poll(1 << 20, in_seconds(10));
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Code::kCorruption);
  EXPECT_THAT(lost.error().message, HasSubstr("[2, 6)"));
  EXPECT_EQ(early->poll(1, in_seconds(10)).value()[0].payload, "6");
  const Deadline noticed = in_seconds(10);
  while (log->status(PartitionId(0))->begin < Offset(6) && !noticed.passed(os::system_clock())) {
  }
  EXPECT_EQ(log->status(PartitionId(0))->begin, Offset(6));
}

TEST_F(KafkaTopics, SeeOtherProcessesRecordsInTheirStatus) {
  auto log = open_now().value();
  telemetry::Registry registry;
  auto other = open_log(options_, registry).value();
  ASSERT_TRUE(append_later(*other, {record(1, "x"), record(1, "y")}).get().ok());
  const Deadline noticed = in_seconds(10);
  while (log->status(PartitionId(1))->end < Offset(2) && !noticed.passed(os::system_clock())) {
  }
  EXPECT_EQ(log->status(PartitionId(1))->end, Offset(2));
}

TEST_F(KafkaTopics, CountWhatWasAppended) {
  auto log = open_now().value();
  ASSERT_TRUE(append_later(*log, {record(0, "abc"), record(1, "de")}).get().ok());
  const std::string text = registry_.to_text();
  EXPECT_THAT(text, HasSubstr("\nweir_log_appended_records_total 2\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_log_appended_bytes_total 5\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_kafka_delivery_duration_seconds_count 1\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_log_queue_bytes 0\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_log_writable 1\n"));
}

TEST_F(KafkaTopics, NobodyThereIsSaidInTime) {
  options_.brokers = "127.0.0.1:1";
  const Error error = refused(2);
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("127.0.0.1:1"));
}

TEST_F(KafkaTopics, TlsToAPlainPortIsSaidInTime) {
  options_.properties = {{"security.protocol", "ssl"}};
  const Error error = refused(3);
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("kafka.security_protocol"));
}

TEST_F(KafkaTopics, SaslToAPlainPortIsSaidInTimeWithoutThePassword) {
  options_.properties = {{"security.protocol", "sasl_plaintext"},
                         {"sasl.mechanism", "PLAIN"},
                         {"sasl.username", "weir"},
                         {"sasl.password", "canary-password"}};
  const Error error = refused(4);
  EXPECT_THAT(error.message, HasSubstr("kafka: "));
  EXPECT_THAT(error.message, Not(HasSubstr("canary")));
}

TEST_F(KafkaTopics, BadSecurityIsNamed) {
  options_.properties = {{"security.protocol", "ssl"}, {"ssl.ca.location", "/no/such/file.pem"}};
  EXPECT_THAT(refused(3).message, HasSubstr("ssl.ca.location"));
  options_.properties = {{"sasl.mechanism", "NOSUCH"}, {"security.protocol", "sasl_plaintext"}};
  const Error error = refused(3);
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("sasl.mechanism"));
}

/// Who owns which partition, of several members; a partition owned twice is noted.
class Ownership {
 public:
  class Member : public AssignmentListener {
   public:
    explicit Member(Ownership& all) : all_(all) {}
    void on_assigned(PartitionId partition) override { all_.take(*this, partition); }
    void on_revoked(PartitionId partition) override { all_.give(*this, partition); }

   private:
    Ownership& all_;
  };

  void take(Member& member, PartitionId partition) {
    std::lock_guard lock(mutex_);
    owned_[&member].insert(partition);
    changed_.notify_all();
  }
  void give(Member& member, PartitionId partition) {
    std::lock_guard lock(mutex_);
    unowned_given_ += owned_[&member].erase(partition) == 1 ? 0 : 1;
    changed_.notify_all();
  }
  /// Waits until the members own so many each (those not named: none), together `count` and none twice.
  bool settles(const std::map<Member*, size_t>& wanted, size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return owns(wanted, count, lock); });
  }
  /// As `settles`, now.
  bool owns(const std::map<Member*, size_t>& wanted, size_t count) {
    const std::unique_lock lock(mutex_);
    return owns(wanted, count, lock);
  }
  int unowned_given() {
    std::lock_guard lock(mutex_);
    return unowned_given_;
  }

 private:
  bool owns(const std::map<Member*, size_t>& wanted, size_t count, const std::unique_lock<std::mutex>&) {
    std::set<PartitionId> all;
    size_t sum = 0;
    for (const auto& [member, partitions] : owned_) {
      auto found = wanted.find(member);
      if (partitions.size() != (found == wanted.end() ? 0 : found->second)) return false;
      all.insert(partitions.begin(), partitions.end());
      sum += partitions.size();
    }
    return sum == count && all.size() == count;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Member*, std::set<PartitionId>> owned_;
  int unowned_given_ = 0;
};

TEST_F(KafkaTopics, PartitionsMoveBetweenMembersAndBack) {
  options_.partition_count = 4;
  auto log = open_now().value();
  telemetry::Registry registry;
  auto other = open_log(options_, registry).value();
  Ownership ownership;
  Ownership::Member one(ownership);
  Ownership::Member two(ownership);
  auto first = log->join(one).value();
  EXPECT_TRUE(ownership.settles({{&one, 4}}, 4));
  auto second = other->join(two).value();
  EXPECT_TRUE(ownership.settles({{&one, 2}, {&two, 2}}, 4));
  const os::SteadyTime left = os::system_clock().steady();
  second.reset();
  EXPECT_TRUE(ownership.settles({{&one, 4}}, 4));
  EXPECT_LE(os::system_clock().steady() - left, os::milliseconds(5'000));  // not a session timeout
  second = other->join(two).value();
  EXPECT_TRUE(ownership.settles({{&one, 2}, {&two, 2}}, 4));
  first.reset();
  EXPECT_TRUE(ownership.settles({{&two, 4}}, 4));
  second.reset();
  EXPECT_TRUE(ownership.settles({}, 0));
  EXPECT_EQ(ownership.unowned_given(), 0);
}

TEST_F(KafkaTopics, AMemberBeyondThePartitionsGetsNone) {
  options_.partition_count = 2;
  auto log = open_now().value();
  Ownership ownership;
  std::vector<std::unique_ptr<Ownership::Member>> members;
  std::vector<std::unique_ptr<Membership>> memberships;
  for (int i = 0; i < 3; ++i) {
    members.push_back(std::make_unique<Ownership::Member>(ownership));
    memberships.push_back(log->join(*members.back()).value());
  }
  // Which member gets none is the group's choice; each partition has one owner.
  const Deadline settled = in_seconds(60);
  bool good = false;
  while (!good && !settled.passed(os::system_clock())) {
    for (size_t none = 0; none < 3 && !good; ++none) {
      std::map<Ownership::Member*, size_t> wanted;
      for (size_t i = 0; i < 3; ++i) wanted[members[i].get()] = i == none ? 0 : 1;
      good = ownership.owns(wanted, 2);
    }
  }
  EXPECT_TRUE(good);
}

TEST_F(KafkaTopics, LeavingAtOnceIsPrompt) {
  auto log = open_now().value();
  for (int i = 0; i < 3; ++i) {
    Ownership ownership;
    Ownership::Member member(ownership);
    const os::SteadyTime started = os::system_clock().steady();
    log->join(member).value().reset();  // in the middle of joining
    EXPECT_LE(os::system_clock().steady() - started, os::milliseconds(5'000));
    EXPECT_TRUE(ownership.settles({}, 0));
  }
}

}  // namespace
}  // namespace weir::log::kafka
