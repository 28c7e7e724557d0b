#include "stream/processor.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"
#include "support/memory_log.h"
#include "wire/batch_record.h"

namespace weir::stream {
namespace {

const TenantId kTenant = TenantId::from_stored(1);

/// A store that fails its next commits, and tells when one has been applied.
class FlakyStore : public store::MemoryStore {
 public:
  void commit(const store::Commit& commit, Deadline deadline, Completion<store::CommitReport> done) override {
    if (failures_left > 0) {
      --failures_left;
      return done(failure);
    }
    const bool refused = std::ranges::any_of(
        commit.records, [&](const store::AppliedRecord& record) { return record.offset == refused_offset; });
    if (refused) return done(invalid_argument("a byte that texts cannot hold"));
    MemoryStore::commit(commit, deadline, std::move(done));
  }

  std::atomic<int> failures_left{0};
  Error failure = unavailable("the store is away");
  bool keeps_histograms() const override { return keep_histograms; }

  std::optional<Offset> refused_offset;
  bool keep_histograms = true;
};

std::string record_of(double value) {
  Batch batch;
  batch.begin_series(Labels::of({{kMetricName, "up"}}).view().bytes());
  batch.add_sample(static_cast<TimestampMs>(value) * 1'000, value);
  const uint32_t all[] = {0};
  std::string payload;
  wire::encode_batch_record(batch, all, payload);
  return payload;
}

class ProcessorTest : public ::testing::Test {
 protected:
  void append(PartitionId partition, std::string_view payload) {
    const log::NewRecord record{kTenant, partition, payload};
    log_.append({&record, 1}, Deadline::never(), [](auto positions) { ASSERT_TRUE(positions.ok()); });
  }

  /// Waits until the processor has applied everything; the test's time-out is the limit.
  void wait_applied(const Processor& processor) {
    const auto behind = [&] {
      const auto progress = processor.progress();
      return std::any_of(progress.begin(), progress.end(), [](const auto& p) { return p.applied < p.end; });
    };
    while (behind()) std::this_thread::yield();
  }

  size_t stored_samples() {
    const std::vector<Matcher> matchers = {Matcher::equal(std::string(kMetricName), "up")};
    auto set = store_.select(kTenant, {matchers, TimeRange::all()}, Deadline::never()).value();
    SampleColumns columns;
    while (set->next().value()) set->read(columns).value();
    return columns.size();
  }

  ProcessorParts parts() { return {log_, *codec_, store_, dead_letters_}; }

  telemetry::Registry registry_;
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  log::MemoryLog log_{2};
  log::MemoryLog dead_letter_log_{1};
  DeadLetters dead_letters_{dead_letter_log_, registry_};
  FlakyStore store_;
};

TEST_F(ProcessorTest, AppliesWhatIsAndWhatComes) {
  append(PartitionId(0), record_of(1));
  Processor processor(parts(), {}, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  append(PartitionId(1), record_of(2));
  append(PartitionId(0), record_of(3));
  wait_applied(processor);
  EXPECT_EQ(stored_samples(), 3u);
  EXPECT_TRUE(processor.caught_up());
  const std::string gauge = "weir_processor_catch_up_seconds{partition=\"0\"} ";
  const std::string metrics = registry_.to_text();
  ASSERT_NE(metrics.find(gauge), std::string::npos);
  EXPECT_GT(std::stod(metrics.substr(metrics.find(gauge) + gauge.size())), 0);
}

TEST_F(ProcessorTest, IsCompleteUpToAMomentAgoOnceItHasCaughtUp) {
  append(PartitionId(0), record_of(1));
  store_.failures_left = 1'000'000;
  Processor processor(parts(), {}, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  EXPECT_EQ(processor.complete_ms(), std::nullopt);
  store_.failures_left = 0;
  wait_applied(processor);
  while (!processor.caught_up()) std::this_thread::yield();
  const TimestampMs before_ms = os::system_clock().wall_ms();
  const auto complete_ms = processor.complete_ms();
  ASSERT_TRUE(complete_ms);
  EXPECT_LE(*complete_ms, os::system_clock().wall_ms() - 50);
  EXPECT_GE(*complete_ms, before_ms - 10'000);
}

TEST_F(ProcessorTest, ResumesWhereTheStoreStands) {
  append(PartitionId(0), record_of(1));
  {
    Processor first(parts(), {}, os::system_clock(), registry_);
    ASSERT_TRUE(first.start().ok());
    wait_applied(first);
  }
  append(PartitionId(0), record_of(2));
  Processor second(parts(), {}, os::system_clock(), registry_);
  ASSERT_TRUE(second.start().ok());
  wait_applied(second);
  EXPECT_EQ(stored_samples(), 2u);
  EXPECT_EQ(registry_.counter("weir_processor_records_total", "Log records applied to the store.").value(),
            2u);
}

TEST_F(ProcessorTest, TriesAFailedCommitAgain) {
  store_.failures_left = 3;
  append(PartitionId(0), record_of(1));
  Processor processor(parts(), {}, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  wait_applied(processor);
  EXPECT_EQ(stored_samples(), 1u);
  EXPECT_EQ(store_.failures_left, 0);
}

TEST_F(ProcessorTest, SetsARecordAsideThatCannotBeDecoded) {
  append(PartitionId(0), record_of(1));
  append(PartitionId(0), "not a record");
  append(PartitionId(0), record_of(2));
  Processor processor(parts(), {}, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  wait_applied(processor);
  EXPECT_EQ(stored_samples(), 2u);
  EXPECT_EQ(processor.progress()[0].records_refused, 1u);
  const auto page = dead_letters_.list(Offset(0), 10, Deadline::never()).value();
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].tenant, kTenant);
  EXPECT_EQ(page.entries[0].letter.offset, Offset(1));
  EXPECT_EQ(page.entries[0].letter.code, "unsupported");
  EXPECT_EQ(page.entries[0].letter.payload, "not a record");
}

TEST_F(ProcessorTest, SetsOnlyTheRecordAsideThatTheStoreRefuses) {
  store_.refused_offset = Offset(1);
  for (int i = 0; i < 3; ++i) append(PartitionId(0), record_of(i));
  Processor processor(parts(), {}, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  wait_applied(processor);
  EXPECT_EQ(stored_samples(), 2u);
  const auto page = dead_letters_.list(Offset(0), 10, Deadline::never()).value();
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].letter.offset, Offset(1));
  EXPECT_EQ(page.entries[0].letter.message, "a byte that texts cannot hold");
}

TEST_F(ProcessorTest, LeavesAFencedPartitionAlone) {
  store_.failures_left = 1;
  store_.failure = too_old("epoch 1, now 2");
  ProcessorOptions options;
  options.fenced_wait = std::chrono::hours(1);
  append(PartitionId(0), record_of(1));
  Processor processor(parts(), options, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  while (store_.failures_left > 0) std::this_thread::yield();
  processor.stop();
  EXPECT_EQ(stored_samples(), 0u);
}

TEST_F(ProcessorTest, TakesAFencedPartitionBackThatIsStillAssigned) {
  store_.failures_left = 1;
  store_.failure = too_old("epoch 1, now 2");
  ProcessorOptions options;
  options.fenced_wait = os::milliseconds(1);
  append(PartitionId(0), record_of(1));
  Processor processor(parts(), options, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  wait_applied(processor);
  EXPECT_EQ(stored_samples(), 1u);
}

// The rest of the record is stored all the same.
TEST_F(ProcessorTest, SetsHistogramsAsideThatTheStoreDoesNotKeep) {
  Batch batch;
  batch.begin_series(Labels::of({{kMetricName, "up"}}).view().bytes());
  batch.add_sample(1'000, 1);
  batch.add_histogram(2'000, {});
  const uint32_t all[] = {0};
  std::string payload;
  wire::encode_batch_record(batch, all, payload);
  store_.keep_histograms = false;
  append(PartitionId(0), payload);
  append(PartitionId(0), record_of(2));
  Processor processor(parts(), {}, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  wait_applied(processor);
  EXPECT_EQ(processor.progress()[0].records_refused, 1u);
  const auto page = dead_letters_.list(Offset(0), 10, Deadline::never()).value();
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].letter.payload, payload);
  EXPECT_NE(page.entries[0].letter.message.find("native histograms"), std::string::npos);
}

/// A codec whose registry is away for its first calls.
class WaitingCodec final : public wire::RecordCodec {
 public:
  void encode(const Batch& batch, std::span<const uint32_t> indexes, std::string& out) const override {
    codec_->encode(batch, indexes, out);
  }
  size_t bound(size_t labels_bytes, size_t samples, size_t further_bytes) const override {
    return codec_->bound(labels_bytes, samples, further_bytes);
  }
  size_t record_bytes_max() const override { return codec_->record_bytes_max(); }
  Status decode(std::string_view payload, size_t bytes_max, Deadline deadline, Batch& batch) const override {
    if (failures_left_-- > 0) return unavailable("schema 7: the registry is away");
    return codec_->decode(payload, bytes_max, deadline, batch);
  }

 private:
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  mutable std::atomic<int> failures_left_{3};
};

TEST_F(ProcessorTest, WaitsForWhatARecordNeedsToBeDecoded) {
  append(PartitionId(0), record_of(1));
  const WaitingCodec codec;
  Processor processor({log_, codec, store_, dead_letters_}, {}, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  wait_applied(processor);
  EXPECT_EQ(stored_samples(), 1u);
  EXPECT_EQ(processor.progress()[0].records_refused, 0u);
}

TEST_F(ProcessorTest, TellsTheLogWhatItMayForget) {
  ProcessorOptions options;
  options.trim_interval = os::milliseconds(0);
  append(PartitionId(0), record_of(1));
  Processor processor(parts(), options, os::system_clock(), registry_);
  ASSERT_TRUE(processor.start().ok());
  wait_applied(processor);
  append(PartitionId(0), record_of(2));  // the next round trims what the last one applied
  wait_applied(processor);
  const auto trims = log_.trims();
  EXPECT_TRUE(
      std::any_of(trims.begin(), trims.end(), [](const auto& trim) { return trim.second >= Offset(1); }));
}

}  // namespace
}  // namespace weir::stream
