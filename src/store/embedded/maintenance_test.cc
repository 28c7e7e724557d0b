#include "store/embedded/maintenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kHour = 3'600'000;

// The engine without its thread: rounds run when the test says so.
class MaintenanceTest : public testing::Test {
 protected:
  MaintenanceTest() { start(); }

  void start() {
    maintenance_.reset();
    shards_.clear();
    catalogue_ = Catalogue::open(options_, files_, metrics_).value();
    for (uint32_t i = 0; i < options_.partition_count; ++i) {
      shards_.push_back(std::make_unique<HeadShard>(PartitionId(i), options_.window.count(),
                                                    options_.head_exemplar_bytes_max, catalogue_->blocks()));
      shards_.back()->restore(catalogue_->partition(PartitionId(i)), {});
      epoch_ = catalogue_->next_epoch(PartitionId(i)).value();
      shards_.back()->set_epoch(epoch_);
    }
    maintenance_ =
        std::make_unique<Maintenance>(options_, files_, clock_, *catalogue_, shards_, reads_, metrics_);
  }

  CommitReport write(int64_t offset, TimestampMs timestamp_ms, double value = 1) {
    Batch batch;
    batch.begin_series(Labels::of({{"__name__", "m"}}).view().bytes());
    batch.add_sample(timestamp_ms, value);
    const AppliedRecord record{TenantId::from_stored(1), Offset(offset), &batch};
    return shards_[0]
        ->apply(
            {{PartitionId(0), epoch_, Offset(0)}, {&record, 1}, Offset(offset + 1)},
            [](TenantId) { return 0; }, clock_.steady())
        .value();
  }
  void run() { maintenance_->run(std::stop_token()); }
  size_t blocks() const { return catalogue_->blocks().get()->size(); }
  Offset durable() const { return catalogue_->partition(PartitionId(0)).durable; }

  EmbeddedStoreOptions options_{.directory = "/s", .partition_count = 1};
  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_{1'000 * kHour};
  telemetry::Registry registry_;
  StoreMetrics metrics_{registry_};
  std::unique_ptr<Catalogue> catalogue_;
  HeadShards shards_;
  FairSharedMutex reads_;
  Epoch epoch_;
  std::unique_ptr<Maintenance> maintenance_;
};

TEST_F(MaintenanceTest, WritesAWindowWhenItIsPastAndTheLogMayForgetIt) {
  const TimestampMs now = clock_.wall_ms();
  write(0, now - 4 * kHour);
  write(1, now);
  run();
  EXPECT_EQ(blocks(), 0u) << "it may still fill";
  clock_.advance(os::milliseconds(61'000));
  run();
  EXPECT_EQ(blocks(), 1u);
  EXPECT_EQ(durable(), Offset(1)) << "the current window is in the log only";
  EXPECT_EQ(shards_[0]->stats().samples, 1u);
}

TEST_F(MaintenanceTest, AnIdleHeadIsWrittenByTheClockAlone) {
  write(0, clock_.wall_ms());
  clock_.advance(os::milliseconds(2 * kHour));
  run();
  EXPECT_EQ(blocks(), 0u);
  clock_.advance(os::milliseconds(2 * kHour));
  run();
  EXPECT_EQ(blocks(), 1u);
  EXPECT_EQ(durable(), Offset(1));
  EXPECT_EQ(shards_[0]->stats().series, 0u) << "a series without samples leaves the head";
}

TEST_F(MaintenanceTest, RecordsWithoutNewSamplesMoveTheDurableOffset) {
  write(0, 10);
  ASSERT_TRUE(maintenance_->compact(Deadline::never()).ok());
  EXPECT_EQ(write(1, 10).duplicates, 1u);
  run();
  EXPECT_EQ(durable(), Offset(2));
}

TEST_F(MaintenanceTest, AFailedCutIsWrittenLaterWithLateSamplesBesideIt) {
  write(0, 10, 1);
  files_.inject({.call = os::sim::Call::kSync, .lasting = true});
  EXPECT_FALSE(maintenance_->compact(Deadline::never()).ok());
  EXPECT_EQ(write(1, 10, 2).conflicts, 1u) << "the frozen window still counts";
  EXPECT_EQ(write(2, 20, 2).appended, 1u);
  run();
  EXPECT_EQ(metrics_.cut_failures.value(), 2u);
  EXPECT_EQ(durable(), Offset(0));
  files_.clear_faults();
  run();
  EXPECT_EQ(blocks(), 1u);
  EXPECT_EQ(durable(), Offset(2)) << "record 2 is in memory only";
  EXPECT_EQ(write(3, 10, 1).duplicates, 1u) << "now it is found in the block";
}

TEST_F(MaintenanceTest, ReplaySkipsWhatABlockCovers) {
  const TimestampMs now = clock_.wall_ms();
  write(0, now);                   // stays in the head
  write(1, now - 100 * kHour, 1);  // goes to a block
  clock_.advance(os::milliseconds(61'000));
  run();
  ASSERT_EQ(blocks(), 1u);
  ASSERT_EQ(durable(), Offset(0));
  start();
  EXPECT_EQ(shards_[0]->visible(), Offset(0));
  EXPECT_EQ(write(0, now).appended, 1u);
  const CommitReport again = write(1, now - 100 * kHour, 7);
  EXPECT_EQ(again.duplicates, 1u) << "skipped by offset: the value is not even looked at";
  EXPECT_EQ(shards_[0]->stats().samples, 1u);
  EXPECT_EQ(write(2, now - 100 * kHour, 7).conflicts, 1u) << "later records are looked at";
}

TEST_F(MaintenanceTest, ManyLateBlocksAreMerged) {
  for (int i = 0; i < 3; ++i) {
    write(i, 10 + i);
    clock_.advance(os::milliseconds(61'000));
    run();
  }
  EXPECT_EQ(blocks(), 1u);
  EXPECT_EQ(metrics_.compactions.value(), 1u);
  EXPECT_EQ(catalogue_->blocks().get()->front()->sample_count(), 3u);
  EXPECT_THAT(files_.list("/s").value(), testing::ElementsAre("0000000000000004.block", "MANIFEST"));
}

TEST_F(MaintenanceTest, AFlushWritesWhatIsInMemory) {
  const TimestampMs now = clock_.wall_ms();
  write(0, now - 4 * kHour);
  write(1, now);
  ASSERT_TRUE(maintenance_->flush(Deadline::never()).ok());
  EXPECT_EQ(shards_[0]->stats().samples, 0u);
  EXPECT_EQ(durable(), Offset(2)) << "nothing is applied again";
  EXPECT_EQ(write(2, now + 1).appended, 1u);
  EXPECT_EQ(write(3, now).duplicates, 1u) << "the window goes on where the block ends";
  ASSERT_TRUE(maintenance_->flush(Deadline::never()).ok());
  EXPECT_EQ(durable(), Offset(4));
}

TEST_F(MaintenanceTest, AFlushEndsWithItsTime) {
  write(0, 10);
  const Status status = maintenance_->flush(Deadline::after(clock_, os::milliseconds(0)));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(shards_[0]->stats().samples, 1u);
  EXPECT_EQ(durable(), Offset(0)) << "the log still has it";
  EXPECT_EQ(metrics_.cut_failures.value(), 0u);
}

TEST_F(MaintenanceTest, ManyShortRestartsLeaveFewBlocks) {
  const TimestampMs begin = clock_.wall_ms() / (24 * kHour) * 24 * kHour;
  size_t most = 0;
  for (int i = 0; i < 200; ++i) {
    write(i, begin + i * 6 * 60'000);
    ASSERT_TRUE(maintenance_->flush(Deadline::never()).ok());
    start();
    ASSERT_EQ(shards_[0]->visible(), Offset(i + 1));
    run();
    most = std::max(most, blocks());
  }
  EXPECT_LE(most, 8u);
}

TEST_F(MaintenanceTest, AReaderKeepsTheFilesItBeganWith) {
  write(0, 10);
  ASSERT_TRUE(maintenance_->compact(Deadline::never()).ok());
  const BlockListPtr held = catalogue_->blocks().get();
  write(1, 20);
  ASSERT_TRUE(maintenance_->compact(Deadline::never()).ok());
  EXPECT_EQ(blocks(), 1u);
  EXPECT_FALSE(files_.exists(held->front()->path()).value());
  EXPECT_TRUE(held->front()->verify_chunks().ok());
}

TEST_F(MaintenanceTest, ABlockThatDecaysIsFoundBeforeItIsAskedFor) {
  write(0, 10);
  ASSERT_TRUE(maintenance_->compact(Deadline::never()).ok());
  files_.corrupt("/s/0000000000000001.block", 10);  // in the chunk, which comes first
  run();
  EXPECT_EQ(metrics_.corrupt_blocks.value(), 0u) << "its time has not come";
  clock_.advance(options_.scrub_interval);
  run();
  EXPECT_EQ(metrics_.corrupt_blocks.value(), 1u);
  clock_.advance(options_.scrub_interval);
  run();
  EXPECT_EQ(metrics_.corrupt_blocks.value(), 1u) << "told once";
  write(1, 20);
  ASSERT_TRUE(maintenance_->compact(Deadline::never()).ok());
  EXPECT_EQ(blocks(), 2u) << "merged no more";
}

TEST_F(MaintenanceTest, CompactGivesUpAtItsDeadline) {
  write(0, 10);
  const Deadline passed = Deadline::after(clock_, os::milliseconds(0));
  const Status status = maintenance_->compact(passed);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(shards_[0]->stats().samples, 1u);
}

}  // namespace
}  // namespace weir::store::embedded
