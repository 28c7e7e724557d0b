#include "log/embedded/recovery.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/frame.h"
#include "log/embedded/test_log.h"

namespace weir::log::embedded {
namespace {

using testing::ElementsAre;

/// Payloads that tell one record from another.
std::string payload(int number, size_t bytes) {
  std::string text = std::to_string(number) + ":";
  while (text.size() < bytes) text.push_back(static_cast<char>('a' + (number + text.size()) % 26));
  return text;
}

/// Where the frames of a segment's bytes begin, and where the last one ends.
std::vector<size_t> frame_bounds(std::string_view segment) {
  std::vector<size_t> bounds;
  size_t at = frames_begin(2);
  while (segment.substr(at).starts_with(kFrameMagic)) {
    bounds.push_back(at);
    uint32_t bytes = 0;
    std::memcpy(&bytes, &segment[at + 4], sizeof(bytes));
    at += bytes;
  }
  bounds.push_back(at);
  return bounds;
}

TEST(Recovery, OfANewDirectoryIsEmpty) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.report().records, 0u);
  EXPECT_EQ(log.report().corrupt_bytes + log.report().torn_bytes, 0u);
  EXPECT_EQ(log.log().partition_count(), 2u);
}

TEST(Recovery, KeepsThePartitionCountOfTheData) {
  os::sim::FaultyFiles files;
  telemetry::Registry registry;
  RecoveryReport report;
  EmbeddedLogOptions options = TestLog::small_options();
  options.partition_count = 5;
  ASSERT_TRUE(open(options, files, os::system_clock(), registry, report).ok());
  options.partition_count = 2;
  EXPECT_EQ(open(options, files, os::system_clock(), registry, report).value()->partition_count(), 5u);
}

TEST(Recovery, RefusesOptionsOutOfBounds) {
  os::sim::FaultyFiles files;
  telemetry::Registry registry;
  RecoveryReport report;
  for (auto change : std::vector<void (*)(EmbeddedLogOptions&)>{
           [](EmbeddedLogOptions& o) { o.partition_count = 0; },
           [](EmbeddedLogOptions& o) { o.partition_count = 1'000'000; },
           [](EmbeddedLogOptions& o) { o.segment_bytes = 100; },
           [](EmbeddedLogOptions& o) { o.record_bytes_max = o.queue_bytes_max + 1; },
           [](EmbeddedLogOptions& o) { o.queue_bytes_max = 0; }}) {
    EmbeddedLogOptions options = TestLog::small_options();
    change(options);
    EXPECT_EQ(open(options, files, os::system_clock(), registry, report).error().code,
              Code::kInvalidArgument);
  }
}

TEST(Recovery, CutsATailThatIsShortAtAnyByte) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(log.append(0, payload(i, 30 + 40 * i)).ok());
  log.kill();
  const std::string path = log.segments().back();
  const std::string whole = log.bytes(path);
  const std::vector<size_t> bounds = frame_bounds(whole);
  ASSERT_EQ(bounds.size(), 6u);
  // From the last three records on, every byte.
  for (size_t cut = bounds[2]; cut < bounds[5]; ++cut) {
    for (const bool zeros : {false, true}) {
      std::string damaged = whole.substr(0, cut);
      if (zeros) damaged.resize(whole.size(), '\0');
      log.replace(path, damaged);
      ASSERT_TRUE(log.open().ok());
      const auto frames_left =
          static_cast<size_t>(std::upper_bound(bounds.begin(), bounds.end(), cut) - bounds.begin() - 1);
      const TestLog::Content content = log.read(0);
      ASSERT_EQ(content.payloads.size(), frames_left) << "cut at " << cut << (zeros ? ", zeros after" : "");
      ASSERT_EQ(log.report().corrupt_bytes, 0u) << "cut at " << cut << (zeros ? ", zeros after" : "");
      ASSERT_EQ(content.corruptions, 0u);
      // The offset of what was cut was never acknowledged, so it is given out again.
      ASSERT_EQ(log.append(0, "next").value().front().offset.value(), static_cast<int64_t>(frames_left));
      ASSERT_EQ(log.read(0).payloads.back(), "next");
      log.kill();
      for (const std::string& other : log.segments()) {
        if (other == path) continue;
        ASSERT_TRUE(log.files().remove(other).ok());
      }
    }
  }
}

/// Flips one bit of each byte of a segment in turn, and recovers each time. The segment ends with a marker,
/// or not.
void flip_bits_everywhere(bool stopped_cleanly) {
  constexpr int kRecords = 6;
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < kRecords; ++i) ASSERT_TRUE(log.append(0, payload(i, 20 + 30 * i)).ok());
  stopped_cleanly ? log.close() : log.kill();
  const std::string path = log.segments().front();
  const std::string whole = log.bytes(path);
  const std::vector<size_t> bounds = frame_bounds(whole);
  ASSERT_EQ(bounds.size(), kRecords + (stopped_cleanly ? 2u : 1u));
  for (size_t at = bounds.front() - 50; at < std::min(whole.size(), bounds.back() + 100); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    log.replace(path, damaged);
    ASSERT_TRUE(log.open().ok()) << "byte " << at;
    const TestLog::Content content = log.read(0);
    const bool in_frame = at >= bounds.front() && at < bounds.back();
    const auto hit = std::upper_bound(bounds.begin(), bounds.end(), at) - bounds.begin() - 1;
    std::vector<std::string> expected;
    for (int i = 0; i < kRecords; ++i) {
      if (!in_frame || i != hit) expected.push_back(payload(i, 20 + 30 * i));
    }
    ASSERT_EQ(content.payloads, expected) << "byte " << at;
    ASSERT_EQ(log.report().corrupt_bytes, in_frame ? bounds[hit + 1] - bounds[hit] : 0) << "byte " << at;
    ASSERT_EQ(content.corruptions > 0, in_frame) << "byte " << at;
    log.close();
  }
}

TEST(Recovery, AFlippedBitCostsOnlyItsFrame) {
  flip_bits_everywhere(true);
}

TEST(Recovery, AFlippedBitInTheLastFrameIsNotTakenForATornWrite) {
  flip_bits_everywhere(false);
}

TEST(Recovery, NeverGivesOutTheOffsetsOfLostRecordsAgain) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(log.append(1, payload(i, 50)).ok());
  log.close();
  const std::string path = log.segments().front();
  const std::vector<size_t> bounds = frame_bounds(log.bytes(path));
  log.files().corrupt(path, bounds[3] + 60);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(log.open().ok());
    EXPECT_GT(log.report().corrupt_bytes, 0u);
    log.close();
  }
  ASSERT_TRUE(log.open().ok());
  const int64_t offset = log.append(1, "new").value().front().offset.value();
  EXPECT_GE(offset, 4);
  const TestLog::Content content = log.read(1);
  EXPECT_EQ(content.offsets, (std::vector<int64_t>{0, 1, 2, offset}));
  EXPECT_EQ(content.corruptions, 1u);  // once, for the whole range
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.read(1).offsets, content.offsets);
}

TEST(Recovery, KeepsGoodSegmentsAfterDamage) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(log.append(i % 2, payload(i, 1'000)).ok());
  log.close();
  const std::vector<std::string> segments = log.segments();
  ASSERT_GE(segments.size(), 4u);
  const std::string middle = log.bytes(segments[1]);
  log.replace(segments[1], std::string(middle.size(), '\x55'));  // both headers are gone with it
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.report().corrupt_bytes, middle.size());
  EXPECT_EQ(log.segments(), segments);
  const TestLog::Content even = log.read(0);
  EXPECT_EQ(even.corruptions, 1u);
  EXPECT_EQ(even.payloads.front(), payload(0, 1'000));
  EXPECT_EQ(even.payloads.back(), payload(58, 1'000));
  EXPECT_EQ(even.offsets.back(), 29);
  EXPECT_GT(even.payloads.size(), 15u);
}

TEST(Recovery, NoticesAMissingSegment) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(log.append(0, payload(i, 1'000)).ok());
  log.close();
  ASSERT_TRUE(log.files().remove(log.segments()[1]).ok());
  ASSERT_TRUE(log.open().ok());
  const TestLog::Content content = log.read(0);
  EXPECT_EQ(content.corruptions, 1u);
  EXPECT_EQ(content.offsets.front(), 0);
  EXPECT_EQ(content.offsets.back(), 39);
}

TEST(Recovery, NeedsOneReadableHeader) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "x").ok());
  log.close();
  const std::string path = log.segments().front();
  log.replace(path, std::string(log.bytes(path).size(), 'x'));
  EXPECT_EQ(log.open().error().code, Code::kCorruption);
  EXPECT_EQ(log.segments().size(), 1u);
}

TEST(Recovery, RefusesAnotherVersion) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  log.close();
  const std::string path = log.segments().front();
  std::string bytes = log.bytes(path);
  for (const size_t copy : {size_t{0}, frames_begin(2) / 2}) bytes[copy + 8] = 9;
  log.replace(path, bytes);
  EXPECT_EQ(log.open().error().code, Code::kUnsupported);
}

TEST(Recovery, BytesOfAnotherSegmentDoNotCount) {
  // The frames of one journal, copied into another at the same positions, fail their checksums.
  TestLog one;
  TestLog other;
  ASSERT_TRUE(one.open().ok());
  ASSERT_TRUE(other.open().ok());
  ASSERT_TRUE(one.append(0, "mine").ok());
  ASSERT_TRUE(other.append(0, "alien").ok());
  one.close();
  other.close();
  const std::string mine = one.bytes(one.segments().front());
  const std::string alien = other.bytes(other.segments().front());
  one.replace(one.segments().front(), mine.substr(0, frames_begin(2)) + alien.substr(frames_begin(2)));
  ASSERT_TRUE(one.open().ok());
  EXPECT_TRUE(one.read(0).payloads.empty());
  EXPECT_EQ(one.report().corrupt_bytes, alien.size() - frames_begin(2));
}

class RecoveryOfForms : public testing::TestWithParam<TestLog::Form> {};
INSTANTIATE_TEST_SUITE_P(Forms, RecoveryOfForms,
                         testing::Values(TestLog::Form::kPayloads, TestLog::Form::kBatches));

TEST_P(RecoveryOfForms, WritesAgainWhatOnlyThePageCacheHas) {
  // After a failed sync the bytes are readable, and lost with the next power cut. A restart must not show
  // them before they are on disk.
  TestLog log(GetParam());
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "durable").ok());
  log.files().inject({.call = os::sim::Call::kSync});
  EXPECT_EQ(log.append(0, "in the page cache").error().code, Code::kIo);
  log.kill();
  ASSERT_TRUE(log.open().ok());
  const std::vector<std::string> shown = log.read(0).payloads;
  EXPECT_THAT(shown, ElementsAre("durable", "in the page cache"));
  for (uint64_t seed = 0; seed < 8; ++seed) {
    os::Random random(seed);
    log.crash(random);
    ASSERT_TRUE(log.open().ok());
    EXPECT_EQ(log.read(0).payloads, shown);
  }
}

TEST_P(RecoveryOfForms, ASyncThatFailsAtTheCloseIsNoDamage) {
  TestLog log(GetParam());
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "one").ok());
  log.files().inject({.call = os::sim::Call::kSync});
  log.close();
  ASSERT_EQ(log.files().faults_met(), 1u);
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "two").ok());
  os::Random random(1);
  log.crash(random);
  ASSERT_TRUE(log.open().ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("one", "two"));
  EXPECT_EQ(log.report().corrupt_bytes, 0u);
}

TEST(Recovery, RemovesUnfinishedFiles) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  log.close();
  ASSERT_TRUE(log.files().open("data/log/00000000000000000009.journal.new", os::OpenMode::kCreate).ok());
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.files().list("data/log").value().size(), 1u);
}

}  // namespace
}  // namespace weir::log::embedded
