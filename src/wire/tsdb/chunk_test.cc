#include "wire/tsdb/chunk.h"

#include <bit>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/histogram.h"
#include "os/random.h"
#include "wire/tsdb/tsdb_bytes_test.h"
#include "wire/tsdb/xor_chunk.h"

namespace weir::wire::tsdb {
namespace {

using test::from_bits;
using test::from_hex;
using testing::ElementsAre;
using testing::HasSubstr;

// (1000, 1.5), (1015, 1.5), (1030, 2.5), (1050, 2.5).
//
// 1.5 is 3ff8..., 2.5 is 4004...: their XOR is 7ffc 0000 0000 0000, which has 1 zero before and 13 bits.
std::string xor_data() {
  return from_hex("00 04  d0 0f  3f f8 00 00 00 00 00 00  0f") +  // 4 samples; 1000; 1.5; 15 later
         from_bits(
             "0 "                                // the same value
             "0 11 00001 001101 1111111111111 "  // the same step; a new window of 13 bits
             "10 00000000000101 0");             // a step 5 longer; the same value
}

// Two histograms of schema 0 with a zero threshold of 2^-128, buckets 1, 2 and 4.
//   1000: count 7, zero count 1, sum 2.0, buckets 1 2 3 (differences 1 1 1)
//   1010: count 10, zero count 1, sum 2.0, buckets 2 3 4 (differences 2 1 1)
std::string histogram_data() {
  return from_hex("00 02  80  74") +  // 2 samples; a counter reset; 2^-128
         from_bits(
             "0 "                                     // schema 0
             "10 010  10 010 10 001  10 001 10 001 "  // 2 spans: 2 long from 1, 1 long after a gap of 1
             "0 "                                     // no negative ones
             "11110 001111101000 10 111 10 001 "      // 1000; count 7; zero count 1
             "01000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "  // 2.0
             "10 001 10 001 10 001 "
             "110 001010 10 011 0 0 "  // 10 later; 3 more; as many; the same sum
             "10 001 0 0");
}

std::string framed(uint8_t encoding, const std::string& data) {
  std::string body(1, static_cast<char>(encoding));
  body += data;
  return from_hex("85 bd 40 dd 01 00 00 00") + test::varint(data.size()) + test::with_checksum(body);
}

TEST(TsdbChunk, DecodesXorByHand) {
  const std::string data = xor_data();
  SampleColumns samples;
  ASSERT_TRUE(decode_chunk({1, data}, samples).ok());
  EXPECT_THAT(samples.timestamps_ms, ElementsAre(1000, 1015, 1030, 1050));
  EXPECT_THAT(samples.values, ElementsAre(1.5, 1.5, 2.5, 2.5));
  EXPECT_TRUE(samples.histograms.empty());
}

TEST(TsdbChunk, ReusesTheWindowOfAnEarlierXor) {
  // 1.5, 2.5 and again 1.5: the second XOR is given in the window of the first.
  const std::string data = from_hex("00 03  00  3f f8 00 00 00 00 00 00  01") +
                           from_bits("11 00001 001101 1111111111111  0 10 1111111111111");
  SampleColumns samples;
  ASSERT_TRUE(decode_chunk({1, data}, samples).ok());
  EXPECT_THAT(samples.values, ElementsAre(1.5, 2.5, 1.5));
}

TEST(TsdbChunk, ReadsEachWidthOfATimesChange) {
  const auto times = [](std::string_view change) {
    const std::string data = from_hex("00 03  00  00 00 00 00 00 00 00 00  e8 07") +  // 0, then 1000 later
                             from_bits("0 " + std::string(change) + " 0");
    SampleColumns samples;
    EXPECT_TRUE(decode_chunk({1, data}, samples).ok()) << change;
    return samples.timestamps_ms;
  };
  EXPECT_THAT(times("10 11111111111111"), ElementsAre(0, 1000, 1999));
  EXPECT_THAT(times("10 10000000000000"), ElementsAre(0, 1000, 2000 + 8192)) << "the upper end, not -8192";
  EXPECT_THAT(times("110 01111111111111111"), ElementsAre(0, 1000, 2000 + 65'535));
  EXPECT_THAT(times("1110 01111111111111111111"), ElementsAre(0, 1000, 2000 + 524'287));
  EXPECT_THAT(times("1111 0000000000000000000000000000000100000000000000000000000000000000"),
              ElementsAre(0, 1000, 2000 + (int64_t{1} << 32)));
}

TEST(TsdbChunk, EncodesXorByHand) {
  std::string data;
  const TimestampMs times[] = {1000, 1015, 1030, 1050};
  const double values[] = {1.5, 1.5, 2.5, 2.5};
  encode_xor(times, values, data);
  EXPECT_EQ(data, xor_data());
}

TEST(TsdbChunk, EncodedXorComesBackBitForBit) {
  os::Random random(3);
  for (int round = 0; round < 500; ++round) {
    SampleColumns samples;
    TimestampMs at = static_cast<TimestampMs>(random.next() >> 24) - (TimestampMs{1} << 39);
    const uint64_t jitter = uint64_t{1} << random.below(40);
    for (uint64_t left = 1 + random.below(130); left > 0; --left) {
      const double value = random.below(3) == 0 ? std::bit_cast<double>(random.next())
                                                : static_cast<double>(random.below(100)) / 4;
      samples.push_back(at, value);
      at += static_cast<TimestampMs>(1 + random.below(jitter));
    }
    std::string data;
    encode_xor(samples.timestamps_ms, samples.values, data);
    SampleColumns again;
    ASSERT_TRUE(decode_chunk({1, data}, again).ok());
    ASSERT_EQ(again.timestamps_ms, samples.timestamps_ms);
    ASSERT_EQ(std::memcmp(again.values.data(), samples.values.data(), 8 * samples.size()), 0);
  }
}

TEST(TsdbChunk, RefusesEveryCutAndTimesThatStand) {
  const std::string data = xor_data();
  for (size_t size = 0; size < data.size(); ++size) {
    SampleColumns samples;
    samples.push_back(1, 1.0);
    EXPECT_EQ(decode_chunk({1, std::string_view(data).substr(0, size)}, samples).error().code,
              Code::kCorruption);
    EXPECT_EQ(samples.size(), 1u) << "nothing of a chunk that fails is kept";
  }
  SampleColumns samples;
  const std::string still = from_hex("00 02  00  00 00 00 00 00 00 00 00  00 00");
  EXPECT_THAT(decode_chunk({1, still}, samples).error().message, HasSubstr("sample 1"));
}

TEST(TsdbChunk, RefusesAWindowWiderThanAValue) {
  const std::string data = from_hex("00 02  00  00 00 00 00 00 00 00 00  01") + from_bits("11 11111 111111") +
                           std::string(16, '\xff');
  SampleColumns samples;
  EXPECT_FALSE(decode_chunk({1, data}, samples).ok());
}

TEST(TsdbChunk, DecodesIntegerHistogramsByHand) {
  const std::string data = histogram_data();
  SampleColumns samples;
  const Status done = decode_chunk({2, data}, samples);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_THAT(samples.timestamps_ms, ElementsAre(1000, 1010));
  const Histogram& first = *samples.histogram(0);
  EXPECT_EQ(first.layout.schema, 0);
  EXPECT_EQ(first.layout.zero_threshold, 0x1p-128);
  EXPECT_THAT(first.layout.positive_spans, ElementsAre(HistogramSpan{1, 2}, HistogramSpan{1, 1}));
  EXPECT_EQ(first.count, 7);
  EXPECT_EQ(first.zero_count, 1);
  EXPECT_EQ(first.sum, 2.0);
  EXPECT_THAT(first.positive_buckets, ElementsAre(1, 2, 3));
  EXPECT_EQ(first.reset_hint, CounterResetHint::kReset);
  const Histogram& second = *samples.histogram(1);
  EXPECT_EQ(second.count, 10);
  EXPECT_THAT(second.positive_buckets, ElementsAre(2, 3, 4));
  EXPECT_EQ(second.reset_hint, CounterResetHint::kNoReset);
}

TEST(TsdbChunk, DecodesFloatHistogramsByHand) {
  const std::string half = "0011111111100000000000000000000000000000000000000000000000000000 ";  // 0.5
  const std::string data = from_hex("00 02  c0  00") +  // gauges; a zero threshold of 0
                           from_bits(
                               "0 10 001 10 001 0 0 "  // schema 0; a span, 1 long from 0
                               "110 000001 " +
                               half + half + half + half +     // at 1; count, zeros, sum, bucket
                               "10 001 0 0 0 "                 // 1 later, all as before but
                               "11 00001 001010 1111111111");  // the bucket: 0.5 XOR 2.0
  SampleColumns samples;
  const Status done = decode_chunk({3, data}, samples);
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples.timestamps_ms[1], 2);
  EXPECT_EQ(samples.histogram(0)->count, 0.5);
  EXPECT_THAT(samples.histogram(0)->positive_buckets, ElementsAre(0.5));
  EXPECT_THAT(samples.histogram(1)->positive_buckets, ElementsAre(2.0));
  EXPECT_EQ(samples.histogram(1)->reset_hint, CounterResetHint::kGauge);
}

TEST(TsdbChunk, RefusesEveryCutOfHistograms) {
  const std::string data = histogram_data();
  for (size_t size = 0; size < data.size(); ++size) {
    SampleColumns samples;
    EXPECT_FALSE(decode_chunk({2, std::string_view(data).substr(0, size)}, samples).ok());
    EXPECT_EQ(samples.size(), 0u);
  }
}

TEST(TsdbChunk, ReadsAFrameAndChecksIt) {
  const std::string data = xor_data();
  std::string segment = framed(1, data);
  ASSERT_TRUE(check_segment(segment).ok());
  const auto chunk = read_chunk(segment, 8);
  ASSERT_TRUE(chunk.ok()) << chunk.error().message;
  EXPECT_EQ(chunk->encoding, 1);
  EXPECT_EQ(chunk->data, data);
  EXPECT_EQ(chunk->sample_count(), 4);

  for (const uint64_t offset : {uint64_t{0}, uint64_t{7}, uint64_t{segment.size()}, ~uint64_t{0}})
    EXPECT_THAT(read_chunk(segment, offset).error().message, HasSubstr("outside"));
  EXPECT_FALSE(read_chunk(std::string_view(segment).substr(0, segment.size() - 1), 8).ok());
  segment[12] = static_cast<char>(segment[12] ^ 1);
  EXPECT_THAT(read_chunk(segment, 8).error().message, HasSubstr("wrong checksum"));
}

TEST(TsdbChunk, NamesWhatItDoesNotKnow) {
  SampleColumns samples;
  EXPECT_EQ(decode_chunk({4, "\0\0"}, samples).error().code, Code::kUnsupported);
  EXPECT_EQ(check_segment(from_hex("85 bd 40 dd 02 00 00 00")).error().code, Code::kUnsupported);
  EXPECT_EQ(check_segment(from_hex("85 bd 40 de 01 00 00 00")).error().code, Code::kCorruption);
}

}  // namespace
}  // namespace weir::wire::tsdb
