#include "wire/tsdb/tombstones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/tsdb/block_meta.h"
#include "wire/tsdb/tsdb_bytes_test.h"

namespace weir::wire::tsdb {
namespace {

using test::svarint;
using test::varint;
using testing::ElementsAre;
using testing::HasSubstr;

std::string stone(uint64_t series, int64_t mint, int64_t maxt) {
  return varint(series) + svarint(mint) + svarint(maxt);
}
std::string file(const std::string& stones) {
  return test::from_hex("01 30 ba 30 01") + test::with_checksum(stones);
}

TEST(Tombstones, JoinsTheRangesOfASeries) {
  const auto parsed =
      Tombstones::parse(file(stone(7, 10, 20) + stone(300, -5, 5) + stone(7, 40, 50) + stone(7, 15, 30)));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_THAT(parsed->of(7), ElementsAre(TimeRange{10, 30}, TimeRange{40, 50}));
  EXPECT_THAT(parsed->of(300), ElementsAre(TimeRange{-5, 5}));
  EXPECT_TRUE(parsed->of(8).empty());
  const auto deleted = [&](TimestampMs time) { return is_deleted(parsed->of(7), time); };
  for (const TimestampMs time : {10, 20, 30, 40, 50}) EXPECT_TRUE(deleted(time)) << time;
  for (const TimestampMs time : {9, 31, 39, 51}) EXPECT_FALSE(deleted(time)) << time;
}

TEST(Tombstones, NoneIsFineAndDamageIsTold) {
  EXPECT_TRUE(Tombstones::parse(file("")).ok());
  std::string bytes = file(stone(7, 10, 20));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Tombstones::parse(std::string_view(bytes).substr(0, size)).ok()) << size;
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    EXPECT_FALSE(Tombstones::parse(bad).ok()) << i;
  }
  EXPECT_THAT(Tombstones::parse(file("\x80")).error().message, HasSubstr("cut short"));
}

TEST(BlockMeta, ReadsWhatPrometheusWrites) {
  const auto meta = parse_block_meta(R"({"ulid": "01A", "minTime": -5, "maxTime": 7200000, "version": 1,
    "stats": {"numSamples": 30, "numSeries": 2, "numChunks": 2},
    "compaction": {"level": 2, "sources": ["01B"], "parents": [{"ulid": "01B", "minTime": 0, "maxTime": 1}]}})");
  ASSERT_TRUE(meta.ok()) << meta.error().message;
  EXPECT_EQ(meta->ulid, "01A");
  EXPECT_EQ(meta->mint_ms, -5);
  EXPECT_EQ(meta->end_ms, 7'200'000);
  EXPECT_EQ(meta->samples, 30u);
  EXPECT_EQ(meta->series, 2u);
  EXPECT_THAT(meta->parents, ElementsAre("01B"));
}

TEST(BlockMeta, RefusesOthers) {
  EXPECT_EQ(parse_block_meta("{").error().code, Code::kCorruption);
  EXPECT_EQ(parse_block_meta("[1]").error().code, Code::kCorruption);
  EXPECT_EQ(parse_block_meta(R"({"version": 2})").error().code, Code::kUnsupported);
  EXPECT_EQ(parse_block_meta(R"({"version": 1, "ulid": "x", "minTime": 0})").error().code, Code::kCorruption);
  EXPECT_TRUE(parse_block_meta(R"({"version": 1, "ulid": "x", "minTime": 0, "maxTime": 1})").ok());
}

}  // namespace
}  // namespace weir::wire::tsdb
