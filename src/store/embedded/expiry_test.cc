#include "store/embedded/expiry.h"

#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/block_merge.h"
#include "store/embedded/block_writer.h"
#include "support/settable_retention.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kHour = 3'600'000;

class ExpiryTest : public testing::Test {
 protected:
  ExpiryTest() { EXPECT_TRUE(files_.create_directories("/d").ok()); }
  static TenantId tenant(uint64_t id) { return TenantId::from_stored(id); }
  void keep(uint64_t id, int64_t hours) { tenants_.set(tenant(id), std::chrono::hours(hours)); }

  /// A block of one series of each tenant, with so many samples over ten hours.
  BlockPtr block(const std::vector<std::pair<uint64_t, int>>& tenants) {
    const std::string path = "/d/" + std::to_string(++blocks_) + ".block";
    auto writer = BlockWriter::create(files_, path, 24 * kHourMs).value();
    for (const auto& [id, count] : tenants) {
      EXPECT_TRUE(writer->begin_series(tenant(id), Labels::of({{"__name__", "m"}}).view()).ok());
      std::vector<TimestampMs> times;
      for (int i = 0; i < count; ++i) times.push_back(i * 10 * kHour / (count - 1));
      EXPECT_TRUE(writer->add_samples(times, std::vector<double>(times.size(), 1)).ok());
    }
    EXPECT_TRUE(writer->finish().ok());
    return Block::open(files_, path).value();
  }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_{11 * kHour};
  SettableRetention tenants_;
  RetentionBounds retention_{os::milliseconds(0), &tenants_, clock_};
  int blocks_ = 0;
};

TEST_F(ExpiryTest, ABlockGoesWhenNobodyKeepsAnythingOfIt) {
  const BlockPtr both = block({{1, 10}, {2, 10}});
  EXPECT_FALSE(is_expired(*both, retention_));
  keep(1, 1);
  keep(2, 1);
  EXPECT_FALSE(is_expired(*both, retention_)) << "its last sample is at the border";
  clock_.advance(os::milliseconds(1));
  EXPECT_TRUE(is_expired(*both, retention_));
  keep(2, 2);
  EXPECT_FALSE(is_expired(*both, retention_));
}

TEST_F(ExpiryTest, AQuarterOfTheSamplesIsWorthIt) {
  clock_.advance(os::milliseconds(1));
  keep(1, 1);
  EXPECT_FALSE(is_worth_thinning(*block({{1, 100}, {2, 301}}), retention_, false));
  EXPECT_TRUE(is_worth_thinning(*block({{1, 100}, {2, 300}}), retention_, false));
  EXPECT_TRUE(is_worth_thinning(*block({{1, 2}, {2, 300}}), retention_, true));
  EXPECT_FALSE(is_worth_thinning(*block({{2, 300}}), retention_, true));
}

TEST_F(ExpiryTest, UnderOneRetentionNothingIsWrittenAnew) {
  keep(1, 2);
  keep(2, 1);
  const BlockPtr both = block({{1, 5'000}, {2, 5'000}});
  for (int hour = 0; hour < 10; ++hour, clock_.advance(os::milliseconds(kHour)))
    EXPECT_FALSE(is_worth_thinning(*both, retention_, false)) << "at " << hour;
  EXPECT_TRUE(is_expired(*both, retention_));
}

TEST_F(ExpiryTest, LeavesOutWhatIsPastAndNothingElse) {
  keep(1, 4);
  const BlockPtr before = block({{1, 11}, {2, 11}});
  const Thinned thinned = without_expired({before}, retention_);
  EXPECT_EQ(thinned.until_ms, 7 * kHour - 1);
  ASSERT_TRUE(merge_blocks(files_, thinned.blocks, "/d/9.block", [] { return Status(); }).value());
  EXPECT_EQ(Block::open(files_, "/d/9.block").value()->sample_count(), 4u + 11u);
  keep(1, 0);
  EXPECT_LT(without_expired({before}, retention_).until_ms, 0);
}

}  // namespace
}  // namespace weir::store::embedded
