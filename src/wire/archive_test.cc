#include "wire/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"

namespace weir::wire {
namespace {

using testing::HasSubstr;

Batch batch_of(double value) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "up"}, {"job", "a"}}).view().bytes());
  batch.add_sample(1'000, value);
  batch.add_sample(1'060, stale_marker());
  batch.begin_series(Labels::of({{"__name__", "h"}}).view().bytes());
  Histogram histogram;
  histogram.count = histogram.zero_count = 3;
  histogram.sum = value;
  batch.add_histogram(2'000, std::move(histogram));
  return batch;
}

std::string archive() {
  ArchiveWriter writer;
  std::string bytes = writer.begin("team-a");
  bytes += writer.page(batch_of(1.5));
  bytes += writer.page(batch_of(-0.0));
  return bytes + writer.end();
}

// Reads to the end or to the first error.
Status read_all(std::string_view bytes) {
  ASSIGN_OR_RETURN(auto reader, ArchiveReader::open(bytes));
  Batch batch;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.next(batch));
    if (!more) return {};
  }
}

TEST(Archive, GivesBackWhatWasWritten) {
  const std::string bytes = archive();
  auto reader = ArchiveReader::open(bytes);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ(reader->tenant(), "team-a");
  Batch batch;
  for (const double value : {1.5, -0.0}) {
    ASSERT_TRUE(reader->next(batch).value());
    ASSERT_EQ(batch.series_count(), 2u);
    const Batch::Series& up = batch.series()[0];
    EXPECT_EQ(batch.labels(up).to_string(), "up{job=\"a\"}");
    EXPECT_EQ(std::bit_cast<uint64_t>(batch.values(up)[0]), std::bit_cast<uint64_t>(value));
    EXPECT_TRUE(is_stale(batch.values(up)[1]));
    EXPECT_EQ(batch.histograms(batch.series()[1])[0].sum, value);
  }
  EXPECT_FALSE(reader->next(batch).value());
  EXPECT_EQ(reader->counts().pages, 2u);
  EXPECT_EQ(reader->counts().samples, 6u);
}

TEST(Archive, HeadAndEndByHand) {
  ArchiveWriter writer;
  const std::string head = writer.begin("ab");
  const std::string end = writer.end();
  EXPECT_EQ(head.substr(0, 12), std::string("WEIRARCH\x01\x02", 10) + "ab");
  EXPECT_EQ(head.size(), 16u);
  EXPECT_EQ(end.substr(0, 17), std::string("\x02", 1) + std::string(16, '\0'));
  ByteReader checksum(std::string_view(end).substr(17));
  EXPECT_EQ(checksum.u32(), crc32c(head + end.substr(0, 17)));
  EXPECT_TRUE(read_all(head + end).ok());
}

TEST(Archive, EveryCutIsTold) {
  const std::string bytes = archive();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Status read = read_all(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(read.ok()) << size;
    EXPECT_EQ(read.error().code, Code::kCorruption);
  }
  EXPECT_FALSE(read_all(bytes + "x").ok());
}

TEST(Archive, EveryFlippedBitIsTold) {
  const std::string bytes = archive();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(read_all(bad).ok()) << i;
  }
}

TEST(Archive, AMissingPageIsTold) {
  ArchiveWriter writer;
  const std::string head = writer.begin("t");
  const std::string first = writer.page(batch_of(1));
  const std::string second = writer.page(batch_of(2));
  const std::string end = writer.end();
  EXPECT_TRUE(read_all(head + first + second + end).ok());
  EXPECT_FALSE(read_all(head + second + end).ok());
  EXPECT_FALSE(read_all(head + second + first + end).ok());
}

TEST(Archive, AnotherVersionIsUnsupported) {
  std::string bytes = archive();
  bytes[8] = 2;
  EXPECT_EQ(ArchiveReader::open(bytes).error().code, Code::kUnsupported);
  EXPECT_THAT(ArchiveReader::open("not an archive").error().message, HasSubstr("first bytes"));
}

}  // namespace
}  // namespace weir::wire
