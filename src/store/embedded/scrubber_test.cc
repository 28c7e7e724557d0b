#include "store/embedded/scrubber.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/manifest.h"

namespace weir::store::embedded {
namespace {

using std::chrono::seconds;

constexpr os::milliseconds kInterval{1'000'000};
constexpr int kBlocks = 10;

class ScrubberTest : public testing::Test {
 protected:
  ScrubberTest() {
    for (int i = 0; i < kBlocks; ++i) blocks_.push_back(make_block(block_path("", static_cast<uint64_t>(i))));
  }

  BlockPtr make_block(const std::string& path) {
    auto writer = BlockWriter::create(files_, path, 24 * kHourMs).value();
    EXPECT_TRUE(
        writer->begin_series(TenantId::from_stored(1), Labels::of({{"__name__", "m"}, {"a", "b"}})).ok());
    const TimestampMs times[] = {10, 20, 30};
    const double values[] = {1, 2.5, 3};
    EXPECT_TRUE(writer->add_samples(times, values).ok());
    EXPECT_TRUE(writer->finish().ok());
    return Block::open(files_, path).value();
  }
  void run(Scrubber& scrubber) {
    scrubber.run(
        blocks_, [] { return Status(); },
        [&](const BlockPtr& block, const Error& error) {
          EXPECT_EQ(error.code, Code::kCorruption);
          EXPECT_THAT(error.message, testing::HasSubstr(block->path()));
          damaged_.push_back(block->path());
        });
  }
  void pass_interval(Scrubber& scrubber) {
    for (int i = 0; i <= kBlocks; ++i) {
      clock_.advance(kInterval / kBlocks);
      run(scrubber);
    }
  }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_;  // begins with an interval
  telemetry::Registry registry_;
  StoreMetrics metrics_{registry_};
  BlockList blocks_;
  std::vector<std::string> damaged_;
};

TEST_F(ScrubberTest, ReadsEachBlockOnceInItsInterval) {
  Scrubber scrubber(kInterval, files_, clock_, metrics_);
  const uint64_t block_bytes = blocks_[0]->size_bytes();
  run(scrubber);
  for (uint64_t i = 1; i <= kBlocks; ++i) {
    clock_.advance(kInterval / kBlocks);
    run(scrubber);
    EXPECT_NEAR(static_cast<double>(metrics_.scrubbed_bytes.value()), static_cast<double>(i * block_bytes),
                2.0 * static_cast<double>(block_bytes));
  }
  EXPECT_EQ(metrics_.scrub_passes.value(), 0u);
  EXPECT_GT(metrics_.scrub_progress.value(), 0.85);
  EXPECT_EQ(metrics_.scrub_last_pass.value(), 0);
  clock_.advance(kInterval / kBlocks);
  run(scrubber);
  EXPECT_EQ(metrics_.scrub_passes.value(), 1u);
  EXPECT_EQ(metrics_.scrub_last_pass.value(), static_cast<double>(clock_.wall_ms()) / 1'000);
  EXPECT_TRUE(damaged_.empty());
}

TEST_F(ScrubberTest, FindsAFlippedBitWhereverItIs) {
  for (uint64_t offset = 0; offset < blocks_[3]->size_bytes(); ++offset) {
    files_.corrupt(blocks_[3]->path(), offset);
    Scrubber scrubber(kInterval, files_, clock_, metrics_);
    damaged_.clear();
    pass_interval(scrubber);
    pass_interval(scrubber);
    EXPECT_THAT(damaged_, testing::Contains(blocks_[3]->path())) << offset;
    EXPECT_THAT(damaged_, testing::Each(blocks_[3]->path()));
    files_.corrupt(blocks_[3]->path(), offset);
  }
}

TEST_F(ScrubberTest, FindsAFileThatIsCutShort) {
  files_.open(blocks_[3]->path(), os::OpenMode::kReadWrite).value()->truncate(20).value();
  Scrubber scrubber(kInterval, files_, clock_, metrics_);
  pass_interval(scrubber);
  EXPECT_THAT(damaged_, testing::ElementsAre(blocks_[3]->path()));
}

TEST_F(ScrubberTest, ABlockThatCannotBeReadIsLeftForTheNextPass) {
  files_.inject({.call = os::sim::Call::kRead});
  Scrubber scrubber(kInterval, files_, clock_, metrics_);
  pass_interval(scrubber);
  EXPECT_EQ(metrics_.scrub_failures.value(), 1u);
  EXPECT_TRUE(damaged_.empty());
  files_.corrupt(blocks_[0]->path(), 20);
  pass_interval(scrubber);
  pass_interval(scrubber);
  EXPECT_THAT(damaged_, testing::Contains(blocks_[0]->path()));
}

TEST_F(ScrubberTest, BeginsWhereTheCalendarSays) {
  clock_.advance(kInterval / 2);
  Scrubber scrubber(kInterval, files_, clock_, metrics_);
  files_.corrupt(blocks_[5]->path(), 20);
  run(scrubber);
  for (int i = 0; i < 2; ++i) {
    clock_.advance(kInterval / kBlocks);
    run(scrubber);
  }
  EXPECT_THAT(damaged_, testing::ElementsAre(blocks_[5]->path()));
  for (int i = 0; i < kBlocks / 2; ++i) {
    clock_.advance(kInterval / kBlocks);
    run(scrubber);
  }
  EXPECT_EQ(metrics_.scrub_passes.value(), 0u) << "half a pass is none";
}

TEST_F(ScrubberTest, ABlockThatIsMergedMeanwhileIsLeft) {
  Scrubber scrubber(kInterval, files_, clock_, metrics_);
  clock_.advance(seconds(1));
  run(scrubber);
  blocks_.erase(blocks_.begin(), blocks_.begin() + 3);
  pass_interval(scrubber);
  EXPECT_TRUE(damaged_.empty());
  EXPECT_EQ(metrics_.scrub_failures.value(), 0u);
}

TEST_F(ScrubberTest, ReadsNothingWhereItIsOff) {
  Scrubber scrubber(os::milliseconds(0), files_, clock_, metrics_);
  pass_interval(scrubber);
  EXPECT_EQ(metrics_.scrubbed_bytes.value(), 0u);
}

TEST_F(ScrubberTest, CatchesUpNoFasterThanTheDiskMayBeAsked) {
  // The pace is that of the greatest, whatever the interval.
  Scrubber scrubber(os::milliseconds(1), files_, clock_, metrics_);
  clock_.advance(seconds(1'000'000));
  run(scrubber);
  EXPECT_LE(metrics_.scrubbed_bytes.value(), 10 * Scrubber::kBytesPerSecondMax);
  EXPECT_TRUE(damaged_.empty());
}

}  // namespace
}  // namespace weir::store::embedded
