#include "log/embedded/journal_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/journal_walk.h"
#include "log/embedded/test_log.h"

namespace weir::log::embedded {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Files that a test damages one after the other, each from the same bytes.
class JournalCheck : public testing::Test {
 protected:
  JournalReport check() {
    return check_journal(
               log_.files(), log_.options().directory, [](const FrameRecord&) { return Status(); },
               [](uint64_t) {})
        .value();
  }
  /// The report with `bytes` in the place of the file's.
  JournalReport check_with(const std::string& path, std::string_view bytes) {
    log_.replace(path, bytes);
    return check();
  }
  JournalReport check_flipped(const std::string& path, std::string bytes, size_t at, int bit) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    return check_with(path, bytes);
  }
  /// Begins of the frames, and the end of the last.
  std::vector<uint64_t> frame_bounds() {
    struct Bounds : JournalVisitor {
      std::vector<uint64_t> all;
      Status on_frame(const SegmentScanner& scanner) override {
        if (all.empty()) all.push_back(scanner.frame_begin());
        all.push_back(scanner.frame_end());
        return {};
      }
      void on_damage(Damage) override {}
    } bounds;
    EXPECT_TRUE(walk_journal(log_.files(), log_.options().directory, bounds).ok());
    return bounds.all;
  }
  void write_small() {
    ASSERT_TRUE(log_.open().ok());
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(log_.append(static_cast<uint32_t>(i % 2), "payload").ok());
    log_.close();
  }

  TestLog log_;
};

TEST_F(JournalCheck, CountsWhatIsInGoodFiles) {
  write_small();
  const JournalReport report = check();
  EXPECT_TRUE(report.damage.empty());
  EXPECT_EQ(report.segments, 1u);
  EXPECT_EQ(report.records, 4u);
  EXPECT_GE(report.frames, 5u) << "with a marker";
  EXPECT_EQ(report.torn_bytes, 0u);
  ASSERT_EQ(report.partitions.size(), 2u);
  EXPECT_EQ(report.partitions[0].end, Offset(2));
  EXPECT_EQ(report.partitions[1].end, Offset(2));
}

TEST_F(JournalCheck, TakesAMissingDirectoryForAnEmptyJournal) {
  EXPECT_EQ(check().segments, 0u);
}

// Nobody can tell a marker that was cut short from one whose last header byte has decayed to zero, and
// nothing is lost with it. Every other bit counts.
TEST_F(JournalCheck, FindsEveryFlippedBitOfTheNewestSegment) {
  write_small();
  const std::string path = log_.segments().back();
  const std::string good = log_.bytes(path);
  const std::vector<uint64_t> bounds = frame_bounds();
  ASSERT_EQ(bounds.back(), good.size());
  const uint64_t marker = bounds[bounds.size() - 2];
  const JournalReport whole = check();
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      if (at < bounds.front() && bit != static_cast<int>(at % 8)) continue;  // long headers: one bit a byte
      const JournalReport report = check_flipped(path, good, at, bit);
      const bool like_torn = at == marker + 39 && bit == 1;
      EXPECT_EQ(report.damage.empty(), like_torn) << "byte " << at << " bit " << bit;
      EXPECT_EQ(report.torn_bytes > 0, like_torn) << "byte " << at << " bit " << bit;
      const bool in_header = at < bounds.front();
      EXPECT_EQ(report.frames, in_header ? whole.frames : whole.frames - 1) << "one is lost, no other";
    }
  }
}

TEST_F(JournalCheck, TakesWhatLiesInPreallocatedSpaceForATornTail) {
  write_small();
  const std::string path = log_.segments().back();
  const std::string good = log_.bytes(path);
  const std::string grown = good + std::string(4'096, '\0');
  EXPECT_TRUE(check_with(path, grown).damage.empty());
  EXPECT_EQ(check_with(path, grown).torn_bytes, 0u);
  for (size_t at = good.size(); at < grown.size(); ++at) {
    const JournalReport report = check_flipped(path, grown, at, static_cast<int>(at % 8));
    EXPECT_TRUE(report.damage.empty()) << at;
    EXPECT_EQ(report.torn_bytes, at - good.size() + 1);
    EXPECT_EQ(report.records, 4u);
  }
}

TEST_F(JournalCheck, FindsEveryFlippedByteOfAnOlderSegment) {
  ASSERT_TRUE(log_.open().ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(log_.append(0, std::string(3'000, 'x')).ok());
  log_.close();
  ASSERT_EQ(log_.segments().size(), 2u);
  const std::string path = log_.segments().front();
  const std::string good = log_.bytes(path);
  for (size_t at = 0; at < good.size(); ++at)
    EXPECT_FALSE(check_flipped(path, good, at, static_cast<int>(at % 8)).damage.empty()) << at;
  for (size_t size = 0; size < good.size(); size += 7)
    EXPECT_FALSE(check_with(path, good.substr(0, size)).damage.empty()) << size;
  log_.replace(path, good);
  EXPECT_TRUE(check().damage.empty());
  ASSERT_TRUE(log_.files().remove(path).ok());
  EXPECT_TRUE(check().damage.empty()) << "trimmed";
}

TEST_F(JournalCheck, ToldOfATornTailAtEachLength) {
  write_small();
  const std::string path = log_.segments().back();
  const std::string good = log_.bytes(path);
  const std::vector<uint64_t> bounds = frame_bounds();
  for (size_t size = 0; size < good.size(); ++size) {
    const JournalReport report = check_with(path, std::string_view(good).substr(0, size));
    const bool header_whole = size >= bounds.front();
    const bool at_bound = std::find(bounds.begin(), bounds.end(), size) != bounds.end();
    EXPECT_EQ(report.damage.empty(), header_whole) << size;
    EXPECT_EQ(report.torn_bytes > 0, header_whole && !at_bound) << size;
  }
}

TEST_F(JournalCheck, TellsTheRecordThatDoesNotDecode) {
  write_small();
  const auto refuse = [](const FrameRecord& record) -> Status {
    if (record.offset == Offset(1) && record.partition == PartitionId(1)) return corruption("no batch");
    return {};
  };
  const auto report = check_journal(log_.files(), log_.options().directory, refuse, [](uint64_t) {});
  ASSERT_EQ(report->damage.count(), 1u);
  EXPECT_THAT(report->damage.kept()[0].what, HasSubstr("offset 1 of partition 1 does not decode: no batch"));
}

TEST_F(JournalCheck, WritesADamagedHeaderAgain) {
  write_small();
  const std::string path = log_.segments().back();
  const std::string good = log_.bytes(path);
  const std::string& directory = log_.options().directory;
  for (const size_t at : {5u, 20u, 4'000u, 4'100u, 8'000u}) {
    EXPECT_FALSE(check_flipped(path, good, at, 3).damage.empty());
    const std::string damaged = log_.bytes(path);
    EXPECT_EQ(mend_headers(log_.files(), directory, true)->size(), 1u);
    EXPECT_EQ(log_.bytes(path), damaged) << "a dry run";
    EXPECT_EQ(mend_headers(log_.files(), directory, false)->size(), 1u);
    EXPECT_EQ(log_.bytes(path), good);
    EXPECT_THAT(*mend_headers(log_.files(), directory, false), IsEmpty());
  }
}

}  // namespace
}  // namespace weir::log::embedded
