#include "ingest/ingester.h"

#include <map>
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "support/histograms.h"
#include "support/remote_write_like.h"
#include "wire/batch_record.h"

namespace weir::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr TimestampMs kNow = 1'700'000'000'000;
const TenantId kAcme = TenantId::from_stored(7);

/// A log that keeps what it is given and completes when the test says so.
class RecordingLog : public log::Log {
 public:
  struct Kept {
    TenantId tenant;
    PartitionId partition;
    std::string payload;
    std::string trace_parent;
    BatchSlicePtr decoded;
  };

  uint32_t partition_count() const override { return partitions; }
  size_t record_bytes_max() const override { return record_bytes; }
  log::Durability durability() const override { return log::Durability::kFsync; }

  void append(std::span<const log::NewRecord> records, Deadline,
              Completion<std::vector<log::Position>> done) override {
    ++appends;
    for (const log::NewRecord& record : records) {
      positions_.push_back({record.partition, Offset(static_cast<int64_t>(kept.size()))});
      kept.push_back({record.tenant, record.partition, std::string(record.payload),
                      std::string(record.trace_parent), record.decoded});
    }
    done_ = std::move(done);
  }

  bool waiting() const { return done_ != nullptr; }
  void succeed() { std::exchange(done_, nullptr)(std::exchange(positions_, {})); }
  void fail(Error error) { std::exchange(done_, nullptr)(std::move(error)); }

  Result<std::unique_ptr<log::Reader>> open_reader(PartitionId) override { return unsupported("reading"); }
  Result<std::unique_ptr<log::Membership>> join(log::AssignmentListener&) override {
    return unsupported("joining");
  }
  Status trim(PartitionId, Offset) override { return {}; }
  Result<log::PartitionStatus> status(PartitionId) const override { return unsupported("status"); }
  Status writable() const override { return {}; }

  uint32_t partitions = 1;
  size_t record_bytes = 1 << 20;
  size_t appends = 0;
  std::vector<Kept> kept;

 private:
  std::vector<log::Position> positions_;
  Completion<std::vector<log::Position>> done_;
};

using Samples = std::map<std::string, std::vector<std::pair<TimestampMs, double>>>;

void collect(const Batch& batch, Samples& out) {
  for (const Batch::Series& series : batch.series()) {
    auto& samples = out[batch.labels(series).to_string()];
    for (size_t i = 0; i < series.sample_count; ++i) {
      samples.emplace_back(batch.timestamps_ms(series)[i], batch.values(series)[i]);
    }
    for (size_t i = 0; i < series.histogram_count; ++i) {  // told apart by their counts
      samples.emplace_back(batch.histogram_times_ms(series)[i], -batch.histograms(series)[i].count);
    }
  }
}

class IngesterTest : public ::testing::Test {
 protected:
  void write(const Batch& batch, const Limits& limits = Limits()) {
    ingester_->write({kAcme, limits, Deadline::never()}, std::make_shared<const Batch>(batch),
                     [this](Result<Verdict> verdict) {
                       ++completions_;
                       verdict_ = std::move(verdict);
                     });
  }

  Batch decoded(const RecordingLog::Kept& record) const {
    Batch batch;
    const Status status = wire::decode_batch_record(record.payload, wire::kBatchRecordBytesMax, batch);
    EXPECT_TRUE(status.ok());
    return batch;
  }

  void expect_metric(const std::string& line) const {
    EXPECT_THAT(registry_.to_text(), HasSubstr(line + "\n"));
  }

  RecordingLog log_;
  os::sim::ManualClock clock_{kNow};
  telemetry::Registry registry_;
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  std::optional<Ingester> ingester_{std::in_place, log_, *codec_, clock_, registry_};
  int completions_ = 0;
  std::optional<Result<Verdict>> verdict_;
};

Batch one_series(std::initializer_list<TimestampMs> times) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  for (const TimestampMs time : times) batch.add_sample(time, static_cast<double>(time));
  return batch;
}

TEST_F(IngesterTest, AnswersOnlyWhenDurable) {
  write(one_series({kNow}));
  EXPECT_EQ(completions_, 0);
  ASSERT_TRUE(log_.waiting());
  log_.succeed();
  EXPECT_EQ(completions_, 1);
  ASSERT_TRUE(verdict_->ok());
  EXPECT_EQ((*verdict_)->accepted_samples, 1u);
  EXPECT_EQ((*verdict_)->rejected_samples, 0u);
  EXPECT_THAT((*verdict_)->positions, ElementsAre(log::Position{PartitionId(0), Offset(0)}));
  expect_metric("weir_ingest_samples_total 1");
}

TEST_F(IngesterTest, WritesWhatWasSent) {
  const Batch sent = tests::remote_write_like(500, 3);
  log_.partitions = 4;
  write(sent);
  log_.succeed();
  Samples expected;
  Samples found;
  collect(sent, expected);
  for (const auto& record : log_.kept) collect(decoded(record), found);
  EXPECT_EQ(found, expected);
  EXPECT_EQ((*verdict_)->accepted_samples, 1'500u);
}

TEST_F(IngesterTest, AppendsOnceWithOneRecordAPartition) {
  log_.partitions = 4;
  write(tests::remote_write_like(200));
  EXPECT_EQ(log_.appends, 1u);
  std::vector<uint32_t> partitions;
  for (const auto& record : log_.kept) {
    EXPECT_EQ(record.tenant, kAcme);
    partitions.push_back(record.partition.value());
  }
  EXPECT_THAT(partitions, ElementsAre(0, 1, 2, 3));
  log_.succeed();
  EXPECT_THAT((*verdict_)->positions, SizeIs(4));
}

TEST_F(IngesterTest, SendsEachSeriesToItsPartition) {
  log_.partitions = 5;
  write(tests::remote_write_like(300));
  for (const auto& record : log_.kept) {
    const Batch batch = decoded(record);
    for (const Batch::Series& series : batch.series()) {
      EXPECT_EQ(partition_of(series_hash(kAcme, batch.labels(series)), 5), record.partition);
    }
  }
}

// Who gets the record from memory must not see anything else than who decodes it after a restart.
TEST_F(IngesterTest, SendsAlongWhatEachRecordDecodesTo) {
  log_.partitions = 3;
  log_.record_bytes = 8'192;
  clock_.set_wall_ms(kNow);
  Batch sent = tests::remote_write_like(300, 3);
  sent.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  for (const TimestampMs time : {kNow, TimestampMs{-1}, kNow - 5}) sent.add_sample(time, 0.1);
  write(sent);
  EXPECT_GT(log_.kept.size(), 10u);
  for (const auto& record : log_.kept) {
    const Batch stored = decoded(record);
    ASSERT_NE(record.decoded, nullptr);
    const auto& [batch, selection] = *record.decoded;
    ASSERT_EQ(selection.indexes.size(), stored.series_count());
    ASSERT_EQ(selection.hashes.size(), stored.series_count());
    for (size_t i = 0; i < stored.series_count(); ++i) {
      const Batch::Series& series = batch->series()[selection.indexes[i]];
      const LabelsView labels = batch->labels(series);
      EXPECT_EQ(labels, stored.labels(stored.series()[i]));
      EXPECT_EQ(selection.hashes[i], series_hash(kAcme, labels));
      EXPECT_TRUE(std::ranges::equal(batch->timestamps_ms(series), stored.timestamps_ms(stored.series()[i])));
      EXPECT_TRUE(std::ranges::equal(batch->values(series), stored.values(stored.series()[i])));
    }
  }
}

TEST_F(IngesterTest, AnswersAtOnceWhenNothingIsLeft) {
  write(one_series({-1, -2}));
  EXPECT_EQ(completions_, 1);
  EXPECT_EQ(log_.appends, 0u);
  EXPECT_EQ((*verdict_)->accepted_samples, 0u);
  EXPECT_EQ((*verdict_)->rejected_samples, 2u);
  EXPECT_THAT((*verdict_)->positions, IsEmpty());
  write(Batch());
  EXPECT_EQ(completions_, 2);
  EXPECT_EQ((*verdict_)->rejected_samples, 0u);
  expect_metric("weir_ingest_batches_total 2");
}

TEST_F(IngesterTest, KeepsTheGoodSamplesOfASeries) {
  clock_.advance(os::milliseconds(5));
  Limits limits;
  limits.future_ms_max = 10;
  write(one_series({-5, kNow, kNow + 16, kNow + 15, kNow - 1}), limits);
  log_.succeed();
  EXPECT_EQ((*verdict_)->accepted_samples, 3u);
  EXPECT_EQ((*verdict_)->rejected_samples, 2u);
  const Batch kept = decoded(log_.kept.at(0));
  EXPECT_THAT(kept.timestamps_ms(kept.series()[0]), ElementsAre(kNow, kNow + 15, kNow - 1));
  expect_metric("weir_ingest_rejected_samples_total{reason=\"negative_timestamp\"} 1");
  expect_metric("weir_ingest_rejected_samples_total{reason=\"too_far_in_future\"} 1");
}

TEST_F(IngesterTest, SplitsHistogramsAsSamples) {
  clock_.set_wall_ms(kNow);
  log_.record_bytes = 20'000;
  Batch sent;
  tests::GrowingHistogram histogram(50);
  for (const char* name : {"long", "cut"}) {
    sent.begin_series(Labels::of({{"__name__", name}}).view().bytes());
    sent.add_sample(kNow - 1, 1);
    for (int i = 0; i < 100; ++i) sent.add_histogram(kNow + i, histogram.next());
  }
  Samples expected;
  collect(sent, expected);
  sent.add_sample(-1, 1);  // makes the second series one that is copied sample by sample
  sent.add_histogram(-1, histogram.next());
  write(sent);
  log_.succeed();
  EXPECT_EQ((*verdict_)->accepted_samples, 202u);
  EXPECT_EQ((*verdict_)->accepted_histograms, 200u);
  EXPECT_EQ((*verdict_)->rejected_samples, 2u);
  EXPECT_GT(log_.kept.size(), 5u);
  Samples found;
  for (const auto& record : log_.kept) {
    EXPECT_LE(record.payload.size(), log_.record_bytes);
    collect(decoded(record), found);
  }
  EXPECT_EQ(found, expected);
}

TEST_F(IngesterTest, TakesExemplarsBesideSamplesAndAlone) {
  const Labels trace = Labels::of({{"trace_id", "4bf92f"}});
  Batch sent;
  sent.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  sent.add_exemplar({trace, 1, kNow});
  sent.add_exemplar({trace, 2, -1});
  write(sent);
  log_.succeed();
  EXPECT_EQ((*verdict_)->accepted_samples, 0u);
  EXPECT_EQ((*verdict_)->rejected_samples, 0u);
  EXPECT_EQ((*verdict_)->accepted_exemplars, 1u);
  EXPECT_EQ((*verdict_)->dropped_exemplars, (ExemplarFaults{0, 0, 0, 0, 1, 0}));
  const Batch kept = decoded(log_.kept.at(0));
  ASSERT_EQ(kept.exemplar_count(), 1u);
  EXPECT_EQ(kept.exemplar(kept.series()[0], 0), (Exemplar{trace, 1, kNow}));
  ingester_->count_dropped({0, 0, 0, 2, 0, 0});
  expect_metric("weir_ingest_exemplars_total 1");
  expect_metric("weir_ingest_dropped_exemplars_total{reason=\"bad_timestamp\"} 1");
  expect_metric("weir_ingest_dropped_exemplars_total{reason=\"labels_too_long\"} 2");
}

TEST_F(IngesterTest, SplitsExemplarsByTheSizeOfRecords) {
  log_.record_bytes = 20'000;
  Batch sent;
  sent.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  sent.add_sample(kNow, 1);
  for (int i = 0; i < 1'000; ++i)
    sent.add_exemplar({Labels::of({{"trace_id", fmt::format("{:032x}", i)}}), 1.0 * i, kNow - i});
  write(sent);
  log_.succeed();
  EXPECT_EQ((*verdict_)->accepted_samples, 1u);
  EXPECT_GT(log_.kept.size(), 3u);
  ExemplarColumns found;
  for (const auto& record : log_.kept) {
    EXPECT_LE(record.payload.size(), log_.record_bytes);
    const Batch kept = decoded(record);
    for (const Batch::Series& series : kept.series()) {
      for (size_t i = 0; i < series.exemplar_count; ++i) found.add(kept.exemplar(series, i));
    }
  }
  ASSERT_EQ(found.size(), 1'000u);
  for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], sent.exemplar(sent.series()[0], i)) << i;
}

TEST_F(IngesterTest, VerdictAddsUpForAMixedBatch) {
  Batch batch = tests::remote_write_like(50, 2);
  for (int i = 0; i < 150; ++i) {
    batch.begin_series(Labels::of({{"job", "nameless"}}).view().bytes());
    batch.add_sample(kNow, 1);
  }
  batch.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  batch.add_sample(kNow, 1);
  batch.add_sample(-1, 1);
  write(batch);
  log_.succeed();
  EXPECT_EQ((*verdict_)->accepted_samples, 101u);
  EXPECT_EQ((*verdict_)->rejected_samples, 151u);
  EXPECT_EQ((*verdict_)->accepted_samples + (*verdict_)->rejected_samples, batch.sample_count());
  EXPECT_THAT((*verdict_)->rejections, SizeIs(kRejectionsKept));
  EXPECT_EQ(ingester_->totals().accepted, 101u);
  EXPECT_EQ(ingester_->totals().rejected, 151u);
}

TEST_F(IngesterTest, TakesNothingWhileReadOnly) {
  ingester_->set_read_only(true);
  write(one_series({kNow}));
  ASSERT_FALSE(verdict_->ok());
  EXPECT_EQ(verdict_->error().code, Code::kUnavailable);
  EXPECT_TRUE(log_.kept.empty());
  ingester_->set_read_only(false);
  write(one_series({kNow}));
  log_.succeed();
  EXPECT_EQ((*verdict_)->accepted_samples, 1u);
}

TEST_F(IngesterTest, PassesOnTheLogsErrors) {
  write(one_series({kNow, kNow + 1, -1}));
  log_.fail(resource_exhausted("log: queue full"));
  EXPECT_EQ(completions_, 1);
  ASSERT_FALSE(verdict_->ok());
  EXPECT_EQ(verdict_->error(), resource_exhausted("log: queue full"));
  expect_metric("weir_ingest_failed_samples_total 2");
  expect_metric("weir_ingest_samples_total 0");
  expect_metric("weir_ingest_rejected_samples_total{reason=\"negative_timestamp\"} 1");
}

TEST_F(IngesterTest, MayBeDestroyedBeforeTheLogAnswers) {
  write(one_series({kNow}));
  ingester_.reset();
  log_.succeed();
  EXPECT_EQ(completions_, 1);
  EXPECT_EQ((*verdict_)->accepted_samples, 1u);
}

TEST_F(IngesterTest, GivesEachRecordTheTraceOfTheRequest) {
  log_.record_bytes = 4'096;
  constexpr std::string_view kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const Limits limits;
  ingester_->write({kAcme, limits, Deadline::never(), kTrace},
                   std::make_shared<const Batch>(tests::remote_write_like(400)), [](auto) {});
  EXPECT_GT(log_.kept.size(), 1u);
  for (const auto& record : log_.kept) EXPECT_EQ(record.trace_parent, kTrace);
}

TEST_F(IngesterTest, CutsRecordsToTheLogsSize) {
  log_.partitions = 2;
  log_.record_bytes = 4'096;
  const Batch sent = tests::remote_write_like(400);
  write(sent);
  EXPECT_EQ(log_.appends, 1u);
  EXPECT_GT(log_.kept.size(), 10u);
  Samples expected;
  Samples found;
  collect(sent, expected);
  for (const auto& record : log_.kept) {
    EXPECT_LE(record.payload.size(), log_.record_bytes);
    collect(decoded(record), found);
  }
  EXPECT_EQ(found, expected);
}

TEST_F(IngesterTest, SpreadsALongSeriesOverRecordsInOrder) {
  log_.record_bytes = 512;
  Batch sent;
  sent.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  // Values and times that do not shrink.
  for (int i = 0; i < 1'000; ++i) sent.add_sample(kNow - (i % 2) * 1'000'000'000'000 + i, 1.0 / (i + 3));
  sent.add_sample(-1, 0);
  write(sent);
  Samples found;
  for (const auto& record : log_.kept) {
    EXPECT_LE(record.payload.size(), log_.record_bytes);
    collect(decoded(record), found);
  }
  ASSERT_THAT(found["up"], SizeIs(1'000));
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(found["up"][static_cast<size_t>(i)].second, 1.0 / (i + 3));
}

TEST(PartitionOf, IsStableForEver) {
  const Labels labels = Labels::of({{"__name__", "up"}, {"job", "api"}});
  EXPECT_EQ(partition_of(series_hash(kAcme, labels), 1'000'003), PartitionId(257'570));
  EXPECT_EQ(partition_of(series_hash(kAcme, labels), 1), PartitionId(0));
}

TEST(PartitionOf, DependsOnTheTenantAndSpreads) {
  std::array<int, 8> counts{};
  int moved = 0;
  for (int i = 0; i < 8'000; ++i) {
    const Labels labels = Labels::of({{"__name__", "up"}, {"instance", fmt::format("host-{}", i)}});
    const PartitionId partition = partition_of(series_hash(kAcme, labels), 8);
    ++counts.at(partition.value());
    moved += partition != partition_of(series_hash(TenantId::from_stored(8), labels), 8);
  }
  for (const int count : counts) EXPECT_NEAR(count, 1'000, 200);
  EXPECT_GT(moved, 6'000);
}

}  // namespace
}  // namespace weir::ingest
