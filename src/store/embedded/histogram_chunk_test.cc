#include "store/embedded/histogram_chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/embedded/chunk.h"
#include "support/histograms.h"

namespace weir::store::embedded {
namespace {

using ::testing::HasSubstr;

struct Chunk {
  std::vector<TimestampMs> timestamps_ms;
  std::vector<HistogramPtr> histograms;
};

void add(Chunk& chunk, const Histogram& histogram) {
  chunk.timestamps_ms.push_back(1'700'000'000'000 +
                                static_cast<TimestampMs>(chunk.histograms.size()) * 15'000);
  chunk.histograms.push_back(std::make_shared<const Histogram>(histogram));
}

Chunk growing(uint32_t buckets, size_t count) {
  Chunk chunk;
  tests::GrowingHistogram histogram(buckets);
  while (chunk.histograms.size() < count) add(chunk, histogram.next());
  return chunk;
}

std::string encode(const Chunk& chunk) {
  std::string bytes;
  encode_histogram_chunk(chunk.timestamps_ms, chunk.histograms, bytes);
  return bytes;
}

void expect_round_trip(const Chunk& chunk) {
  SampleColumns found;
  found.push_back(1, 0.5);
  const Status status = decode_chunk(encode(chunk), found);
  ASSERT_TRUE(status.ok()) << status.error().message;
  ASSERT_EQ(found.size(), chunk.histograms.size() + 1);
  EXPECT_EQ(found.histogram(0), nullptr);
  for (size_t i = 0; i < chunk.histograms.size(); ++i) {
    ASSERT_EQ(found.timestamps_ms[i + 1], chunk.timestamps_ms[i]);
    ASSERT_TRUE(*found.histogram(i + 1) == *chunk.histograms[i]) << i;
  }
}

TEST(HistogramChunk, KeepsEveryBit) {
  os::Random random(21);
  for (int round = 0; round < 500; ++round) {
    const Histogram first = tests::random_histogram(random);
    Chunk chunk;
    add(chunk, first);
    for (uint64_t left = random.below(255); left > 0; --left) {
      const Histogram next = tests::next_histogram(*chunk.histograms.back(), random);
      if (next.layout == first.layout) add(chunk, next);
    }
    expect_round_trip(chunk);
  }
}

TEST(HistogramChunk, CountersOfManyBucketsAreSmall) {
  const Chunk chunk = growing(50, histogram_chunk_samples_max(growing(50, 1).histograms[0]->layout));
  EXPECT_EQ(chunk.histograms.size(), 256u);
  expect_round_trip(chunk);
  const size_t bytes = encode(chunk).size() / chunk.histograms.size();
  RecordProperty("bytes_per_histogram", static_cast<int>(bytes));
  EXPECT_LT(bytes, 40u) << "as doubles, 50 buckets are 424 bytes";
}

TEST(HistogramChunk, OneOfTheLargestFits) {
  Chunk chunk;
  Histogram histogram;
  histogram.layout.positive_spans = {{0, kHistogramBucketsMax}};
  histogram.positive_buckets.assign(kHistogramBucketsMax, 7);
  for (size_t left = histogram_chunk_samples_max(histogram.layout); left > 0; --left) add(chunk, histogram);
  EXPECT_EQ(chunk.histograms.size(), 6u);
  expect_round_trip(chunk);
}

TEST(HistogramChunk, RefusesTruncationAtEveryByte) {
  const std::string bytes = encode(growing(7, 30));
  for (size_t size = 0; size < bytes.size(); ++size) {
    SampleColumns found;
    const Status status = decode_chunk(std::string_view(bytes).substr(0, size), found);
    ASSERT_FALSE(status.ok()) << size;
    EXPECT_EQ(status.error().code, Code::kCorruption);
    EXPECT_EQ(found.size(), 0u);
  }
  SampleColumns found;
  EXPECT_THAT(decode_chunk(bytes + '\0', found).error().message, HasSubstr("bytes left over"));
}

TEST(HistogramChunk, WhatIsReadIsValidWhateverTheBytes) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  Chunk custom;
  Histogram histogram;
  histogram.layout = {kHistogramSchemaCustom, 0, {{0, 2}}, {}, {0.5, 1}};
  histogram.positive_buckets = {0.5, 2};
  for (int i = 0; i < 5; ++i) add(custom, histogram);
  for (const std::string& bytes : {encode(growing(7, 30)), encode(custom)}) {
    for (int round = 0; round < 20'000; ++round) {
      std::string damaged = bytes;
      for (uint64_t flips = 1 + random.below(3); flips > 0; --flips)
        damaged[random.below(damaged.size())] = static_cast<char>(random.next());
      SampleColumns found;
      if (!decode_chunk(damaged, found).ok()) {
        ASSERT_EQ(found.size(), 0u);
        continue;
      }
      for (const HistogramPtr& one : found.histograms) ASSERT_TRUE(one == nullptr || validate(*one).ok());
    }
  }
}

// The example of docs/formats/chunk.md.
TEST(HistogramChunk, WritesTheDocumentedBytes) {
  Chunk chunk;
  Histogram histogram;
  histogram.layout.positive_spans = {{1, 2}};
  for (const double count : {5.0, 6.0}) {
    histogram.positive_buckets = {3, count};
    histogram.count = 3 + count;
    histogram.sum = 0.5;
    chunk.timestamps_ms.push_back(static_cast<TimestampMs>(count) * 1'000 - 4'000);
    chunk.histograms.push_back(std::make_shared<const Histogram>(histogram));
  }
  std::string hex;
  for (const char byte : encode(chunk)) hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  EXPECT_EQ(hex,
            "0202"
            "00000000000000000001020200"
            "07d00fe80702"
            "030000"
            "01050201030a00"
            "00030000"
            "00030600"
            "00030a02"
            "02030000");
}

}  // namespace
}  // namespace weir::store::embedded
