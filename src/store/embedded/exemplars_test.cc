// Exemplars in the embedded store beyond the contract: bounds, retention, snapshots, damage.
#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/block_salvage.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/exemplar_chunk.h"
#include "store/embedded/head_shard.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kHour = 3'600'000;
const TenantId kTenant = TenantId::from_stored(1);
const Labels kUp = Labels::of({{"__name__", "up"}});

class StoredExemplars : public testing::Test {
 protected:
  StoredExemplars() {
    options_.directory = "/data/store";
    options_.partition_count = 1;
    options_.maintenance_interval = os::milliseconds(1'000 * kHour);
  }

  void start() {
    store_.reset();
    registry_ = std::make_unique<telemetry::Registry>();
    store_ = open(options_, files_, clock_, *registry_).value();
    lease_ = store_->acquire(PartitionId(0), Deadline::never()).value();
  }
  CommitReport commit(const Batch& batch) {
    const AppliedRecord record{kTenant, next_, &batch};
    next_ = Offset(next_.value() + 1);
    CommitReport report;
    store_->commit({lease_, {&record, 1}, next_}, Deadline::never(),
                   [&](Result<CommitReport> outcome) { report = outcome.value(); });
    return report;
  }
  CommitReport commit(const Labels& series, size_t count, TimestampMs first_ms) {
    Batch batch;
    batch.begin_series(series.view().bytes());
    for (size_t i = 0; i < count; ++i)
      batch.add_exemplar({LabelsView(), 1, first_ms + static_cast<TimestampMs>(i)});
    return commit(batch);
  }
  static size_t count(Store& store) {
    const std::vector<std::vector<Matcher>> up = {{Matcher::any_metric()}};
    size_t count = 0;
    const auto found = store.exemplars(kTenant, {up, TimeRange::all()}, Deadline::never()).value();
    for (const SeriesExemplars& series : found) count += series.exemplars.size();
    return count;
  }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_;
  EmbeddedStoreOptions options_;
  std::unique_ptr<telemetry::Registry> registry_;
  std::unique_ptr<Store> store_;
  Lease lease_{PartitionId(0), Epoch(0)};
  Offset next_{0};
};

TEST_F(StoredExemplars, AreBoundedForEachSeriesAndWindow) {
  start();
  const CommitReport report = commit(kUp, kHeadExemplarsMax + 10, 0);
  EXPECT_EQ(report.exemplars, kHeadExemplarsMax);
  EXPECT_EQ(report.dropped_exemplars, 10u);
  const CommitReport again = commit(kUp, kHeadExemplarsMax, 0);
  EXPECT_EQ(again.exemplars + again.dropped_exemplars, 0u) << "what is there costs nothing";
  EXPECT_EQ(commit(kUp, 1, 2 * kHour).exemplars, 1u) << "another window";
  EXPECT_EQ(commit(Labels::of({{"__name__", "down"}}), 1, 0).exemplars, 1u) << "another series";
  EXPECT_THAT(registry_->to_text(), testing::HasSubstr("weir_store_dropped_exemplars_total 10"));
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  EXPECT_EQ(count(*store_), kHeadExemplarsMax + 2);
  EXPECT_EQ(commit(kUp, 1, 5'000).exemplars, 1u) << "the window is in a block";
}

TEST_F(StoredExemplars, AreBoundedInBytesUntilTheyAreInABlock) {
  options_.head_exemplar_bytes_max = 10'000;
  start();
  uint64_t stored = 0;
  for (int i = 0; i < 1'000; ++i)
    stored += commit(Labels::of({{"__name__", "up"}, {"i", std::to_string(i)}}), 1, kHour * i).exemplars;
  EXPECT_GT(stored, 100u);
  EXPECT_LT(stored, 420u) << "24 bytes each at least";
  EXPECT_EQ(count(*store_), stored);
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  EXPECT_EQ(commit(kUp, 1, 0).exemplars, 1u);
  EXPECT_EQ(count(*store_), stored + 1);
  const std::vector<Matcher> all = {Matcher::any_metric()};
  ASSERT_TRUE(store_->erase(kTenant, all, TimeRange::all(), Deadline::never()).ok());
  EXPECT_EQ(count(*store_), 0u);
  EXPECT_EQ(store_->status()->active_series, 0u) << "no series is left for what is not there";
  EXPECT_EQ(commit(kUp, 100, 0).exemplars, 100u);
}

TEST_F(StoredExemplars, AreNoSamples) {
  start();
  commit(kUp, 3, kHour);
  EXPECT_EQ(store_->status()->head_samples, 0u);
  EXPECT_EQ(store_->status()->maxt_ms, 0);
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  EXPECT_EQ(store_->status()->block_samples, 0u);
  EXPECT_EQ(store_->status()->block_count, 1u);
}

TEST_F(StoredExemplars, LeaveWithRetention) {
  options_.retention = os::milliseconds(10 * kHour);
  clock_.set_wall_ms(20 * kHour);
  start();
  const CommitReport old = commit(kUp, 5, 10 * kHour - 2);
  EXPECT_EQ(old.exemplars, 3u);
  EXPECT_EQ(old.dropped_exemplars, 2u);
  clock_.set_wall_ms(20 * kHour + 1);
  EXPECT_EQ(count(*store_), 2u) << "exactly, at once";
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  EXPECT_EQ(count(*store_), 2u);
  clock_.set_wall_ms(21 * kHour);
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  EXPECT_EQ(count(*store_), 0u);
  EXPECT_EQ(store_->status()->block_count, 0u);
}

TEST_F(StoredExemplars, AreInSnapshots) {
  start();
  commit(kUp, 5, kHour);
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  commit(kUp, 7, 9 * kHour);
  ASSERT_TRUE(store_->snapshot({"/data/snapshots/one", false}, Deadline::never()).ok());
  EmbeddedStoreOptions options = options_;
  options.directory = "/data/snapshots/one";
  telemetry::Registry registry;
  EXPECT_EQ(count(*open(options, files_, clock_, registry).value()), 12u);
}

class BlockExemplars : public testing::Test {
 protected:
  BlockExemplars() { EXPECT_TRUE(files_.create_directories("/d").ok()); }

  BlockPtr write(const std::string& path, size_t samples, const ExemplarColumns& exemplars) {
    auto writer = BlockWriter::create(files_, path, 0).value();
    EXPECT_TRUE(writer->begin_series(kTenant, kUp).ok());
    for (size_t i = 0; i < samples; ++i) {
      const auto at = static_cast<TimestampMs>(i);
      const double value = 1;
      EXPECT_TRUE(writer->add_samples({&at, 1}, {&value, 1}).ok());
    }
    EXPECT_TRUE(writer->add_exemplars(exemplars).ok());
    EXPECT_TRUE(writer->finish().ok());
    return Block::open(files_, path).value();
  }
  static std::vector<ChunkRef> chunks(const Block& block) {
    std::vector<ChunkRef> chunks;
    block.tenants()[0].append_list(0, ChunkList::kExemplars, chunks);
    return chunks;
  }
  static ExemplarColumns at(const std::vector<TimestampMs>& times) {
    ExemplarColumns exemplars;
    for (size_t i = 0; i < times.size(); ++i) exemplars.add({LabelsView(), static_cast<double>(i), times[i]});
    return exemplars;
  }

  os::sim::FaultyFiles files_;
};

TEST_F(BlockExemplars, NoChunkBeginsWhereTheOneBeforeEnds) {
  std::vector<TimestampMs> times;
  for (int i = 0; i < 1'020; ++i) times.push_back(i);
  for (int i = 0; i < 10; ++i) times.push_back(2'000);     // over the end of the first chunk
  for (int i = 0; i < 1'100; ++i) times.push_back(3'000);  // more than a chunk holds
  times.push_back(4'000);
  const BlockPtr block = write("/d/a.block", 3, at(times));
  EXPECT_TRUE(block->verify_chunks().ok());
  EXPECT_EQ(block->range(), (TimeRange{0, 4'000}));
  EXPECT_EQ(block->sample_count(), 3u);
  std::vector<std::pair<uint32_t, TimestampMs>> found;
  for (const ChunkRef& chunk : chunks(*block)) found.emplace_back(chunk.sample_count, chunk.range.maxt_ms);
  EXPECT_THAT(found, testing::ElementsAre(testing::Pair(1'020u, 1'019), testing::Pair(10u, 2'000),
                                          testing::Pair(1'024u, 3'000), testing::Pair(1u, 4'000)));
}

TEST_F(BlockExemplars, MayBeAllThatABlockHas) {
  const BlockPtr block = write("/d/a.block", 0, at({5, 6, 7}));
  EXPECT_EQ(block->sample_count(), 0u);
  EXPECT_EQ(block->range(), (TimeRange{5, 7}));
  std::vector<ChunkRef> samples;
  block->tenants()[0].append_chunks(0, samples);
  EXPECT_TRUE(samples.empty());
  ExemplarColumns found;
  ASSERT_TRUE(block->read_exemplars(chunks(*block).at(0), found).ok());
  EXPECT_EQ(found, at({5, 6, 7}));
}

TEST_F(BlockExemplars, DamageCostsTheChunkAlone) {
  const BlockPtr whole = write("/d/a.block", 3, at({5, 6, 7}));
  const ChunkRef chunk = chunks(*whole).at(0);
  files_.corrupt("/d/a.block", chunk.offset + 4);
  const BlockPtr block = Block::open(files_, "/d/a.block").value();
  EXPECT_FALSE(block->verify_chunks().ok());
  ExemplarColumns found;
  EXPECT_EQ(block->read_exemplars(chunk, found).error().code, Code::kCorruption);
  EXPECT_TRUE(found.empty());
  const Salvage salvage = salvage_block(files_, *block, "/d/b.block").value();
  EXPECT_EQ(salvage.samples_saved, 3u);
  EXPECT_EQ(salvage.series_saved, 1u);
  EXPECT_TRUE(chunks(*Block::open(files_, "/d/b.block").value()).empty());
}

TEST_F(BlockExemplars, AreSavedWithWhatIsWhole) {
  const BlockPtr whole = write("/d/a.block", 3, at({5, 6, 7}));
  ASSERT_TRUE(salvage_block(files_, *whole, "/d/b.block").ok());
  const BlockPtr saved = Block::open(files_, "/d/b.block").value();
  ASSERT_EQ(chunks(*saved).size(), 1u);
  EXPECT_EQ(chunks(*saved)[0].sample_count, 3u);
  EXPECT_EQ(saved->sample_count(), 3u);
}

}  // namespace
}  // namespace weir::store::embedded
