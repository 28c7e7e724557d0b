#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/segment_scanner.h"
#include "log/embedded/test_log.h"

// Batches that the log encodes, so that records lean on those before them.
namespace weir::log::embedded {
namespace {

using testing::ElementsAre;
using Form = TestLog::Form;

std::vector<std::string> texts(size_t count) {
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i) out.push_back(fmt::format("text {}", i));
  return out;
}

EmbeddedLogOptions cached(uint64_t decoded_bytes_max) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.tail_cache_bytes = 1 << 20;
  options.decoded_bytes_max = decoded_bytes_max;
  return options;
}

/// Where frames that begin a group lie in a segment, and how many others there are.
struct Frames {
  std::vector<uint64_t> groups;
  std::vector<uint64_t> others;
};
Frames frames_of(TestLog& log, const std::string& path) {
  const std::string bytes = log.bytes(path);
  auto file = log.files().open(path, os::OpenMode::kRead).value();
  auto segment =
      std::make_shared<Segment>(decode_segment_header(bytes).value(), path, std::move(file), bytes.size());
  SegmentScanner scanner(segment, segment->begin(), bytes.size(), 1 << 20);
  Frames frames;
  while (scanner.next().value() == SegmentScanner::Found::kFrame) {
    if (scanner.header().kind == FrameKind::kSeriesKey) frames.groups.push_back(scanner.frame_begin());
    if (scanner.header().kind == FrameKind::kSeries) frames.others.push_back(scanner.frame_begin());
  }
  return frames;
}

void append_all(TestLog& log, const std::vector<std::string>& list) {
  for (const std::string& text : list) ASSERT_TRUE(log.append(0, text).ok());
}

TEST(SeriesFrames, ComeBackFromDiskAndFromMemory) {
  for (const EmbeddedLogOptions& options : {TestLog::small_options(), cached(1 << 20), cached(0)}) {
    TestLog log(options, Form::kBatches);
    ASSERT_TRUE(log.open().ok());
    const auto list = texts(400);
    append_all(log, list);
    EXPECT_GT(log.segments().size(), 2u);
    EXPECT_EQ(log.read(0).payloads, list);
    ASSERT_TRUE(log.open().ok());
    EXPECT_EQ(log.read(0).payloads, list);
  }
}

TEST(SeriesFrames, AreReadFromTheMiddleOfAGroup) {
  TestLog log(Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  const auto list = texts(400);
  append_all(log, list);
  auto reader = log.log().open_reader(PartitionId(0)).value();
  os::Random random(3);
  for (int i = 0; i < 200; ++i) {
    const uint64_t offset = random.below(list.size());
    ASSERT_TRUE(reader->seek(Offset(static_cast<int64_t>(offset))).ok());
    const auto records = reader->poll(1'000, Deadline::at(os::system_clock().steady())).value();
    ASSERT_FALSE(records.empty());
    for (size_t k = 0; k < records.size(); ++k) EXPECT_EQ(TestLog::text_of(records[k]), list[offset + k]);
  }
}

// The first records are in memory as they were appended, later ones are not, so that a reader changes from
// one to the other in the midst of a group; in both directions.
TEST(SeriesFrames, AReaderChangesBetweenMemoryAndItsDecoder) {
  TestLog log(cached(4 << 10), Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  std::vector<std::string> found;
  const auto list = texts(300);
  for (size_t begin = 0; begin < list.size(); begin += 30) {
    append_all(log, {list.begin() + static_cast<ptrdiff_t>(begin),
                     list.begin() + static_cast<ptrdiff_t>(begin + 30)});
    while (found.size() < begin + 30) {
      const auto records = reader->poll(300, Deadline::at(os::system_clock().steady())).value();
      ASSERT_FALSE(records.empty());
      for (const Record& record : records) found.push_back(TestLog::text_of(record));
    }
  }
  EXPECT_EQ(found, list);
}

TEST(SeriesFrames, DefineEachSeriesTwiceAGroup) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.segment_bytes = 1 << 20;
  TestLog log(options, Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  append_all(log, std::vector<std::string>(400, "the same again"));
  const Frames frames = frames_of(log, log.segments().back());
  EXPECT_GT(frames.groups.size(), 3u);
  EXPECT_GT(frames.others.size(), 20 * frames.groups.size());
}

TEST(SeriesFrames, TheDamageOfOneFrameCostsItsRecordsAlone) {
  for (size_t which = 0; which < 60; which += 3) {
    TestLog log(Form::kBatches);
    ASSERT_TRUE(log.open().ok());
    const std::vector<std::string> list(60, "the same again");
    append_all(log, list);
    log.close();
    const std::string path = log.segments().back();
    const Frames frames = frames_of(log, path);
    std::vector<uint64_t> all = frames.groups;
    all.insert(all.end(), frames.others.begin(), frames.others.end());
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all.size(), list.size()) << "all in one segment";
    std::string bytes = log.bytes(path);
    bytes[all[which] + kFrameHeaderBytes + 30] ^= 1;
    log.replace(path, bytes);
    ASSERT_TRUE(log.open().ok());
    const TestLog::Content content = log.read(0);
    EXPECT_EQ(content.payloads, std::vector<std::string>(59, "the same again")) << which;
  }
}

TEST(SeriesFrames, WhatNothingDefinesIsToldAndTheRestIsRead) {
  TestLog log(Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  append_all(log, {"one", "one", "one", "two", "two"});
  log.close();
  const std::string path = log.segments().back();
  const Frames frames = frames_of(log, path);
  std::string bytes = log.bytes(path);
  bytes[frames.groups[0] + kFrameHeaderBytes + 30] ^= 1;
  bytes[frames.others[0] + kFrameHeaderBytes + 30] ^= 1;
  log.replace(path, bytes);
  ASSERT_TRUE(log.open().ok());
  const TestLog::Content content = log.read(0);
  ASSERT_EQ(content.payloads.size(), 3u);
  EXPECT_THAT(content.payloads[0], testing::HasSubstr("is defined in no record that is left"));
}

TEST(SeriesFrames, StandBesidePayloads) {
  TestLog log(Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  const TenantId tenant = TenantId::from_stored(1);
  ASSERT_TRUE(log.append(0, "a").ok());
  ASSERT_TRUE(log.append_later({{tenant, PartitionId(0), "as it is"}}).get().ok());
  ASSERT_TRUE(log.append(0, "a").ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("a", "as it is", "a"));
  const auto mixed = log.append_later({{.tenant = tenant,
                                        .partition = PartitionId(0),
                                        .payload = {},
                                        .decoded = TestLog::batch_of(tenant, "x")},
                                       {tenant, PartitionId(0), "as it is"}})
                         .get();
  EXPECT_EQ(mixed.error().code, Code::kInvalidArgument);
}

TEST(SeriesFrames, KeepTenantsAndPartitionsApart) {
  TestLog log(Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  std::vector<NewRecord> records;
  for (uint32_t i = 0; i < 12; ++i) {
    const TenantId tenant = TenantId::from_stored(1 + i % 3);
    records.push_back({.tenant = tenant,
                       .partition = PartitionId(i % 2),
                       .payload = {},
                       .decoded = TestLog::batch_of(tenant, fmt::format("text {}", i))});
  }
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(log.append_later(records).get().ok());
  const auto found = log.read(1).payloads;
  ASSERT_EQ(found.size(), 30u);
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], fmt::format("text {}", i % 6 * 2 + 1));
}

TEST(SeriesFrames, AnEmptyBatchIsRefused) {
  TestLog log(Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  const auto outcome = log.append_later({{.tenant = TenantId::from_stored(1),
                                          .partition = PartitionId(0),
                                          .payload = {},
                                          .decoded = nullptr}})
                           .get();
  EXPECT_EQ(outcome.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace weir::log::embedded
