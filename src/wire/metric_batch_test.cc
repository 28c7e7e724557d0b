#include "wire/metric_batch.h"

#include <bit>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "os/random.h"
#include "support/prometheus_bodies.h"
#include "support/remote_write_like.h"
#include "wire/histogram_columns.h"
#include "wire/metric_batch_avro_test.h"
#include "wire/metric_batch_histogram.h"
#include "wire/record_codec_test.h"

namespace weir::wire {
namespace {

using ::testing::HasSubstr;
using namespace record_tests;

constexpr size_t kMax = 8u << 20;

uint64_t seed() {
  const uint64_t seed = 1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed));
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

std::string encode(const Batch& batch) {
  std::string out;
  encode_metric_batch(batch, all(batch), out);
  return out;
}

Status decode(std::string_view record, Batch& found) {
  return decode_metric_batch(record, kMax, found);
}

Error error_of(std::string_view record) {
  Batch found;
  const Status status = decode(record, found);
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(found.empty());
  return status.ok() ? Error{} : status.error();
}

void expect_decodes_to(std::string_view record, const Batch& batch) {
  Batch found;
  const Status status = decode(record, found);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(text(found), text(batch));
  EXPECT_EQ(found.size_bytes(), batch.size_bytes());
  for (const Batch::Series& series : found.series()) {
    EXPECT_TRUE(LabelsView::validate(found.labels(series).bytes()).ok());
  }
}

// By our decoder and by Apache's.
void expect_round_trip(const Batch& batch) {
  expect_decodes_to(encode(batch), batch);
  EXPECT_EQ(text(avro_c::AvroLibrary().decode(encode(batch))), text(batch));
}

Batch random_batch(os::Random& random) {
  // Names and values that are prefixes of one another, so that comparing bytes meets every boundary.
  static const std::vector<std::string> kNames = {"a", "aa", "ab", "b", "ba", "c"};
  static const std::vector<std::string> kValues = {"", "x", "xx", "xxx", "y", std::string(40, 'z')};
  Batch batch;
  for (uint64_t series = random.below(12); series > 0; --series) {
    std::vector<Label> labels;
    for (const std::string& name : kNames) {
      if (random.below(3) != 0) labels.push_back({name, kValues[random.below(kValues.size())]});
    }
    batch.begin_series(Labels::from(labels).value().view().bytes());
    for (uint64_t samples = random.below(4); samples > 0; --samples) {
      batch.add_sample(static_cast<TimestampMs>(random.below(100)),
                       random.below(2) == 0 ? random.unit() : std::bit_cast<double>(random.next()));
    }
  }
  return batch;
}

constexpr std::string_view kSymbols = "0a105f5f6e616d655f5f066a6f620475700261026200";
constexpr std::string_view kSeries = "031c080004020600020800040208000200";
constexpr std::string_view kTimestamps = "0306d00f0000";
constexpr std::string_view kValues = "04000000000000f03f000000000000e03f00";

std::string record_of(std::string_view symbols, std::string_view series, std::string_view timestamps,
                      std::string_view values, std::string_view rest = "0000") {
  return ::weir::tests::from_hex(fmt::format("{}{}{}{}{}", symbols, series, timestamps, values, rest));
}

// docs/formats/metric-batch.md explains these bytes one by one.
TEST(MetricBatch, WritesTheDocumentedBytes) {
  EXPECT_EQ(encode(worked_example()), record_of(kSymbols, kSeries, kTimestamps, kValues));
}

TEST(MetricBatch, WritesAnEmptyRecord) {
  EXPECT_EQ(encode(Batch()), std::string(6, '\0'));
  expect_round_trip(Batch());
}

TEST(MetricBatch, RoundTripsRealisticBatches) {
  expect_round_trip(::weir::tests::remote_write_like(2'000));
  expect_round_trip(::weir::tests::remote_write_like(100, 20));
}

TEST(MetricBatch, RoundTripsEveryKindOfValue) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "v"}}).view().bytes());
  using Limits = std::numeric_limits<double>;
  for (const double value :
       {0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
        Limits::signaling_NaN(), stale_marker(), std::bit_cast<double>(~uint64_t{0})}) {
    batch.add_sample(1, value);
  }
  expect_round_trip(batch);
}

TEST(MetricBatch, RoundTripsEveryKindOfTime) {
  expect_round_trip(every_kind_of_time());
}

TEST(MetricBatch, RoundTripsOddLabels) {
  Batch batch = no_labels_and_many();
  for (const size_t size : {31u, 32u, 33u, 63u, 64u, 127u, 128u, 100'000u}) {
    const std::string longer(size, 'x');
    batch.begin_series(Labels::of({{"a", longer}, {longer, "a"}}).view().bytes());
    batch.begin_series(Labels::of({{"a", longer}, {longer, "b"}}).view().bytes());
  }
  batch.begin_series(Labels::of({{"\u00fc", "\u4e16\u754c"}}).view().bytes());
  expect_round_trip(batch);
}

TEST(MetricBatch, RoundTripsRandomBatches) {
  os::Random random(seed());
  avro_c::AvroLibrary library;
  for (int round = 0; round < 2'000; ++round) {
    const Batch batch = random_batch(random);
    expect_decodes_to(encode(batch), batch);
    EXPECT_EQ(text(library.decode(encode(batch))), text(batch));
    expect_decodes_to(library.encode(batch), batch);
    if (HasFailure()) FAIL() << "round " << round << ", seed " << seed();
  }
}

TEST(MetricBatch, ReadsWhatTheLibraryWrites) {
  avro_c::AvroLibrary library;
  for (const Batch& batch : {worked_example(), ::weir::tests::remote_write_like(300, 3)}) {
    expect_decodes_to(library.encode(batch), batch);
  }
}

TEST(MetricBatch, EncodesTheChosenSeriesInTheGivenOrder) {
  const Batch batch = ::weir::tests::remote_write_like(10);
  std::string record = "before";
  encode_metric_batch(batch, std::vector<uint32_t>{7, 2, 7}, record);
  Batch found;
  found.begin_series(Labels::of({{"kept", "1"}}).view().bytes());
  ASSERT_TRUE(decode(std::string_view(record).substr(6), found).ok());
  ASSERT_EQ(found.series_count(), 4u);
  EXPECT_EQ(found.labels(found.series()[1]), batch.labels(batch.series()[7]));
  EXPECT_EQ(found.labels(found.series()[2]), batch.labels(batch.series()[2]));
  EXPECT_EQ(found.labels(found.series()[3]), batch.labels(batch.series()[7]));
}

TEST(MetricBatch, ReadsEveryLayoutOfBlocks) {
  // One item a block, with and without sizes, mixed; a label's name and value in blocks of their own.
  const std::string record = record_of("02105f5f6e616d655f5f0108066a6f620204757003080261026200",
                                       "010e0800040206000202020001020403040208000200", "02d00f01020000",
                                       "02000000000000f03f0110000000000000e03f00");
  expect_decodes_to(record, worked_example());
  EXPECT_EQ(text(avro_c::AvroLibrary().decode(record)), text(worked_example()));
}

TEST(MetricBatch, StaysBelowItsBound) {
  os::Random random(3);
  for (const size_t value_bytes : {1u, 2u, 8u, 62u, 63u, 100u}) {
    for (const size_t samples : {0u, 1u, 50u}) {
      Batch batch;
      size_t bound = 0;
      for (int i = 0; i < 500; ++i) {
        std::vector<std::string> texts(6);
        for (std::string& text : texts) {
          for (size_t b = 0; b < value_bytes; ++b) text.push_back(static_cast<char>(random.next()));
        }
        const Labels labels =
            Labels::of({{"a" + texts[0], texts[1]}, {"b" + texts[2], texts[3]}, {"c" + texts[4], texts[5]}});
        batch.begin_series(labels.view().bytes());
        for (size_t s = 0; s < samples; ++s) {
          batch.add_sample(static_cast<TimestampMs>(random.next()), std::bit_cast<double>(random.next()));
        }
        bound += metric_batch_bound(labels.view().bytes().size(), samples);
      }
      ASSERT_LE(bound, kMetricBatchBytesMax);
      EXPECT_LE(encode(batch).size(), bound);
      EXPECT_LE(batch.size_bytes(), bound);
    }
  }
  Batch one;
  one.begin_series({});
  EXPECT_LE(encode(one).size() + 8, metric_batch_bound(0, 0));
}

TEST(MetricBatch, StaysBelowItsBoundWithAsManySymbolsAsFit) {
  Batch batch;
  size_t bound = 0;
  for (uint32_t i = 0;; ++i) {
    const std::string value(reinterpret_cast<const char*>(&i), 3);
    const Labels labels = Labels::of({{"n", value}, {"v" + value, "n"}});
    bound += metric_batch_bound(labels.view().bytes().size(), 0);
    if (bound > kMetricBatchBytesMax) break;
    batch.begin_series(labels.view().bytes());
  }
  EXPECT_LE(encode(batch).size(), kMetricBatchBytesMax);
  expect_decodes_to(encode(batch), batch);
}

TEST(MetricBatch, BoundsWhatItDecodes) {
  const Batch batch = ::weir::tests::remote_write_like(100, 5);
  Batch found;
  EXPECT_TRUE(decode_metric_batch(encode(batch), batch.size_bytes(), found).ok());
  found.clear();
  const Status status = decode_metric_batch(encode(batch), batch.size_bytes() - 1, found);
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
  EXPECT_TRUE(found.empty());
}

TEST(MetricBatch, RefusesBombs) {
  std::string record;
  ByteWriter writer(record);
  const auto write_symbol = [&](std::string_view text) {
    writer.svarint(static_cast<int64_t>(text.size()));
    writer.raw(text);
  };
  // One long symbol, named by thousands of series of a few bytes each.
  writer.svarint(2);
  write_symbol("n");
  write_symbol(std::string(100'000, 'v'));
  writer.u8(0);
  writer.svarint(50'000);
  for (int i = 0; i < 50'000; ++i) writer.raw(std::string_view("\x04\x00\x02\x00\x00", 5));
  writer.raw(std::string_view("\0\0\0\0\0", 5));
  EXPECT_EQ(error_of(record).code, Code::kResourceExhausted);

  // One series that names it thousands of times.
  record.clear();
  writer.svarint(50'001);
  write_symbol(std::string(100'000, 'v'));
  for (int i = 0; i < 50'000; ++i) write_symbol(fmt::format("{:05}", i));
  writer.u8(0);
  writer.svarint(1);
  writer.svarint(100'000);
  for (int i = 0; i < 50'000; ++i) {
    writer.svarint(i + 1);
    writer.svarint(0);
  }
  writer.raw(std::string_view("\0\0\0\0\0\0\0", 7));
  EXPECT_EQ(error_of(record).code, Code::kResourceExhausted);
}

TEST(MetricBatch, KeepsExemplarsBitForBit) {
  avro_c::AvroLibrary library;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Batch batch = with_exemplars(seed);
    const std::string record = encode(batch);
    Batch found;
    ASSERT_TRUE(decode_metric_batch(record, batch.size_bytes(), found).ok());
    ASSERT_EQ(text(found), text(batch));
    found.clear();
    ASSERT_TRUE(decode_metric_batch(library.encode(batch), batch.size_bytes(), found).ok());
    ASSERT_EQ(text(found), text(batch));
    EXPECT_EQ(text(library.decode(record)), text(batch));
    found.clear();
    EXPECT_EQ(decode_metric_batch(record, batch.size_bytes() - 1, found).error().code,
              Code::kResourceExhausted);
    EXPECT_TRUE(found.empty());
  }
}

TEST(MetricBatch, RefusesExemplarsOfNoSeriesAndInvalidOnes) {
  // One exemplar of value 1, at time 0, beside no histograms.
  const auto error = [](std::string_view series_index, std::string_view refs) {
    const std::string rest = fmt::format("0002{}{}00000000000000f03f00", series_index, refs);
    return error_of(record_of(kSymbols, kSeries, kTimestamps, kValues, rest));
  };
  EXPECT_THAT(error("0a", "00").message, HasSubstr("of no series, or out of order"));
  EXPECT_THAT(error("00", "020000").message, HasSubstr("a name without a value"));
  EXPECT_THAT(error("00", "04006400").message, HasSubstr("no such symbol"));
  EXPECT_THAT(error("00", "080002000200").message, HasSubstr("names not ascending"));
  // The same label a hundred times.
  std::string refs = "9003";
  for (int i = 0; i < 100; ++i) refs += "0002";
  EXPECT_THAT(error("00", refs + "00").message, HasSubstr("too long labels"));
}

TEST(MetricBatch, NamesTheDamagedByte) {
  EXPECT_THAT(error_of(::weir::tests::from_hex("0200000000000000")).message,
              HasSubstr("bad symbol at byte 1"));
  EXPECT_THAT(error_of(::weir::tests::from_hex("027e61")).message, HasSubstr("bad symbol at byte 1"));
  EXPECT_THAT(error_of(::weir::tests::from_hex("0202610000ff")).message, HasSubstr("byte"));
}

TEST(MetricBatch, RefusesWhatDoesNotFitTogether) {
  const auto message = [](std::string_view series, std::string_view timestamps = kTimestamps,
                          std::string_view values = kValues) {
    const Error error = error_of(record_of(kSymbols, series, timestamps, values));
    EXPECT_EQ(error.code, Code::kCorruption) << error.message;
    return error.message;
  };
  // kSeries is 03 1c, 08 00 04 02 06 00 02, 08 00 04 02 08 00 02, 00.
  EXPECT_THAT(message("031c080204000400020800040208000200"), HasSubstr("do not ascend"));
  EXPECT_THAT(message("031c080004000600020800040208000200"), HasSubstr("do not ascend"));
  EXPECT_THAT(message("031c080004020600020800040008000200"), HasSubstr("do not ascend"));
  EXPECT_THAT(message("031a0600040200020800040208000200"), HasSubstr("without a value"));
  EXPECT_THAT(message("031c08000402060002080004020a000200"), HasSubstr("no such symbol"));
  EXPECT_THAT(message("031c080a04020600020800040208000200"), HasSubstr("no such symbol"));
  EXPECT_THAT(message("031c080104020600020800040208000200"), HasSubstr("no such symbol"));
  EXPECT_THAT(message("031c080004020600060800040208000200"), HasSubstr("more samples than values"));
  EXPECT_THAT(message("031c080004020600010800040208000200"), HasSubstr("more samples than values"));
  EXPECT_THAT(message("031c080004020600000800040208000200"), HasSubstr("left over"));
  EXPECT_THAT(message(kSeries, "0104d00f00"), HasSubstr("more samples than timestamps"));
  EXPECT_THAT(message(kSeries, "0508d00f000000"), HasSubstr("left over"));
  EXPECT_THAT(message(kSeries, kTimestamps, "02000000000000f03f00"), HasSubstr("more samples than values"));
  // Blocks whose size is not that of their items, too long for the record, or absurd.
  EXPECT_THAT(message("031a080004020600020800040208000200"), HasSubstr("byte"));
  EXPECT_THAT(message(kSeries, "0308d00f000000"), HasSubstr("byte"));
  EXPECT_THAT(message(kSeries, "03ff7fd00f0000"), HasSubstr("cut short"));
  EXPECT_THAT(message(kSeries, "ffffffffffffffffff0106d00f0000"), HasSubstr("byte"));
  EXPECT_THAT(message(kSeries, kTimestamps, "feffffffffffffffff01000000000000f03f00"),
              HasSubstr("cut short"));
  EXPECT_THAT(message("feffffffffffffffff0100"), HasSubstr("byte"));
}

TEST(MetricBatch, KeepsHistogramsBitForBit) {
  const uint64_t first = seed();
  for (uint64_t round = 0; round < 50; ++round) {
    const Batch batch = with_histograms(first + round);
    expect_round_trip(batch);
    expect_decodes_to(avro_c::AvroLibrary().encode(batch), batch);
    size_t bound = 0;
    for (const Batch::Series& series : batch.series()) {
      size_t histogram_bytes = 0;
      for (const Histogram& histogram : batch.histograms(series))
        histogram_bytes += histogram_bound(histogram);
      bound += metric_batch_bound(series.labels_size, series.sample_count, histogram_bytes);
    }
    EXPECT_LE(encode(batch).size(), bound);
    EXPECT_LE(batch.size_bytes(), bound);
  }
}

TEST(MetricBatch, NumbersSeriesOfHistogramsByTheirPlaceInTheRecord) {
  const Batch batch = with_histograms(9);
  const std::vector<uint32_t> some = {2, 7, 19};
  std::string record;
  encode_metric_batch(batch, some, record);
  Batch found;
  ASSERT_TRUE(decode(record, found).ok());
  ASSERT_EQ(found.series_count(), 3u);
  for (size_t i = 0; i < some.size(); ++i) {
    EXPECT_TRUE(
        std::ranges::equal(found.histograms(found.series()[i]), batch.histograms(batch.series()[some[i]])));
  }
}

TEST(MetricBatch, RefusesHistogramsOfNoSeriesAndInvalidOnes) {
  const auto message = [](uint32_t first, uint32_t second, const Histogram& histogram) {
    std::string items;
    ByteWriter out(items);
    append_avro_histogram(first, 1, histogram, out);
    append_avro_histogram(second, 1, histogram, out);
    std::string record = encode(worked_example());
    record.resize(record.size() - 2);
    record += '\x04' + items + std::string("\0\0", 2);
    Batch found;
    const Status status = decode(record, found);
    return status.ok() ? std::string() : status.error().message;
  };
  EXPECT_EQ(message(0, 1, {}), "");
  EXPECT_THAT(message(1, 2, {}), HasSubstr("a histogram of no series, or out of order"));
  EXPECT_THAT(message(1, 0, {}), HasSubstr("a histogram of no series, or out of order"));
  Histogram histogram;
  histogram.layout.schema = 9;
  EXPECT_THAT(message(0, 1, histogram), HasSubstr("schema 9"));
  histogram = {};
  histogram.reset_hint = static_cast<CounterResetHint>(4);
  EXPECT_THAT(message(0, 1, histogram), HasSubstr("counter reset"));
  histogram = {};
  histogram.positive_buckets = {1};
  EXPECT_THAT(message(0, 1, histogram), HasSubstr("1 positive buckets, spans name 0"));
  histogram.positive_buckets.resize(kHistogramBucketsMax + 1);
  EXPECT_THAT(message(0, 1, histogram), HasSubstr("too large"));
}

TEST(MetricBatch, RefusesTruncationAtEveryByte) {
  for (const Batch& batch : {worked_example(), with_histograms(4), ::weir::tests::remote_write_like(60)}) {
    for (const std::string& record : {encode(batch), avro_c::AvroLibrary().encode(batch)}) {
      for (size_t size = 0; size < record.size(); ++size) {
        EXPECT_EQ(error_of(std::string_view(record).substr(0, size)).code, Code::kCorruption) << size;
      }
      EXPECT_THAT(error_of(record + '\0').message, HasSubstr("left over"));
    }
  }
}

TEST(MetricBatch, SurvivesRandomDamage) {
  os::Random random(seed());
  Batch batch;
  for (int i = 0; i < 8; ++i) {
    const std::string job(static_cast<size_t>(i % 3 + 1), 'j');
    batch.begin_series(Labels::of({{"__name__", "up"}, {i % 2 == 0 ? "job" : "jobs", job}}).view().bytes());
    batch.add_sample(1'000 + i, i * 0.5);
    if (i % 3 == 0) batch.add_histogram(i, ::weir::tests::GrowingHistogram(5).next());
  }
  const std::string record = encode(batch);
  size_t refused = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string damaged = record;
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    }
    Batch found;
    if (!decode_metric_batch(damaged, 100'000, found).ok()) {
      ++refused;
      ASSERT_TRUE(found.empty());
      continue;
    }
    ASSERT_LE(found.size_bytes(), 100'000u);
    for (const Batch::Series& series : found.series()) {
      ASSERT_TRUE(LabelsView::validate(found.labels(series).bytes()).ok());
      for (const Histogram& histogram : found.histograms(series)) ASSERT_TRUE(validate(histogram).ok());
    }
  }
  EXPECT_GT(refused, 1'000u) << "seed " << seed();
}

}  // namespace
}  // namespace weir::wire
