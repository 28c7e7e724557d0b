#include "store/embedded/integer_codec.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "os/random.h"
#include "store/embedded/bit_math.h"
#include "store/embedded/bit_stream.h"

namespace weir::store::embedded {
namespace {

using Column = std::vector<int64_t>;
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();

/// Encodes, decodes, compares; returns the size in bytes.
size_t expect_round_trip(const Column& column) {
  std::string bytes;
  encode_integers(column, bytes);
  ByteReader in(bytes);
  Column out(column.size());
  const Status status = decode_integers(in, out);
  EXPECT_TRUE(status.ok()) << status.error().message;
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(out, column);
  return bytes.size();
}

template <typename Number>
Column column_of(size_t count, Number number) {
  Column column(count);
  for (size_t i = 0; i < count; ++i) column[i] = number(static_cast<int64_t>(i));
  return column;
}

TEST(IntegerCodec, ExtremesWrapAround) {
  expect_round_trip({kLeast});
  expect_round_trip({kGreatest});
  expect_round_trip({kLeast, kGreatest});
  expect_round_trip({kGreatest, kLeast, kGreatest, kLeast, 0, -1, 1});
  expect_round_trip({kLeast, kLeast, kLeast});
  expect_round_trip({-2, kLeast, 0, 2, kGreatest});
  expect_round_trip(column_of(300, [](int64_t i) { return i % 3 == 0 ? kLeast + i : kGreatest - i; }));
}

TEST(IntegerCodec, EveryWidthAndLengthComesBack) {
  os::Random random(1);
  for (unsigned width = 0; width <= 64; ++width) {
    for (const size_t count : {1, 2, 3, 64, 128, 129, 130, 257, 1024}) {
      expect_round_trip(
          column_of(count, [&](int64_t) { return static_cast<int64_t>(random.next() & low_bits(width)); }));
    }
  }
}

TEST(IntegerCodec, ALineIsFree) {
  for (const int64_t step : {int64_t{0}, int64_t{1}, int64_t{-15'000}, int64_t{1} << 40}) {
    EXPECT_LE(expect_round_trip(column_of(1024, [step](int64_t i) { return 7 + i * step; })), 10u) << step;
  }
}

TEST(IntegerCodec, JitterAboutALineCostsTheJitter) {
  os::Random random(2);
  const auto jitter = [&random](int64_t i) { return i * 15'000 + static_cast<int64_t>(random.below(4)); };
  EXPECT_LE(expect_round_trip(column_of(1024, jitter)), 1024u * 2 / 8 + 40);
}

TEST(IntegerCodec, NoiseAboutALevelCostsTheNoise) {
  os::Random random(3);
  const auto noise = [&random](int64_t) { return 1'000'000 + static_cast<int64_t>(random.below(256)); };
  EXPECT_LE(expect_round_trip(column_of(1024, noise)), 1024u + 40);
}

TEST(IntegerCodec, ASmoothCurveCostsItsCurvature) {
  EXPECT_LE(expect_round_trip(column_of(1024, [](int64_t i) { return i * i * 3; })), 60u);
}

TEST(IntegerCodec, FewOutliersStandAside) {
  const auto spikes = [](int64_t i) { return i % 100 == 50 ? int64_t{1} << 50 : i % 4; };
  EXPECT_LE(expect_round_trip(column_of(1024, spikes)), 1024u * 2 / 8 + 11 * 10 + 60);
}

TEST(IntegerCodec, ACommonFactorCostsNothing) {
  os::Random random(4);
  const auto pages = [&random](int64_t) { return 100 - 4096 * static_cast<int64_t>(random.below(16)); };
  EXPECT_LE(expect_round_trip(column_of(1024, pages)), 1024u * 4 / 8 + 40);
}

TEST(IntegerCodec, RefusesADamagedHead) {
  for (const std::string_view bytes :
       {std::string_view("\x08\x00\x00", 3), std::string_view("\xff\x00\x00", 3)}) {
    ByteReader in(bytes);
    Column out(2);
    const Status status = decode_integers(in, out);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kCorruption);
  }
}

TEST(BitStream, FieldsOfEveryWidthComeBack) {
  os::Random random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::pair<uint64_t, unsigned>> fields;
    std::string bytes;
    BitWriter writer(bytes);
    for (int i = 0; i < 100; ++i) {
      const auto width = static_cast<unsigned>(random.below(65));
      fields.emplace_back(random.next() & low_bits(width), width);
      writer.write(fields.back().first, width);
    }
    writer.finish();
    BitReader reader(bytes);
    for (const auto& [value, width] : fields) ASSERT_EQ(reader.read(width), value) << width;
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.only_padding_left());
  }
}

TEST(BitStream, ReadingPastTheEndIsZeroAndNotOk) {
  BitReader reader("\xff");
  EXPECT_EQ(reader.read(5), 31u);
  EXPECT_EQ(reader.read(4), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.read(64), 0u);
  BitReader empty("");
  EXPECT_EQ(empty.read(0), 0u);
  EXPECT_TRUE(empty.ok());
  EXPECT_EQ(empty.read(1), 0u);
  EXPECT_FALSE(empty.ok());
}

TEST(BitStream, PaddingIsZeroBitsOfOneByte) {
  EXPECT_TRUE(BitReader("").only_padding_left());
  EXPECT_FALSE(BitReader(std::string_view("\0", 1)).only_padding_left());
  BitReader ones("\xf0");
  ones.read(4);
  EXPECT_FALSE(ones.only_padding_left());
  BitReader zeros("\x0f");
  zeros.read(4);
  EXPECT_TRUE(zeros.only_padding_left());
}

}  // namespace
}  // namespace weir::store::embedded
