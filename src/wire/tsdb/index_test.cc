#include "wire/tsdb/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/tsdb/tsdb_bytes_test.h"

namespace weir::wire::tsdb {
namespace {

using test::big_endian;
using test::svarint;
using test::text;
using test::varint;
using test::with_checksum;
using testing::HasSubstr;

std::string symbols_section(const std::vector<std::string>& symbols) {
  std::string body = big_endian(static_cast<uint32_t>(symbols.size()));
  for (const std::string& symbol : symbols) body += text(symbol);
  return big_endian(static_cast<uint32_t>(body.size())) + with_checksum(body);
}

std::string series(const std::string& body) {
  return varint(body.size()) + with_checksum(body);
}

void align(std::string& bytes) {
  bytes.resize((bytes.size() + 15) / 16 * 16, '\0');
}

// Two series: up{job="a"} with two chunks, up{job="b"} with none.
struct TestIndex {
  std::string first = varint(2) + varint(1) + varint(4) + varint(2) + varint(3) +  // __name__ up, job a
                      varint(2) + svarint(-5) + varint(15) + varint(8) +           // [-5, 10] at 8
                      varint(1) + varint(9) + svarint((int64_t{1} << 32) + 30);  // [11, 20] at 38 of the next
  std::string second = varint(2) + varint(1) + varint(4) + varint(2) + varint(5) + varint(0);

  std::string bytes() const {
    std::string out = test::from_hex("ba aa d7 00 02");
    const uint64_t symbols = out.size();
    out += symbols_section({"", "__name__", "job", "a", "up", "b"});
    align(out);
    const uint64_t begin = out.size();
    out += series(first);
    align(out);
    out += series(second);
    const uint64_t end = out.size();
    out += std::string(40, '\x7f');  // sections that are not read
    std::string contents;
    for (const uint64_t reference : {symbols, begin, uint64_t{0}, end + 8, end, end + 16})
      contents += big_endian(reference);
    return out + with_checksum(contents);
  }
};

TEST(TsdbIndex, WalksAllSeries) {
  const std::string bytes = TestIndex().bytes();
  auto index = IndexReader::open(bytes);
  ASSERT_TRUE(index.ok()) << index.error().message;
  SeriesEntry entry;
  ASSERT_TRUE(index->next(entry).value());
  EXPECT_EQ(entry.labels.view().to_string(), R"(up{job="a"})");
  EXPECT_EQ(entry.reference, bytes.find(TestIndex().first) / 16);
  ASSERT_EQ(entry.chunks.size(), 2u);
  EXPECT_EQ(entry.chunks[0].mint_ms, -5);
  EXPECT_EQ(entry.chunks[0].maxt_ms, 10);
  EXPECT_EQ(entry.chunks[0].segment, 0u);
  EXPECT_EQ(entry.chunks[0].offset, 8u);
  EXPECT_EQ(entry.chunks[1].mint_ms, 11);
  EXPECT_EQ(entry.chunks[1].maxt_ms, 20);
  EXPECT_EQ(entry.chunks[1].segment, 1u);
  EXPECT_EQ(entry.chunks[1].offset, 38u);
  ASSERT_TRUE(index->next(entry).value());
  EXPECT_EQ(entry.labels.view().to_string(), R"(up{job="b"})");
  EXPECT_TRUE(entry.chunks.empty());
  EXPECT_FALSE(index->next(entry).value());
  EXPECT_FALSE(index->next(entry).value());
}

TEST(TsdbIndex, NoFlippedBitOfWhatIsReadPasses) {
  const std::string good = TestIndex().bytes();
  for (size_t i = 0; i < good.size(); ++i) {
    const bool unread = good[i] == '\x7f' || good[i] == '\0';  // other sections, padding
    if (unread) continue;
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    auto index = IndexReader::open(bad);
    if (!index.ok()) continue;
    SeriesEntry entry;
    bool failed = false;
    while (!failed) {
      const auto more = index->next(entry);
      failed = !more.ok();
      if (more.ok() && !*more) break;
    }
    EXPECT_TRUE(failed) << "byte " << i;
  }
}

TEST(TsdbIndex, RefusesEveryCutAndOtherVersions) {
  const std::string good = TestIndex().bytes();
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(IndexReader::open(std::string_view(good).substr(0, size)).ok()) << size;
  std::string old = good;
  old[4] = 1;
  EXPECT_EQ(IndexReader::open(old).error().code, Code::kUnsupported);
}

TEST(TsdbIndex, NamesASeriesThatLies) {
  const auto error_of = [](const TestIndex& lie) {
    const std::string bytes = lie.bytes();
    auto index = IndexReader::open(bytes);
    SeriesEntry entry;
    return index.value().next(entry).error().message;
  };
  TestIndex unknown;
  unknown.first = varint(1) + varint(1) + varint(6) + varint(0);
  EXPECT_THAT(error_of(unknown), HasSubstr("symbol 6 of 6"));
  TestIndex endless;
  endless.first = varint(0) + varint(uint64_t{1} << 60) + svarint(0);
  EXPECT_THAT(error_of(endless), HasSubstr("its chunks"));
  TestIndex backwards;
  backwards.first = varint(0) + varint(1) + svarint(0) + varint(~uint64_t{0}) + varint(8);
  EXPECT_THAT(error_of(backwards), HasSubstr("ends before it begins"));
  TestIndex twice;
  twice.first = varint(2) + varint(2) + varint(3) + varint(2) + varint(5) + varint(0);
  EXPECT_THAT(error_of(twice), HasSubstr("job"));
}

}  // namespace
}  // namespace weir::wire::tsdb
