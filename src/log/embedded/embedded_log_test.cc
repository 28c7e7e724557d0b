#include "log/embedded/embedded_log.h"

#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/test_log.h"
#include "os/threads.h"

namespace weir::log::embedded {
namespace {

using os::sim::Call;
using testing::ElementsAre;
using testing::HasSubstr;

/// Holds every sync up until it is told to let them go.
class SyncGate {
 public:
  explicit SyncGate(os::sim::FaultyFiles& files) {
    files.set_hook([this](Call call, const std::string&) {
      if (call == Call::kSync) wait();
    });
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void open() {
    std::lock_guard lock(mutex_);
    closed_ = false;
    changed_.notify_all();
  }
  /// Returns once a sync has come to the gate.
  void await_sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }

 private:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    --waiting_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  int waiting_ = 0;
};

bool is_ready(const std::future<TestLog::Outcome>& outcome) {
  return outcome.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

TEST(GroupCommit, OneSyncCoversWhatGatheredDuringTheLast) {
  TestLog log;
  SyncGate gate(log.files());
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "first segment").ok());
  gate.close();
  auto lone = log.append_later(0, "lone");
  gate.await_sync();
  std::vector<std::future<TestLog::Outcome>> gathered;
  for (int i = 0; i < 50; ++i) gathered.push_back(log.append_later(i % 2, std::to_string(i)));
  const uint64_t syncs = log.files().calls(Call::kSync);
  gate.open();
  EXPECT_TRUE(lone.get().ok());
  for (auto& outcome : gathered) EXPECT_TRUE(outcome.get().ok());
  EXPECT_EQ(log.files().calls(Call::kSync), syncs + 2);  // the held one, and one for all fifty
}

TEST(GroupCommit, NothingIsAnsweredOrShownBeforeTheSync) {
  TestLog log;
  SyncGate gate(log.files());
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "durable").ok());
  gate.close();
  auto outcome = log.append_later(0, "not yet");
  gate.await_sync();
  EXPECT_FALSE(is_ready(outcome));
  EXPECT_THAT(log.read(0).payloads, ElementsAre("durable"));
  EXPECT_EQ(log.log().status(PartitionId(0)).value().end, Offset(1));
  gate.open();
  EXPECT_TRUE(outcome.get().ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("durable", "not yet"));
}

TEST(Queue, RefusesWhenFull) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.queue_bytes_max = 10'000;
  options.record_bytes_max = 5'000;
  TestLog log(options);
  SyncGate gate(log.files());
  ASSERT_TRUE(log.open().ok());
  gate.close();
  auto first = log.append_later(0, std::string(4'500, 'x'));
  gate.await_sync();
  auto second = log.append_later(0, std::string(4'500, 'x'));
  auto third = log.append_later(0, std::string(4'500, 'x'));
  ASSERT_TRUE(is_ready(third));
  const Error error = third.get().error();
  EXPECT_EQ(error.code, Code::kResourceExhausted);
  EXPECT_THAT(error.message, HasSubstr("limit 10000"));
  gate.open();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(log.append(0, std::string(4'500, 'x')).ok());
  EXPECT_THAT(log.registry().to_text(), HasSubstr("weir_log_refused_appends_total{reason=\"queue_full\"} 1"));
}

TEST(Queue, AnAppendThatCanNeverFitIsInvalid) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.queue_bytes_max = 10'000;
  options.record_bytes_max = 10'000;
  TestLog log(options);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.append(0, std::string(10'000, 'x')).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(log.append(0, std::string(9'000, 'x')).ok());
}

TEST(Queue, DropsAppendsWhoseDeadlineHasPassed) {
  TestLog log;
  SyncGate gate(log.files());
  ASSERT_TRUE(log.open().ok());
  gate.close();
  auto first = log.append_later(0, "first");
  gate.await_sync();
  const Deadline passed = Deadline::at(os::system_clock().steady());
  auto late = log.append_later({{TenantId::from_stored(1), PartitionId(0), "late"}}, passed);
  gate.open();
  EXPECT_TRUE(first.get().ok());
  EXPECT_EQ(late.get().error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(log.read(0).payloads, ElementsAre("first"));
}

TEST(EmbeddedLog, CommitsWhatIsQueuedWhenItCloses) {
  TestLog log;
  SyncGate gate(log.files());
  ASSERT_TRUE(log.open().ok());
  gate.close();
  auto first = log.append_later(0, "first");
  gate.await_sync();
  auto second = log.append_later(0, "second");
  gate.open();
  log.close();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  ASSERT_TRUE(log.open().ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("first", "second"));
}

TEST(EmbeddedLog, AReaderMayOutliveIt) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "x").ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  log.close();
  EXPECT_EQ(reader->poll(1'000, Deadline::never()).value().size(), 1u);
  EXPECT_EQ(reader->poll(1'000, Deadline::never()).error().code, Code::kUnavailable);
}

TEST(EmbeddedLog, MarksTheLastCommitWhenIdle) {
  // Without the marker a damaged last record could pass for a torn write after a crash.
  TestLog log;
  std::mutex mutex;
  std::condition_variable written;
  int writes = 0;
  log.files().set_hook([&](Call call, const std::string&) {
    std::lock_guard lock(mutex);
    if (call == Call::kWrite) ++writes;
    written.notify_all();
  });
  ASSERT_TRUE(log.open().ok());
  std::unique_lock lock(mutex);
  const int before = writes;
  lock.unlock();
  ASSERT_TRUE(log.append(0, "x").ok());
  lock.lock();
  written.wait(lock, [&] { return writes == before + 3; });  // a segment's header, the frame, the marker
}

TEST(EmbeddedLog, ServesReadersFromMemoryUntilTheLimit) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.tail_cache_bytes = 8'000;
  TestLog log(options);
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log.append(0, std::string(1'000, 'a')).ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  ASSERT_TRUE(reader->seek(Offset(18)).ok());
  const uint64_t reads = log.files().calls(Call::kRead);
  EXPECT_EQ(reader->poll(10'000, Deadline::never()).value().size(), 2u);
  EXPECT_EQ(log.files().calls(Call::kRead), reads);
  ASSERT_TRUE(reader->seek(Offset(2)).ok());
  EXPECT_EQ(reader->poll(1, Deadline::never()).value().front().offset, Offset(2));
  EXPECT_GT(log.files().calls(Call::kRead), reads);
}

TEST(EmbeddedLog, AReaderFollowsTheEndFromSegmentToSegment) {
  TestLog log;  // without a tail cache, so that the reader scans on where it stood
  ASSERT_TRUE(log.open().ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  for (int64_t i = 0; i < 60; ++i) {
    ASSERT_TRUE(log.append(1, std::string(300, 'o')).ok());
    ASSERT_TRUE(log.append(0, std::string(700, 'x')).ok());
    const Result<std::vector<Record>> records = reader->poll(10'000, Deadline::never());
    ASSERT_TRUE(records.ok()) << records.error().message;
    ASSERT_EQ(records->size(), 1u);
    ASSERT_EQ(records->front().offset, Offset(i));
  }
  EXPECT_GT(log.segments().size(), 3u);
}

TEST(EmbeddedLog, RecordsLargerThanASegmentGetOneOfTheirOwn) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  const std::string large(60'000, 'L');
  ASSERT_TRUE(log.append(0, "small").ok());
  ASSERT_TRUE(log.append(0, large).ok());
  ASSERT_TRUE(log.append(0, "small again").ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("small", large, "small again"));
  ASSERT_TRUE(log.open().ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("small", large, "small again"));
}

TEST(EmbeddedLog, ReadingMeetsDamageOnceAndGoesOn) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(log.append(i % 2, std::to_string(i) + std::string(900, '.')).ok());
  // The medium decays under the running log.
  const std::string path = log.segments()[1];
  for (size_t at = 9'000; at < 11'000; ++at) log.files().corrupt(path, at, 0x10);
  const TestLog::Content content = log.read(0);
  EXPECT_EQ(content.corruptions, 1u);
  EXPECT_GE(content.payloads.size(), 12u);
  EXPECT_EQ(content.offsets.back(), 14);
}

TEST(Trim, DeletesSegmentsThatNoPartitionNeeds) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(log.append(i % 2, std::string(1'000, 'x')).ok());
  const std::vector<std::string> before = log.segments();
  ASSERT_GE(before.size(), 4u);

  ASSERT_TRUE(log.log().trim(PartitionId(0), Offset(30)).ok());
  ASSERT_TRUE(log.append(0, "the writer has passed").ok());
  EXPECT_EQ(log.segments(), before) << "partition 1 still needs them";

  ASSERT_TRUE(log.log().trim(PartitionId(1), Offset(10)).ok());
  log.close();  // the writer has seen to it by then
  EXPECT_LT(log.segments().size(), before.size());
  ASSERT_TRUE(log.open().ok());
  const PartitionStatus status = log.log().status(PartitionId(1)).value();
  EXPECT_GT(status.begin, Offset(0));
  EXPECT_LE(status.begin, Offset(10));
  EXPECT_EQ(status.end, Offset(30));
  const TestLog::Content content = log.read(1);
  EXPECT_EQ(content.corruptions, 0u);
  EXPECT_EQ(content.offsets.front(), status.begin.value());
  EXPECT_EQ(content.offsets.back(), 29);
}

TEST(Trim, OfEverythingKeepsTheOffsets) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(log.append(0, std::string(1'000, 'x')).ok());
  for (uint32_t p = 0; p < 2; ++p) {
    const Offset end = log.log().status(PartitionId(p)).value().end;
    ASSERT_TRUE(log.log().trim(PartitionId(p), end).ok());
  }
  for (int restart = 0; restart < 3; ++restart) {
    ASSERT_TRUE(log.open().ok());
    EXPECT_EQ(log.log().status(PartitionId(0)).value().end, Offset(60));
    EXPECT_LE(log.segments().size(), 2u);
  }
  EXPECT_EQ(log.append(0, "next").value().front().offset, Offset(60));
  EXPECT_EQ(log.append(1, "first").value().front().offset, Offset(0));
}

TEST(Trim, OfEverythingGivesThePreallocatedSpaceBack) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "record").ok());
  ASSERT_GE(log.bytes(log.segments().front()).size(), TestLog::small_options().segment_bytes);
  ASSERT_TRUE(log.log().trim(PartitionId(0), Offset(1)).ok());
  log.close();  // the writer has seen to it by then
  ASSERT_EQ(log.segments().size(), 1u);
  EXPECT_LT(log.bytes(log.segments().front()).size(), TestLog::small_options().segment_bytes);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.append(0, "next").value().front().offset, Offset(1));
  EXPECT_THAT(log.read(0).payloads, ElementsAre("next"));
}

TEST(Trim, SeekSaysWhatIsLeft) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(log.append(0, std::string(1'000, 'x')).ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  ASSERT_TRUE(log.log().trim(PartitionId(0), Offset(40)).ok());
  ASSERT_TRUE(log.append(0, "the writer has passed").ok());
  ASSERT_TRUE(log.append(0, "and finished").ok());
  const Offset begin = log.log().status(PartitionId(0)).value().begin;
  ASSERT_GT(begin, Offset(0));
  const Status sought = reader->seek(Offset(0));
  ASSERT_FALSE(sought.ok());
  EXPECT_EQ(sought.error().code, Code::kNotFound);
  EXPECT_THAT(sought.error().message, HasSubstr(std::to_string(begin.value())));
  // A reader that stood in the deleted part goes on with the first record left.
  EXPECT_EQ(reader->poll(1, Deadline::never()).value().front().offset, begin);
}

TEST(Trim, IsSafeAgainstPowerLoss) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    os::Random random(seed);
    TestLog log;
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 80; ++i) ASSERT_TRUE(log.append(0, std::to_string(i) + std::string(1'000, '.')).ok());
    log.files().inject({.call = Call::kAny, .nth = 1 + random.below(12), .lasting = true});
    ASSERT_TRUE(log.log().trim(PartitionId(0), Offset(70)).ok());
    log.append_later(0, "in between").wait();
    log.crash(random);
    log.files().clear_faults();
    ASSERT_TRUE(log.open().ok());
    const TestLog::Content content = log.read(0);
    EXPECT_EQ(content.corruptions, 0u);
    ASSERT_GE(content.offsets.size(), 10u);
    EXPECT_LE(content.offsets.front(), 70);
    EXPECT_GE(content.offsets.back(), 79);
    EXPECT_EQ(content.offsets.back() - content.offsets.front() + 1,
              static_cast<int64_t>(content.offsets.size()));
  }
}

TEST(Metrics, CountWhatWasDone) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(log.append(0, "x").ok());
  const std::string text = log.registry().to_text();
  EXPECT_THAT(text, HasSubstr("weir_log_appended_records_total 3"));
  EXPECT_THAT(text, HasSubstr("weir_log_sync_duration_seconds_count 3"));
  EXPECT_THAT(text, HasSubstr("weir_log_queue_bytes 0"));
  EXPECT_THAT(text, HasSubstr("weir_log_segments 1"));
  EXPECT_THAT(text, HasSubstr("weir_log_writable 1"));
}

TEST(Concurrency, AppendersReadersAndTrimsTogether) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.tail_cache_bytes = 16 << 10;  // readers change between memory and disk
  TestLog log(options);
  ASSERT_TRUE(log.open().ok());
  constexpr int64_t kRecords = 600;
  {
    std::vector<os::Thread> threads;
    for (uint32_t p = 0; p < 2; ++p) {
      threads.emplace_back("appender", [&log, p](std::stop_token) {
        for (int64_t i = 0; i < kRecords; ++i) {
          const std::string payload = std::to_string(i) + std::string(200, '.');
          EXPECT_TRUE(log.append(p, payload).ok());
        }
      });
      threads.emplace_back("reader", [&log, p](std::stop_token) {
        auto reader = log.log().open_reader(PartitionId(p)).value();
        for (int64_t next = 0; next < kRecords;) {
          auto records = reader->poll(2'000, Deadline::never());
          ASSERT_TRUE(records.ok()) << records.error().message;
          for (const Record& record : *records) {
            ASSERT_EQ(record.offset, Offset(next));
            ASSERT_TRUE(record.payload.starts_with(std::to_string(next++) + "."));
          }
          ASSERT_TRUE(log.log().trim(PartitionId(p), Offset(next)).ok());
        }
      });
    }
  }
  EXPECT_EQ(log.log().status(PartitionId(1)).value().end, Offset(kRecords));
}

}  // namespace
}  // namespace weir::log::embedded
