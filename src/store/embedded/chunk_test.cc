#include "store/embedded/chunk.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

using Times = std::vector<TimestampMs>;
using Values = std::vector<double>;

Times regular_times(size_t count, TimestampMs first = 1'700'000'000'000, TimestampMs step = 15'000) {
  Times times(count);
  for (size_t i = 0; i < count; ++i) times[i] = first + static_cast<TimestampMs>(i) * step;
  return times;
}

std::string encoded(const Times& times, const Values& values) {
  std::string out;
  encode_chunk(times, values, out);
  return out;
}

std::vector<uint64_t> bits_of(const Values& values) {
  std::vector<uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<uint64_t>(value));
  return bits;
}

/// Encodes, decodes and compares bit for bit; returns the chunk's size.
size_t expect_round_trip(const Times& times, const Values& values) {
  const std::string bytes = encoded(times, values);
  SampleColumns columns;
  const Status status = decode_chunk(bytes, columns);
  EXPECT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(columns.timestamps_ms, times);
  EXPECT_EQ(bits_of(columns.values), bits_of(values));
  return bytes.size();
}

size_t expect_values_round_trip(const Values& values) {
  return expect_round_trip(regular_times(values.size()), values);
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += kDigits[static_cast<uint8_t>(byte) >> 4];
    out += kDigits[static_cast<uint8_t>(byte) & 15];
  }
  return out;
}

TEST(Chunk, EveryKindOfDoubleComesBackBitForBit) {
  using limits = std::numeric_limits<double>;
  const Values odd = {0.0,
                      -0.0,
                      limits::infinity(),
                      -limits::infinity(),
                      limits::quiet_NaN(),
                      stale_marker(),
                      std::bit_cast<double>(uint64_t{0xfff8000000000123}),
                      limits::denorm_min(),
                      -limits::denorm_min(),
                      limits::min(),
                      limits::max(),
                      limits::lowest(),
                      1e22,
                      0x1p63,
                      -0x1p63,
                      0x1p53 + 2,
                      0.1,
                      1.0 / 3};
  expect_values_round_trip(odd);
  for (const double value : odd) {
    expect_values_round_trip({value});
    expect_values_round_trip({value, value, value});
    expect_values_round_trip({1, value, 2});
    Values mostly_fine(40, 12.25);
    mostly_fine.front() = mostly_fine.back() = value;
    expect_values_round_trip(mostly_fine);
  }
}

TEST(Chunk, ExtremeTimesComeBack) {
  using limits = std::numeric_limits<TimestampMs>;
  expect_round_trip({limits::min(), limits::max()}, {1, 2});
  expect_round_trip({limits::min(), -1, 0, 1, limits::max()}, {1, 2, 3, 4, 5});
  expect_round_trip({limits::max() - 1, limits::max()}, {1, 2});
  expect_round_trip({limits::min()}, {0});
}

TEST(Chunk, RegularTimesOfAConstantTakeNoRoomAtAnyLength) {
  for (const size_t count : {2, 128, 129, 1024}) {
    EXPECT_LE(expect_values_round_trip(Values(count, 42)), 20u) << count;
    EXPECT_LE(expect_values_round_trip(Values(count, 1.0 / 3)), 24u) << count;
  }
}

TEST(Chunk, OneStaleMarkerDoesNotSpoilIntegers) {
  Values values(240);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 3 + i % 4);
  const size_t clean = expect_values_round_trip(values);
  values.back() = stale_marker();
  EXPECT_LE(expect_values_round_trip(values), clean + 16);
}

TEST(Chunk, DecimalsComputedByMultiplicationStayDecimals) {
  Values divided(512);
  Values multiplied(512);
  for (size_t i = 0; i < divided.size(); ++i) {
    const auto n = static_cast<double>(1'000'003 + i * 17 + i * i % 13);
    divided[i] = n / 1000;
    multiplied[i] = n * 0.001;
  }
  ASSERT_NE(bits_of(divided), bits_of(multiplied));
  EXPECT_LE(expect_values_round_trip(divided), 512u);
  EXPECT_LE(expect_values_round_trip(multiplied), 512u + 256);
}

TEST(Chunk, CommonFactorIsDividedOut) {
  os::Random random(3);
  Values pages(512);
  for (double& value : pages) value = static_cast<double>((1'000'000 + random.below(256)) * 4096);
  EXPECT_LE(expect_values_round_trip(pages), 512u + 64);
}

TEST(Chunk, CounterResetCostsLittle) {
  Values values(512);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>((i % 300) * 1000 + i % 7);
  EXPECT_LE(expect_values_round_trip(values), 512u);
}

TEST(Chunk, RandomDoublesAreNeverMuchLargerThanRaw) {
  os::Random random(5);
  Values values(1024);
  for (double& value : values) value = std::bit_cast<double>(random.next());
  EXPECT_LE(expect_values_round_trip(values), 1024u * 8 + 32);
}

/// Times of one of several habits, from a seed.
Times random_times(os::Random& random, size_t count) {
  const uint64_t habit = random.below(4);
  TimestampMs at =
      static_cast<TimestampMs>(random.below(uint64_t{1} << 41)) - (habit == 3 ? int64_t{1} << 50 : 0);
  Times times;
  for (size_t i = 0; i < count; ++i) {
    times.push_back(at + (habit == 1 ? static_cast<TimestampMs>(random.below(9)) : 0));
    at += habit == 2 ? 1 + static_cast<TimestampMs>(random.below(uint64_t{1} << random.below(45))) : 1000;
    if (random.below(200) == 0) at += 60'000;
  }
  return times;
}

double random_value(os::Random& random, uint64_t habit, double before) {
  switch (habit) {
    case 0:
      return std::floor(before) + static_cast<double>(random.below(50));
    case 1:
      return static_cast<double>(random.below(100'000)) / 100;
    case 2:
      return static_cast<double>(random.below(100'000)) * 0.001;
    case 3:
      return random.unit();
    case 4:
      return std::bit_cast<double>(random.next());
    case 5:
      return random.below(10) == 0 ? random.unit() : before;
    case 6:
      return before + 1e-3 * (1 + std::sin(before));
    default:
      return -static_cast<double>(random.next());
  }
}

TEST(Chunk, RandomColumnsComeBack) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(seed);
  os::Random random(seed);
  for (int round = 0; round < 1'000; ++round) {
    const size_t count = 1 + random.below(round % 4 == 0 ? kChunkSamplesMax : 40);
    const uint64_t habit = random.below(8);
    Values values(1, static_cast<double>(random.below(1'000)));
    while (values.size() < count) {
      const uint64_t this_habit = random.below(100) == 0 ? random.below(8) : habit;
      values.push_back(random.below(60) == 0 ? stale_marker()
                                             : random_value(random, this_habit, values.back()));
    }
    expect_round_trip(random_times(random, count), values);
    if (HasFailure()) return;
  }
}

TEST(Chunk, AppendsOnBothSides) {
  std::string bytes = "before";
  encode_chunk(Times{10, 20}, Values{1, 2}, bytes);
  SampleColumns columns;
  columns.push_back(5, 50);
  ASSERT_TRUE(decode_chunk(std::string_view(bytes).substr(6), columns).ok());
  EXPECT_EQ(columns.timestamps_ms, (Times{5, 10, 20}));
  EXPECT_EQ(columns.values, (Values{50, 1, 2}));
}

// The bytes of docs/formats/chunk.md, and a chunk for every other codec: what is on disks must stay readable.
TEST(Chunk, GoldenBytes) {
  const double third = 1.0 / 3;
  const double sevenths = 0.7654321098765;
  const Times times = regular_times(8, 1000, 1000);
  const auto golden = [&times](const Values& values) {
    return hex(encoded({times.begin(), times.begin() + static_cast<std::ptrdiff_t>(values.size())}, values));
  };
  EXPECT_EQ(golden({1.5, 1.25, 1.75, 2.0}), "010407d00fe80702020204ac021902030106");
  EXPECT_EQ(golden({third, third, third, third}), "010407d00fe8070200555555555555d53f");
  EXPECT_EQ(golden({1e300, -1e-300}), "010207d00fe80702019c7500883ce4377e59f3f8c21f6ea581");
  EXPECT_EQ(golden({third, third, third, third, sevenths, sevenths, third, third}),
            "010807d00fe807020304aad5aad5aad5aad57fafeac7ace2a2ca0900000118");
  EXPECT_EQ(golden({0x1.8p-40, 0x1p-30, 0x1.7p+90, 0x1.7p+90, 0x1.6789abcdef123p-60, 0x1.6789abcdef124p-60}),
            "010607d00fe8070204000000000000783da16903013adc638cc47bf36ae285e6fd0300000000");
}

TEST(Chunk, GoldenBytesOfAGapAndAStaleMarker) {
  const Times gap = {1000, 2000, 3000, 4000, 5000, 6007, 7000, 8000, 9000, 10000};
  EXPECT_EQ(hex(encoded(gap, {100, 100, 100, 100, 100, 101, 101, 101, 101, stale_marker()})),
            "010a00d00fd00f008001040e820109020000000000f07f0000c801000001f001");
}

void expect_corrupt(std::string_view bytes, std::string_view why) {
  SampleColumns columns;
  columns.push_back(1, 2);
  const Status status = decode_chunk(bytes, columns);
  ASSERT_FALSE(status.ok()) << hex(bytes);
  EXPECT_EQ(status.error().code, Code::kCorruption);
  EXPECT_NE(status.error().message.find(why), std::string::npos) << status.error().message;
  EXPECT_EQ(columns.size(), 1u);
  EXPECT_EQ(columns.values.size(), 1u);
}

TEST(ChunkDecode, EveryPrefixIsCorrupt) {
  os::Random random(11);
  Values smooth(300);
  Values decimals(300);
  Values noise(300);
  Values constant(300, 0.1 + 0.2);
  Values repeated(300);
  for (size_t i = 0; i < smooth.size(); ++i) {
    smooth[i] = std::sin(static_cast<double>(i) / 40);
    decimals[i] = static_cast<double>(random.below(10'000)) * 0.01;
    noise[i] = std::bit_cast<double>(random.next());
    repeated[i] = i % 20 == 0 ? random.unit() : repeated[i - 1];
  }
  decimals[7] = stale_marker();
  for (const Values& values : {smooth, decimals, noise, constant, repeated}) {
    const std::string bytes = encoded(random_times(random, values.size()), values);
    for (size_t size = 0; size < bytes.size(); ++size)
      expect_corrupt(std::string_view(bytes).substr(0, size), "chunk:");
    expect_corrupt(bytes + '\0', "");
  }
}

TEST(ChunkDecode, FlippedBitsNeverBreakThePromises) {
  os::Random random(13);
  for (int round = 0; round < 200; ++round) {
    const size_t count = 1 + random.below(200);
    Values values(count);
    for (double& value : values) value = random_value(random, static_cast<uint64_t>(round) % 8, 17);
    std::string bytes = encoded(random_times(random, count), values);
    for (int flip = 0; flip < 50; ++flip) {
      bytes[random.below(bytes.size())] ^= static_cast<char>(1u << random.below(8));
      SampleColumns columns;
      if (!decode_chunk(bytes, columns).ok()) {
        EXPECT_EQ(columns.size(), 0u);
        continue;
      }
      EXPECT_LE(columns.size(), kChunkSamplesMax);
      expect_round_trip(columns.timestamps_ms, columns.values);
    }
  }
}

TEST(ChunkDecode, NamesWhatIsWrong) {
  using namespace std::string_literals;
  const std::string good = encoded({1000, 2000, 3000}, {1, 2, 4});
  const auto with = [&good](size_t at, char byte) {
    std::string bad = good;
    bad[at] = byte;
    return bad;
  };
  expect_corrupt("", "no head");
  expect_corrupt(with(0, 3), "version 3 at byte 0");
  expect_corrupt(with(1, 0), "0 samples");
  expect_corrupt("\x01\x81\x08"s, "1025 samples at byte 1, limits 1 and 1024");
  expect_corrupt(with(2, 8), "unknown integer coding 0x08");
  expect_corrupt("\x01\x02\x03\x02\x00\x00\x00"s, "times that do not ascend");
  expect_corrupt("\x01\x01\x03\x02\x00\x05"s, "unknown value codec 5");
  expect_corrupt("\x01\x01\x03\x02\x00\x02\x0a\x03\x02\x00"s, "unknown decimal head 0x0a");
  expect_corrupt("\x01\x01\x03\x02\x00\x82\x02"s, "2 patches of 1 values");
  expect_corrupt("\x01\x01\x03\x02\x00\x82\x01\x01"s + std::string(8, '\0'), "patch 0 of 1 values");
  expect_corrupt("\x01\x02\x01\x00\x00\x41"s, "integers of 65 bits at byte 6, limit 64");
  expect_corrupt("\x01\x02\x01\x00\x02\x80\x01\x01\x00"s, "exception at place 1 of a block of 1");
}

}  // namespace
}  // namespace weir::store::embedded
