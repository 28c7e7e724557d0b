// What the engine does about deletions beyond the contract: space, limits, blocks that are being written.
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "os/threads.h"
#include "store/embedded/deletion.h"
#include "store/embedded/manifest.h"
#include "store/embedded/store_repair.h"
#include "store/embedded/test_store.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kHour = TestStore::kHour;

class EmbeddedErasure : public testing::Test {
 protected:
  EmbeddedErasure() { EXPECT_TRUE(store_.start().ok()); }

  static TenantId tenant() { return TenantId::from_stored(1); }
  static Matcher number(const std::string& text) {
    return Matcher::create(MatchOp::kRegex, "n", text).value();
  }
  Result<EraseReport> erase(const std::string& text, TimeRange range = TimeRange::all()) {
    const std::vector<Matcher> matchers = {number(text)};
    return store_.store().erase(tenant(), matchers, range, Deadline::never());
  }
  void compact() { ASSERT_TRUE(store_.store().compact(Deadline::never()).ok()); }
  uint64_t block_samples() { return store_.store().status()->block_samples; }
  size_t series_named() {
    return store_.store().series(tenant(), {{}, TimeRange::all()}, Deadline::never())->size();
  }
  Manifest manifest() { return load_manifest(files_, "/s").value(); }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_;
  TestStore store_{files_, clock_, "/s"};
};

TEST_F(EmbeddedErasure, CompactGivesTheSpaceBackAndForgetsNames) {
  ASSERT_TRUE(store_.log_round(0).ok());
  compact();
  EXPECT_EQ(block_samples(), 8u);
  ASSERT_TRUE(erase("0").ok());
  EXPECT_EQ(block_samples(), 8u) << "the file is as it was";
  EXPECT_EQ(store_.contents()->size(), 2u);
  EXPECT_FALSE(manifest().is_clean_of(manifest().deletions.front()));
  compact();
  EXPECT_EQ(block_samples(), 5u);
  EXPECT_EQ(series_named(), 2u);
  EXPECT_TRUE(manifest().is_done(manifest().deletions.front()));
  ASSERT_TRUE(erase(".+").ok());
  EXPECT_TRUE(store_.contents()->empty());
  compact();
  EXPECT_EQ(store_.store().status()->block_count, 0u);
  EXPECT_EQ(series_named(), 0u);
  EXPECT_THAT(files_.list("/s").value(), testing::ElementsAre("MANIFEST"));
}

TEST_F(EmbeddedErasure, TheHeadGivesMemoryAndNamesBackAtOnce) {
  ASSERT_TRUE(store_.log_round(0).ok());
  const uint64_t before = store_.store().status()->head_bytes;
  ASSERT_TRUE(erase("1|2").ok());
  EXPECT_LT(store_.store().status()->head_bytes, before);
  EXPECT_EQ(store_.store().status()->head_samples, 3u);
  EXPECT_EQ(series_named(), 1u);
  ASSERT_TRUE(erase("0").ok());
  EXPECT_EQ(store_.store().status()->head_bytes, 0u);
  EXPECT_EQ(series_named(), 0u);
  ASSERT_TRUE(store_.log(0, 5, 1).ok());
  EXPECT_EQ(store_.contents()->size(), 1u);
}

TEST_F(EmbeddedErasure, BlocksThatHaveNothingOfItStayAsTheyAre) {
  ASSERT_TRUE(store_.log(0, 0, 1).ok());
  compact();
  ASSERT_TRUE(store_.log(1, 10'000 * kHour, 1).ok());
  compact();
  const auto files = files_.list("/s").value();
  ASSERT_TRUE(erase("1", {0, kHour}).ok());
  ASSERT_TRUE(erase("0", {kHour, 2 * kHour}).ok());
  EXPECT_TRUE(manifest().is_done(manifest().deletions.back()));
  compact();
  EXPECT_EQ(files_.list("/s").value(), files);
}

TEST_F(EmbeddedErasure, ThereIsABoundOnWhatWaits) {
  ASSERT_TRUE(store_.log_round(0).ok());
  compact();
  for (size_t i = 0; i < kDeletionsMax; ++i) {
    const auto at = static_cast<TimestampMs>(i);
    ASSERT_TRUE(erase("0", {at, at + 2'000'000'000'000}).ok()) << i;
  }
  const auto refused = erase("0");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("limit 1024"));
  compact();
  EXPECT_TRUE(erase("0").ok());
  EXPECT_LT(manifest().deletions.size(), 200u) << "most of what is done is forgotten";
  const std::vector<Matcher> large = {Matcher::equal("n", std::string(kDeletionTextMax, 'x'))};
  EXPECT_EQ(store_.store().erase(tenant(), large, TimeRange::all(), Deadline::never()).error().code,
            Code::kInvalidArgument);
}

TEST_F(EmbeddedErasure, ASnapshotIsWithoutWhatWasDeleted) {
  ASSERT_TRUE(store_.log_round(0).ok());
  compact();
  ASSERT_TRUE(erase("0").ok());
  const TestContents expected = store_.contents().value();
  ASSERT_TRUE(store_.store().snapshot({"/copy"}, Deadline::never()).ok());
  TestStore copy(files_, clock_, "/copy");
  ASSERT_TRUE(copy.start().ok());
  EXPECT_EQ(copy.contents().value(), expected);
  ASSERT_TRUE(copy.log(0, 5, 1).ok()) << "its log is new: no old deletion concerns its records";
  copy.stop();
  ASSERT_TRUE(copy.start().ok());
  EXPECT_EQ(copy.contents()->size(), 3u);
  EXPECT_EQ(copy.contents()->at("m{n=\"0\"}").size(), 1u);
}

TEST_F(EmbeddedErasure, ARepairThatRewindsTheLogBringsNothingBack) {
  ASSERT_TRUE(store_.log_round(0).ok());
  ASSERT_TRUE(erase("0").ok());
  ASSERT_TRUE(store_.log(0, 5, 1).ok());
  compact();
  const TestContents expected = store_.contents().value();
  store_.stop();
  ASSERT_TRUE(files_.remove(block_path("/s", manifest().blocks.front().id)).ok());
  StoreRepairOptions repair{"/s", {{{Offset(0), Offset(9)}}}};
  ASSERT_TRUE(repair_store(files_, repair, [](const std::string&) {}).ok());
  ASSERT_TRUE(store_.start().ok());
  EXPECT_EQ(store_.resume(), Offset(0));
  EXPECT_EQ(store_.contents().value(), expected);
}

TEST_F(EmbeddedErasure, ADeletionDoesNotConcernAnotherLog) {
  ASSERT_TRUE(store_.log_round(0).ok());
  ASSERT_TRUE(erase("0").ok());
  compact();
  store_.stop();
  StoreRepairOptions repair{"/s", {{{Offset(0), Offset(0)}}}};
  ASSERT_TRUE(repair_store(files_, repair, [](const std::string&) {}).ok());
  EXPECT_EQ(manifest().deletions.front().applied.front(), Offset(0));
}

// Deletions fall between the begin of a block and its end. Each round writes a sample of its own, deletes
// that of the round before and writes it again with another value.
TEST_F(EmbeddedErasure, WhileBlocksAreWritten) {
  std::atomic<bool> done = false;
  os::Thread compactor("compactor", [&](std::stop_token) {
    while (!done) EXPECT_TRUE(store_.store().compact(Deadline::never()).ok());
  });
  std::map<TimestampMs, double> expected;
  for (int round = 0; round < 150 && !HasFailure(); ++round) {
    const TimestampMs at = (round % 7) * kHour + round;
    ASSERT_TRUE(store_.log(0, at, 1).ok());
    expected[at] = 1;
    const TimestampMs before = round == 0 ? at : ((round - 1) % 7) * kHour + round - 1;
    ASSERT_TRUE(erase("0", {before, before}).ok());
    expected.erase(before);
    if (round % 3 == 0) {
      ASSERT_TRUE(store_.log(0, before, 2).ok());
      expected[before] = 2;
    }
    const TestContents contents = store_.contents().value();
    ASSERT_EQ(contents.empty() ? expected : contents.at("m{n=\"0\"}"), expected) << round;
  }
  done = true;
  compactor.join();
  compact();
  EXPECT_EQ(store_.contents()->at("m{n=\"0\"}"), expected);
  store_.stop();
  ASSERT_TRUE(store_.start().ok());
  EXPECT_EQ(store_.contents()->at("m{n=\"0\"}"), expected);
}

}  // namespace
}  // namespace weir::store::embedded
