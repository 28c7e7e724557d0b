#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/log.h"
#include "os/threads.h"

/// What log/log.h promises, as tests that every implementation runs:
///
///     struct MyLogHarness { ... };   // default constructible, a new log for each test
///     INSTANTIATE_TYPED_TEST_SUITE_P(MyLog, LogContract, MyLogHarness);
///
/// A harness has
///     log::Log& log();           // with 2 partitions or more, record_bytes_max() of 1 MiB or less
///     void reopen();             // stops in good order, opens again
///     void crash();              // dies without a word, opens again; what was acknowledged must be there
///     os::Clock& clock();
///     static constexpr bool kAtomicAppend;   // an append is all or nothing
/// and, where a group of processes has to agree first,
///     static constexpr bool kAssignsLater = true;   // partitions are assigned some time after `join`
/// and, where the tests need a server,
///     static const char* missing();   // why they cannot run, or null
namespace weir::log {

template <typename Harness>
class LogContract : public testing::Test {
 protected:
  using Outcome = Result<std::vector<Position>>;

  /// A record as a test keeps it.
  struct Kept {
    TenantId tenant;
    int64_t offset;
    std::string payload;
    bool operator==(const Kept&) const = default;
  };

  void SetUp() override {
    if constexpr (requires { Harness::missing(); }) {
      if (const char* why = Harness::missing()) GTEST_SKIP() << why;
    }
  }

  Log& log() { return harness_.log(); }

  static NewRecord record(uint32_t partition, std::string_view payload, uint64_t tenant = 1) {
    return {TenantId::from_stored(tenant), PartitionId(partition), payload};
  }

  /// Appends and waits for the outcome.
  Outcome append(const std::vector<NewRecord>& records) {
    std::promise<Outcome> promise;
    std::future<Outcome> outcome = promise.get_future();
    log().append(records, Deadline::never(), [&](Outcome result) { promise.set_value(std::move(result)); });
    return outcome.get();
  }
  Position append_one(uint32_t partition, std::string_view payload, uint64_t tenant = 1) {
    Outcome outcome = append({record(partition, payload, tenant)});
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    return outcome.ok() ? outcome->front() : Position{};
  }

  std::unique_ptr<Reader> reader(uint32_t partition) {
    return log().open_reader(PartitionId(partition)).value();
  }

  /// Reads until `count` records are there.
  static std::vector<Kept> read(Reader& reader, size_t count, size_t bytes_max = 1 << 20) {
    std::vector<Kept> kept;
    while (kept.size() < count) {
      Result<std::vector<Record>> records = reader.poll(bytes_max, Deadline::never());
      EXPECT_TRUE(records.ok()) << records.error().message;
      if (!records.ok() || records->empty()) break;
      for (const Record& r : *records) kept.push_back({r.tenant, r.offset.value(), std::string(r.payload)});
    }
    return kept;
  }
  std::vector<std::string> payloads(uint32_t partition, size_t count) {
    std::unique_ptr<Reader> from_begin = reader(partition);
    std::vector<std::string> out;
    for (Kept& kept : read(*from_begin, count)) out.push_back(std::move(kept.payload));
    return out;
  }
  PartitionStatus status(uint32_t partition) { return log().status(PartitionId(partition)).value(); }
  Deadline at_once() { return Deadline::at(harness_.clock().steady()); }

  Harness harness_;
};

TYPED_TEST_SUITE_P(LogContract);

TYPED_TEST_P(LogContract, IsEmptyWhenNew) {
  EXPECT_GE(this->log().partition_count(), 2u);
  EXPECT_TRUE(this->log().writable().ok());
  for (uint32_t p = 0; p < this->log().partition_count(); ++p) {
    EXPECT_EQ(this->status(p).begin, this->status(p).end);
    EXPECT_TRUE(this->reader(p)->poll(1, this->at_once()).value().empty());
  }
}

TYPED_TEST_P(LogContract, ReadsBackInOrderWithTenantAndOffset) {
  const Position first = this->append_one(1, "one", 11);
  const Position second = this->append_one(1, "two", 22);
  EXPECT_EQ(first.partition, PartitionId(1));
  EXPECT_LT(first.offset, second.offset);
  auto reader = this->reader(1);
  const auto records = this->read(*reader, 2);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0], (typename TestFixture::Kept{TenantId::from_stored(11), first.offset.value(), "one"}));
  EXPECT_EQ(records[1],
            (typename TestFixture::Kept{TenantId::from_stored(22), second.offset.value(), "two"}));
  EXPECT_EQ(this->status(1).end.value(), second.offset.value() + 1);
  EXPECT_EQ(this->status(0).begin, this->status(0).end);
}

TYPED_TEST_P(LogContract, KeepsBytesAsTheyAre) {
  std::string binary(256, '\0');
  for (size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i);
  const std::string zeros(5'000, '\0');
  this->append_one(0, binary);
  this->append_one(0, zeros);
  this->append_one(0, "x", ~uint64_t{0});
  EXPECT_EQ(this->payloads(0, 3), (std::vector<std::string>{binary, zeros, "x"}));
}

TYPED_TEST_P(LogContract, AppendsToSeveralPartitionsAtOnce) {
  const auto positions =
      this->append({this->record(1, "b0", 7), this->record(0, "a0", 8), this->record(1, "b1", 9)});
  ASSERT_TRUE(positions.ok());
  ASSERT_EQ(positions->size(), 3u);
  EXPECT_EQ((*positions)[0].partition, PartitionId(1));
  EXPECT_EQ((*positions)[1].partition, PartitionId(0));
  EXPECT_LT((*positions)[0].offset, (*positions)[2].offset);
  EXPECT_EQ(this->payloads(0, 1), (std::vector<std::string>{"a0"}));
  EXPECT_EQ(this->payloads(1, 2), (std::vector<std::string>{"b0", "b1"}));
}

TYPED_TEST_P(LogContract, KeepsTheOrderOfOneThread) {
  constexpr int kCount = 500;
  std::vector<int64_t> offsets(kCount, -1);
  std::atomic<int> left = kCount;
  std::promise<void> all_done;
  for (int i = 0; i < kCount; ++i) {
    const std::string payload = std::to_string(i);
    const NewRecord record = this->record(0, payload);
    this->log().append({&record, 1}, Deadline::never(), [&, i](typename TestFixture::Outcome outcome) {
      if (outcome.ok()) offsets[i] = outcome->front().offset.value();
      if (--left == 0) all_done.set_value();
    });
  }
  all_done.get_future().wait();
  auto reader = this->reader(0);
  const auto records = this->read(*reader, kCount);
  ASSERT_EQ(records.size(), static_cast<size_t>(kCount));
  for (int i = 0; i < kCount; ++i) {
    EXPECT_EQ(records[i].payload, std::to_string(i));
    EXPECT_EQ(records[i].offset, offsets[i]);
  }
}

TYPED_TEST_P(LogContract, RefusesWhatIsNoRecord) {
  const std::string too_large(this->log().record_bytes_max() + 1, 'x');
  const std::string largest(this->log().record_bytes_max(), 'x');
  const uint32_t unknown = this->log().partition_count();
  EXPECT_EQ(this->append({}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(this->append({this->record(0, "")}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(this->append({this->record(0, too_large)}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(this->append({this->record(unknown, "x")}).error().code, Code::kInvalidArgument);
  // One bad record refuses the whole append.
  EXPECT_EQ(this->append({this->record(0, "good"), this->record(unknown, "x")}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(this->status(0).begin, this->status(0).end);
  this->append_one(0, largest);
  EXPECT_EQ(this->payloads(0, 1), std::vector<std::string>{largest});
}

TYPED_TEST_P(LogContract, RefusesUnknownPartitions) {
  const PartitionId unknown(this->log().partition_count());
  EXPECT_EQ(this->log().open_reader(unknown).error().code, Code::kInvalidArgument);
  EXPECT_EQ(this->log().status(unknown).error().code, Code::kInvalidArgument);
  EXPECT_EQ(this->log().trim(unknown, Offset(0)).error().code, Code::kInvalidArgument);
}

TYPED_TEST_P(LogContract, BoundsWhatAPollReturns) {
  for (int i = 0; i < 10; ++i) this->append_one(0, std::string(100, static_cast<char>('a' + i)));
  auto reader = this->reader(0);
  EXPECT_EQ(reader->poll(1, Deadline::never()).value().size(), 1u);  // at least one
  EXPECT_LE(reader->poll(250, Deadline::never()).value().size(), 2u);
  auto again = this->reader(0);
  const auto records = this->read(*again, 10, 250);
  ASSERT_EQ(records.size(), 10u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(records[i].payload[0], 'a' + i);
}

TYPED_TEST_P(LogContract, PollReturnsEmptyAtTheDeadline) {
  auto reader = this->reader(0);
  const Deadline deadline = Deadline::after(this->harness_.clock(), os::milliseconds(20));
  EXPECT_TRUE(reader->poll(1'000, deadline).value().empty());
  EXPECT_TRUE(deadline.passed(this->harness_.clock()));
  this->append_one(0, "x");
  EXPECT_EQ(this->read(*reader, 1).size(), 1u);
}

TYPED_TEST_P(LogContract, PollWaitsForAnAppend) {
  auto reader = this->reader(0);
  std::vector<typename TestFixture::Kept> records;
  {
    os::Thread waiting("reader", [&](std::stop_token) { records = this->read(*reader, 1); });
    this->append_one(0, "late");
  }
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].payload, "late");
}

TYPED_TEST_P(LogContract, WakeEndsAWait) {
  auto reader = this->reader(0);
  bool empty = false;
  {
    os::Thread waiting("reader", [&](std::stop_token) {
      Result<std::vector<Record>> records = reader->poll(1'000, Deadline::never());
      empty = records.ok() && records->empty();
    });
    reader->wake();
  }
  EXPECT_TRUE(empty);
  this->append_one(0, "x");
  EXPECT_EQ(this->read(*reader, 1).size(), 1u);  // the wake is used up
}

TYPED_TEST_P(LogContract, SeeksToAnyOffset) {
  std::vector<int64_t> offsets;
  for (int i = 0; i < 20; ++i) offsets.push_back(this->append_one(0, std::to_string(i)).offset.value());
  auto reader = this->reader(0);
  for (int i = 19; i >= 0; --i) {
    ASSERT_TRUE(reader->seek(Offset(offsets[i])).ok());
    EXPECT_EQ(this->read(*reader, 1, 1)[0].payload, std::to_string(i));
  }
  ASSERT_TRUE(reader->seek(this->status(0).end).ok());
  EXPECT_TRUE(reader->poll(1'000, this->at_once()).value().empty());
  this->append_one(0, "next");
  EXPECT_EQ(this->read(*reader, 1)[0].payload, "next");
}

TYPED_TEST_P(LogContract, ReadersAreIndependent) {
  for (int i = 0; i < 5; ++i) this->append_one(0, std::to_string(i));
  auto slow = this->reader(0);
  auto fast = this->reader(0);
  EXPECT_EQ(this->read(*slow, 1, 1)[0].payload, "0");
  EXPECT_EQ(this->read(*fast, 5).size(), 5u);
  EXPECT_EQ(this->read(*slow, 1, 1)[0].payload, "1");
}

TYPED_TEST_P(LogContract, TrimKeepsWhatIsStillWanted) {
  std::vector<int64_t> offsets;
  const std::string filler(2'000, 'f');
  for (int i = 0; i < 40; ++i)
    offsets.push_back(this->append_one(0, std::to_string(i) + filler).offset.value());
  ASSERT_TRUE(this->log().trim(PartitionId(0), Offset(offsets[30])).ok());
  for (int i = 40; i < 60; ++i)
    offsets.push_back(this->append_one(0, std::to_string(i) + filler).offset.value());
  EXPECT_LE(this->status(0).begin.value(), offsets[30]);
  auto reader = this->reader(0);
  ASSERT_TRUE(reader->seek(Offset(offsets[30])).ok());
  const auto records = this->read(*reader, 30);
  ASSERT_EQ(records.size(), 30u);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(records[i].offset, offsets[30 + i]);
}

/// What a member is told, kept in order.
class RecordingListener : public AssignmentListener {
 public:
  void on_assigned(PartitionId partition) override { note(assigned_, partition); }
  void on_revoked(PartitionId partition) override { note(revoked_, partition); }

  std::vector<PartitionId> assigned() const { return read(assigned_); }
  std::vector<PartitionId> revoked() const { return read(revoked_); }
  void wait_for_assigned(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return assigned_.size() >= count; });
  }

 private:
  void note(std::vector<PartitionId>& list, PartitionId partition) {
    {
      std::lock_guard lock(mutex_);
      list.push_back(partition);
    }
    changed_.notify_all();
  }
  std::vector<PartitionId> read(const std::vector<PartitionId>& list) const {
    std::lock_guard lock(mutex_);
    return list;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PartitionId> assigned_;
  std::vector<PartitionId> revoked_;
};

TYPED_TEST_P(LogContract, JoinAssignsEveryPartition) {
  RecordingListener listener;
  {
    auto membership = this->log().join(listener).value();
    if constexpr (requires { TypeParam::kAssignsLater; }) {
      listener.wait_for_assigned(this->log().partition_count());
    }
    EXPECT_EQ(listener.assigned().size(), this->log().partition_count());
    EXPECT_TRUE(listener.revoked().empty());
  }
  EXPECT_THAT(listener.revoked(), testing::UnorderedElementsAreArray(listener.assigned()));
}

TYPED_TEST_P(LogContract, ConcurrentAppendersEachKeepTheirOrder) {
  constexpr uint64_t kThreads = 4;
  constexpr int kEach = 100;
  {
    std::vector<os::Thread> threads;
    for (uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back("appender", [this, t](std::stop_token) {
        for (int i = 0; i < kEach; ++i) this->append_one(i % 2, std::to_string(i), t);
      });
    }
  }
  for (uint32_t partition = 0; partition < 2; ++partition) {
    auto reader = this->reader(partition);
    std::map<uint64_t, int> last;
    for (const auto& record : this->read(*reader, kThreads * kEach / 2)) {
      const int number = std::stoi(record.payload);
      auto [seen, first] = last.try_emplace(record.tenant.value(), number);
      EXPECT_TRUE(first || seen->second + 2 == number);
      seen->second = number;
    }
    EXPECT_EQ(last.size(), kThreads);
    for (const auto& [tenant, number] : last) EXPECT_EQ(number, kEach - 2 + static_cast<int>(partition));
  }
}

TYPED_TEST_P(LogContract, ReadersSeeOnlyWhatTheyCanKeep) {
  // Whatever a reader has seen while others append must be there, at the same place, after a crash.
  std::vector<typename TestFixture::Kept> seen;
  std::atomic<bool> stop = false;
  {
    os::Thread appender("appender", [&](std::stop_token) {
      for (int i = 0; !stop; ++i) this->append_one(0, std::to_string(i));
    });
    auto reader = this->reader(0);
    seen = this->read(*reader, 50);
    stop = true;
  }
  this->harness_.crash();
  auto reader = this->reader(0);
  auto after = this->read(*reader, seen.size());
  after.resize(seen.size(), after.front());
  EXPECT_EQ(after, seen);
}

TYPED_TEST_P(LogContract, ReopenedInGoodOrderGoesOn) {
  const Position first = this->append_one(0, "before", 5);
  this->append_one(1, "other", 6);
  this->harness_.reopen();
  EXPECT_EQ(this->status(0).end.value(), first.offset.value() + 1);
  const Position second = this->append_one(0, "after", 5);
  EXPECT_GT(second.offset, first.offset);
  EXPECT_EQ(this->payloads(0, 2), (std::vector<std::string>{"before", "after"}));
  EXPECT_EQ(this->payloads(1, 1), (std::vector<std::string>{"other"}));
  for (int i = 0; i < 3; ++i) this->harness_.reopen();
  EXPECT_EQ(this->payloads(0, 2), (std::vector<std::string>{"before", "after"}));
}

TYPED_TEST_P(LogContract, ACrashLosesNothingAcknowledged) {
  std::vector<std::string> acknowledged;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 10; ++i) {
      acknowledged.push_back(std::to_string(round) + "." + std::to_string(i));
      this->append_one(0, acknowledged.back());
    }
    this->harness_.crash();
    EXPECT_EQ(this->payloads(0, acknowledged.size()), acknowledged);
  }
}

TYPED_TEST_P(LogContract, ACrashKeepsAppendsWhole) {
  if (!TypeParam::kAtomicAppend) GTEST_SKIP() << "this log may keep a part of an unacknowledged append";
  std::atomic<int> answered = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string payload = std::to_string(i) + std::string(300, '.');
    const std::vector<NewRecord> both = {this->record(0, payload), this->record(1, payload)};
    this->log().append(both, Deadline::never(), [&](typename TestFixture::Outcome) { ++answered; });
  }
  this->harness_.crash();
  const int64_t in_first = this->status(0).end.value();
  const int64_t in_second = this->status(1).end.value();
  EXPECT_EQ(in_first, in_second);
  EXPECT_EQ(this->payloads(0, in_first), this->payloads(1, in_second));
  EXPECT_EQ(answered, 50);
}

REGISTER_TYPED_TEST_SUITE_P(LogContract, IsEmptyWhenNew, ReadsBackInOrderWithTenantAndOffset,
                            KeepsBytesAsTheyAre, AppendsToSeveralPartitionsAtOnce, KeepsTheOrderOfOneThread,
                            RefusesWhatIsNoRecord, RefusesUnknownPartitions, BoundsWhatAPollReturns,
                            PollReturnsEmptyAtTheDeadline, PollWaitsForAnAppend, WakeEndsAWait,
                            SeeksToAnyOffset, ReadersAreIndependent, TrimKeepsWhatIsStillWanted,
                            JoinAssignsEveryPartition, ConcurrentAppendersEachKeepTheirOrder,
                            ReadersSeeOnlyWhatTheyCanKeep, ReopenedInGoodOrderGoesOn,
                            ACrashLosesNothingAcknowledged, ACrashKeepsAppendsWhole);

}  // namespace weir::log
