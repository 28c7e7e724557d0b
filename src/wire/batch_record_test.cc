#include "wire/batch_record.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "os/random.h"
#include "support/prometheus_bodies.h"
#include "support/remote_write_like.h"
#include "wire/record_codec_test.h"
#include "wire/snappy_block.h"

namespace weir::wire {
namespace {

using ::testing::HasSubstr;
using namespace record_tests;

constexpr size_t kMax = 8u << 20;

std::string encode(const Batch& batch) {
  std::string out;
  encode_batch_record(batch, all(batch), out);
  return out;
}

void expect_round_trip(const Batch& batch) {
  Batch found;
  const Status status = decode_batch_record(encode(batch), kMax, found);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(text(found), text(batch));
  for (const Batch::Series& series : found.series()) {
    EXPECT_TRUE(LabelsView::validate(found.labels(series).bytes()).ok());
  }
}

// docs/formats/batch-record.md explains these bytes one by one.
TEST(BatchRecord, WritesTheDocumentedBytes) {
  EXPECT_EQ(encode(worked_example()), tests::from_hex("0100"
                                                      "05020c03"
                                                      "085f5f6e616d655f5f036a6f6202757001610162"
                                                      "0002000103020301"
                                                      "00020401"
                                                      "d00f00"
                                                      "03"
                                                      "00000000000000e03f"));
}

TEST(BatchRecord, RoundTripsRealisticBatches) {
  expect_round_trip(tests::remote_write_like(2'000));
  expect_round_trip(tests::remote_write_like(100, 20));
}

TEST(BatchRecord, RoundTripsEveryKindOfValue) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "v"}}).view().bytes());
  constexpr double kExact = 9'007'199'254'740'992.0;
  for (const double value :
       {0.0, -0.0, 1.0, -1.0, 0.1, kExact, -kExact, kExact - 1, kExact + 2, 2 * kExact, 1e300, 5e-324,
        std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN(), stale_marker(), std::bit_cast<double>(~uint64_t{0})}) {
    batch.add_sample(1, value);
  }
  expect_round_trip(batch);
}

TEST(BatchRecord, RoundTripsEveryKindOfTime) {
  expect_round_trip(every_kind_of_time());
}

TEST(BatchRecord, RoundTripsOddLabels) {
  Batch batch = no_labels_and_many();
  const std::string longer(100'000, 'x');
  batch.begin_series(Labels::of({{"a", longer}, {longer, "a"}}).view().bytes());
  batch.begin_series(Labels::of({{"a", longer}, {longer, "b"}}).view().bytes());
  expect_round_trip(batch);
}

TEST(BatchRecord, RoundTripsRandomBatches) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  for (int round = 0; round < 2'000; ++round) {
    Batch batch;
    for (uint64_t series = random.below(12); series > 0; --series) {
      // Names and values that are prefixes of one another, so that comparing bytes meets every boundary.
      std::vector<Label> labels;
      static const std::vector<std::string> kNames = {"a", "aa", "ab", "b", "ba", "c"};
      static const std::vector<std::string> kValues = {"", "x", "xx", "xxx", "y", "xy"};
      for (const std::string& name : kNames) {
        if (random.below(3) != 0) labels.push_back({name, kValues[random.below(kValues.size())]});
      }
      batch.begin_series(Labels::from(labels).value().view().bytes());
      for (uint64_t samples = random.below(4); samples > 0; --samples) {
        batch.add_sample(static_cast<TimestampMs>(random.below(100)),
                         random.below(2) == 0 ? random.unit() : 3);
      }
    }
    expect_round_trip(batch);
    if (HasFailure()) FAIL() << "round " << round;
  }
}

TEST(BatchRecord, EncodesTheChosenSeriesInTheGivenOrder) {
  const Batch batch = tests::remote_write_like(10);
  std::string record = "before";
  encode_batch_record(batch, std::vector<uint32_t>{7, 2, 7}, record);
  Batch found;
  ASSERT_TRUE(decode_batch_record(std::string_view(record).substr(6), kMax, found).ok());
  ASSERT_EQ(found.series_count(), 3u);
  EXPECT_EQ(found.labels(found.series()[0]), batch.labels(batch.series()[7]));
  EXPECT_EQ(found.labels(found.series()[1]), batch.labels(batch.series()[2]));
  EXPECT_EQ(found.labels(found.series()[2]), batch.labels(batch.series()[7]));
}

TEST(BatchRecord, IsMuchSmallerThanRemoteWrite) {
  EXPECT_LT(encode(tests::remote_write_like(2'000)).size(), 16'000u);
}

TEST(BatchRecord, StaysBelowItsBound) {
  os::Random random(3);
  for (const size_t value_bytes : {1u, 2u, 8u, 100u}) {
    for (const size_t samples : {0u, 1u, 50u}) {
      Batch batch;
      size_t bound = 0;
      for (int i = 0; i < 500; ++i) {
        std::vector<std::string> texts;
        for (int t = 0; t < 6; ++t) {
          texts.emplace_back();
          for (size_t b = 0; b < value_bytes; ++b) texts.back().push_back(static_cast<char>(random.next()));
        }
        const Labels labels =
            Labels::of({{"a" + texts[0], texts[1]}, {"b" + texts[2], texts[3]}, {"c" + texts[4], texts[5]}});
        batch.begin_series(labels.view().bytes());
        for (size_t s = 0; s < samples; ++s) {
          batch.add_sample(static_cast<TimestampMs>(random.next()), std::bit_cast<double>(random.next()));
        }
        bound += batch_record_bound(labels.view().bytes().size(), samples);
      }
      ASSERT_LE(bound, kBatchRecordBytesMax);
      EXPECT_LE(encode(batch).size(), bound);
      EXPECT_LE(batch.size_bytes(), bound);
    }
  }
}

TEST(BatchRecord, BoundsWhatItDecodes) {
  const Batch batch = tests::remote_write_like(100, 5);
  Batch found;
  EXPECT_TRUE(decode_batch_record(encode(batch), batch.size_bytes(), found).ok());
  found.clear();
  const Status status = decode_batch_record(encode(batch), batch.size_bytes() - 1, found);
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
  EXPECT_TRUE(found.empty());
}

TEST(BatchRecord, RefusesBombs) {
  // One long symbol, named by thousands of series of 4 bytes each.
  std::string body;
  ByteWriter writer(body);
  const std::string value(100'000, 'v');
  std::string series("\x00\x01\x00\x01\x01\x00", 6);
  for (int i = 1; i < 50'000; ++i) series.append("\x00\x00\x00", 3);
  writer.varint(2);
  writer.varint(50'000);
  writer.varint(series.size());
  writer.varint(0);
  writer.text("n");
  writer.text(value);
  writer.raw(series);
  std::string record("\x01\x01", 2);
  snappy_encode(body, record);
  Batch found;
  EXPECT_EQ(decode_batch_record(record, kMax, found).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(found.empty());
  // A snappy block that declares 4 GiB.
  EXPECT_EQ(
      decode_batch_record(std::string_view("\x01\x01\xff\xff\xff\xff\x0f", 7), kMax, found).error().code,
      Code::kResourceExhausted);
}

TEST(BatchRecord, NamesVersionsAndFlagsItDoesNotKnow) {
  std::string record = encode(worked_example());
  Batch found;
  record[0] = 4;
  Status status = decode_batch_record(record, kMax, found);
  EXPECT_EQ(status.error().code, Code::kUnsupported);
  EXPECT_THAT(status.error().message, HasSubstr("version 4"));
  record[0] = 1;
  record[1] = 4;
  status = decode_batch_record(record, kMax, found);
  EXPECT_EQ(status.error().code, Code::kUnsupported);
  EXPECT_THAT(status.error().message, HasSubstr("0x4"));
}

TEST(BatchRecord, NamesTheDamagedByte) {
  std::string record = encode(worked_example());
  Batch found;
  record[6] = 0;  // the first symbol's length
  EXPECT_THAT(decode_batch_record(record, kMax, found).error().message, HasSubstr("bad symbol at byte 4"));
  record[6] = 0x7f;  // longer than the body
  EXPECT_THAT(decode_batch_record(record, kMax, found).error().message, HasSubstr("bad symbol at byte 4"));
}

TEST(BatchRecord, RefusesLabelsThatAreNotCanonical) {
  // The worked example with its names in the wrong order, a name twice, and a value missing.
  const std::string good = encode(worked_example());
  const auto message = [&](size_t at, char byte) {
    std::string record = good;
    record[at] = byte;
    Batch found;
    const Status status = decode_batch_record(record, kMax, found);
    EXPECT_FALSE(status.ok()) << at;
    return status.ok() ? "" : status.error().message;
  };
  constexpr size_t kSeries = 2 + 4 + 9 + 4 + 3 + 2 + 2;
  EXPECT_THAT(message(kSeries + 2, 2), HasSubstr("do not ascend"));
  EXPECT_THAT(message(kSeries + 3, 0), HasSubstr("do not ascend"));
  EXPECT_THAT(message(kSeries + 4, 1), HasSubstr("lacks a value"));
  EXPECT_THAT(message(kSeries + 4, 7), HasSubstr("without a label"));
  EXPECT_THAT(message(kSeries + 5, 9), HasSubstr("no such symbol"));
  EXPECT_THAT(message(kSeries, 3), HasSubstr("no such shape"));
  EXPECT_THAT(message(kSeries + 7, 9), HasSubstr("more samples than timestamps"));
  EXPECT_THAT(message(3, 1), HasSubstr("left over"));
}

TEST(BatchRecord, RefusesTruncationAtEveryByte) {
  for (const Batch& batch : {worked_example(), tests::remote_write_like(60)}) {
    const std::string record = encode(batch);
    for (size_t size = 0; size < record.size(); ++size) {
      Batch found;
      EXPECT_FALSE(decode_batch_record(std::string_view(record).substr(0, size), kMax, found).ok()) << size;
      EXPECT_TRUE(found.empty());
    }
    Batch found;
    EXPECT_FALSE(decode_batch_record(record + '\0', kMax, found).ok());
  }
}

TEST(BatchRecord, SurvivesRandomDamage) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  Batch batch;
  for (int i = 0; i < 8; ++i) {
    const std::string job(static_cast<size_t>(i % 3 + 1), 'j');
    batch.begin_series(Labels::of({{"__name__", "up"}, {i % 2 == 0 ? "job" : "jobs", job}}).view().bytes());
    batch.add_sample(1'000 + i, i * 0.5);
  }
  const std::string record = encode(batch);
  ASSERT_EQ(record[1], 0) << "not compressed, so that damage reaches the decoder";
  size_t refused = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string damaged = record;
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      damaged[2 + random.below(damaged.size() - 2)] = static_cast<char>(random.next());
    }
    Batch found;
    if (!decode_batch_record(damaged, 100'000, found).ok()) {
      ++refused;
      ASSERT_TRUE(found.empty());
      continue;
    }
    for (const Batch::Series& series : found.series()) {
      ASSERT_TRUE(LabelsView::validate(found.labels(series).bytes()).ok());
    }
  }
  EXPECT_GT(refused, 1'000u);
}

TEST(BatchRecord, KeepsHistogramsBitForBit) {
  const uint64_t seed = 1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed));
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  for (uint64_t round = 0; round < 100; ++round) {
    const Batch batch = with_histograms(seed + round);
    const std::string record = encode(batch);
    EXPECT_EQ(record[0], 2);
    Batch found;
    ASSERT_TRUE(decode_batch_record(record, kBatchRecordBytesMax, found).ok());
    ASSERT_EQ(text(found), text(batch));
  }
}

// The example of docs/formats/batch-record.md.
TEST(BatchRecord, WritesTheDocumentedBytesOfHistograms) {
  Batch batch;
  batch.begin_series(Labels::of({{"a", "b"}}).view().bytes());
  Histogram histogram;
  histogram.layout.positive_spans = {{1, 2}};
  histogram.positive_buckets = {3, 5};
  histogram.count = 8;
  histogram.sum = 0.5;
  batch.add_histogram(1'000, histogram);
  histogram.positive_buckets = {3, 6};
  histogram.count = 9;
  batch.add_histogram(2'000, histogram);
  EXPECT_EQ(encode(batch), tests::from_hex("0200"
                                           "0201070000"
                                           "01610162"
                                           "00010001010002"
                                           "040f"
                                           "d00fd00f"
                                           "04000000000000000000010202"
                                           "0050"
                                           "000000000000e03f00060400"
                                           "040200"));
}

TEST(BatchRecord, WritesVersion1WithoutHistograms) {
  Batch batch = with_histograms(1);
  const std::vector<uint32_t> without = {0};  // its own series has none
  std::string record;
  encode_batch_record(batch, without, record);
  EXPECT_EQ(record[0], 1);
}

TEST(BatchRecord, KeepsExemplarsBitForBit) {
  const uint64_t seed = 1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed));
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  for (uint64_t round = 0; round < 100; ++round) {
    const Batch batch = with_exemplars(seed + round);
    const std::string record = encode(batch);
    EXPECT_EQ(record[0], 3);
    Batch found;
    ASSERT_TRUE(decode_batch_record(record, batch.size_bytes(), found).ok());
    ASSERT_EQ(text(found), text(batch));
    found.clear();
    const Status status = decode_batch_record(record, batch.size_bytes() - 1, found);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kResourceExhausted);
  }
}

// The example of docs/formats/batch-record.md.
TEST(BatchRecord, WritesTheDocumentedBytesOfExemplars) {
  Batch batch;
  batch.begin_series(Labels::of({{"a", "b"}}).view().bytes());
  batch.add_exemplar({Labels::of({{"id", "x1"}}), 0.5, 1'000});
  batch.add_exemplar({Labels::of({{"id", "y2"}}), 3, 2'000});
  EXPECT_EQ(encode(batch), tests::from_hex("0300"
                                           "020108000002"
                                           "01610162"
                                           "0001000101000002"
                                           "0000"
                                           "01026964"
                                           "d00f290100027831"
                                           "d00f180100027932"));
}

TEST(BatchRecord, RefusesExemplarsCutShortAtEveryByte) {
  Batch batch;
  batch.begin_series(Labels::of({{"a", "b"}}).view().bytes());
  batch.add_exemplar({Labels::of({{"trace_id", "4bf92f"}}), 0.25, 1'000});
  const std::string record = encode(batch);
  for (size_t size = 0; size < record.size(); ++size) {
    Batch found;
    const Status status = decode_batch_record(std::string_view(record).substr(0, size), 1'000'000, found);
    ASSERT_FALSE(status.ok()) << size;
    EXPECT_EQ(status.error().code, Code::kCorruption);
    EXPECT_TRUE(found.empty());
  }
}

TEST(BatchRecord, BoundsWhatHistogramsTakeInTheBatch) {
  const Batch batch = with_histograms(2);
  const std::string record = encode(batch);
  Batch found;
  EXPECT_TRUE(decode_batch_record(record, batch.size_bytes(), found).ok());
  found.clear();
  const Status status = decode_batch_record(record, batch.size_bytes() - 1, found);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
  EXPECT_TRUE(found.empty());
}

TEST(BatchRecord, RefusesHistogramsCutShortAtEveryByte) {
  Batch batch;
  batch.begin_series(Labels::of({{"a", "b"}}).view().bytes());
  Histogram histogram;
  histogram.layout.positive_spans = {{1, 2}};
  histogram.positive_buckets = {3, 5};
  batch.add_histogram(1'000, histogram);
  const std::string record = encode(batch);
  for (size_t size = 0; size < record.size(); ++size) {
    Batch found;
    const Status status = decode_batch_record(std::string_view(record).substr(0, size), 1'000'000, found);
    ASSERT_FALSE(status.ok()) << size;
    EXPECT_EQ(status.error().code, Code::kCorruption);
    EXPECT_TRUE(found.empty());
  }
}

}  // namespace
}  // namespace weir::wire
