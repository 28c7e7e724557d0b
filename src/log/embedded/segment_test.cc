#include "log/embedded/segment.h"

#include <gtest/gtest.h>

#include "log/embedded/frame.h"
#include "os/sim/faulty_files.h"

namespace weir::log::embedded {
namespace {

SegmentHeader sample_header(size_t partition_count = 3) {
  SegmentHeader header{std::string(16, 'u'), 42, 1'700'000'000'000, {}};
  for (size_t i = 0; i < partition_count; ++i) header.next_offsets.emplace_back(1'000 + i);
  return header;
}

TEST(SegmentHeader, RoundTripsForAnyNumberOfPartitions) {
  for (const size_t count : {1, 3, 500, 600, 4'096}) {
    const SegmentHeader header = sample_header(count);
    const std::string bytes = encode_segment_header(header);
    EXPECT_EQ(bytes.size(), frames_begin(count));
    EXPECT_LE(bytes.size(), kSegmentHeadBytesMax);
    const SegmentHeader back = decode_segment_header(bytes).value();
    EXPECT_EQ(back.uuid, header.uuid);
    EXPECT_EQ(back.first_sequence, 42u);
    EXPECT_EQ(back.created_ms, header.created_ms);
    EXPECT_EQ(back.next_offsets, header.next_offsets);
  }
}

TEST(SegmentHeader, OneGoodCopyIsEnough) {
  const std::string good = encode_segment_header(sample_header());
  for (size_t at = 0; at < good.size(); ++at) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
    EXPECT_TRUE(decode_segment_header(damaged).ok()) << at;
  }
  for (const size_t half : {size_t{0}, good.size() / 2}) {
    std::string damaged = good;
    damaged.replace(half, good.size() / 2, good.size() / 2, '\0');
    EXPECT_TRUE(decode_segment_header(damaged).ok());
  }
}

TEST(SegmentHeader, IsCorruptWithoutAGoodCopy) {
  const std::string good = encode_segment_header(sample_header());
  std::string damaged = good;
  damaged[20] = 'x';
  damaged[good.size() / 2 + 20] = 'x';
  EXPECT_EQ(decode_segment_header(damaged).error().code, Code::kCorruption);
  EXPECT_EQ(decode_segment_header("").error().code, Code::kCorruption);
  EXPECT_EQ(decode_segment_header(good.substr(0, 50)).error().code, Code::kCorruption);
}

TEST(SegmentName, RoundTrips) {
  EXPECT_EQ(segment_name(42), "00000000000000000042.journal");
  for (const uint64_t sequence : {uint64_t{0}, uint64_t{1}, kNumberMax}) {
    EXPECT_EQ(parse_segment_name(segment_name(sequence)), sequence);
  }
}

TEST(SegmentName, RefusesOthers) {
  for (const char* name :
       {"", "LOCK", "42.journal", "00000000000000000042.journal.new", "0000000000000000004x.journal",
        "-0000000000000000042.journal", "99999999999999999999.journal"}) {
    EXPECT_EQ(parse_segment_name(name), std::nullopt) << name;
  }
}

TEST(CreateSegment, IsDurableOnReturn) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    os::sim::FaultyFiles files;
    ASSERT_TRUE(files.create_directories("log").ok());
    ASSERT_TRUE(create_segment(files, "log", sample_header(), 20'000).ok());
    os::Random random(seed);
    files.crash(random);
    const std::string bytes = os::read_file(files, "log/" + segment_name(42), 1 << 20).value();
    EXPECT_EQ(bytes.size(), 20'000u);
    EXPECT_TRUE(decode_segment_header(bytes).ok());
  }
}

TEST(CreateSegment, LeavesNothingBehindWhenTheDiskIsFull) {
  os::sim::FaultyFiles files;
  ASSERT_TRUE(files.create_directories("log").ok());
  files.set_free_bytes(19'999);
  EXPECT_EQ(create_segment(files, "log", sample_header(), 20'000).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(files.list("log").value().empty());
}

}  // namespace
}  // namespace weir::log::embedded
