#include "wire/series_record.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "support/prometheus_bodies.h"
#include "support/remote_write_like.h"
#include "wire/batch_record.h"
#include "wire/record_codec_test.h"
#include "wire/sample_tokens.h"

namespace weir::wire {
namespace {

using ::testing::HasSubstr;
using namespace record_tests;

constexpr size_t kMax = 64u << 20;
const TenantId kTenant = TenantId::from_stored(7);

BatchSlice slice_of(Batch batch) {
  return whole_slice(kTenant, std::make_shared<const Batch>(std::move(batch)));
}

/// A writer and what it has written.
struct Written {
  SeriesRecordEncoder encoder;
  SeriesNumbers numbers{5};
  std::vector<std::string> records;
  std::vector<size_t> definition_bytes;

  void add(const Batch& batch) {
    definition_bytes.push_back(encoder.encode(slice_of(batch), numbers, records.emplace_back()));
  }
};

/// What a record decodes to, or the error.
Result<std::string> read(std::string_view record, SeriesDefinitions& definitions) {
  Batch batch;
  std::vector<uint64_t> hashes;
  RETURN_IF_ERROR(decode_series_record(record, kTenant, kMax, definitions, {batch, hashes}));
  EXPECT_EQ(hashes.size(), batch.series_count());
  for (size_t i = 0; i < hashes.size(); ++i)
    EXPECT_EQ(hashes[i], series_hash(kTenant, batch.labels(batch.series()[i])));
  return text(batch);
}

void expect_round_trip(const Batch& batch) {
  Written written;
  SeriesDefinitions definitions;
  for (int i = 0; i < 4; ++i) {
    written.add(batch);
    EXPECT_EQ(read(written.records.back(), definitions).value(), text(batch));
  }
}

Batch values(const std::vector<double>& list) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "v"}}).view().bytes());
  for (size_t i = 0; i < list.size(); ++i) batch.add_sample(static_cast<TimestampMs>(i), list[i]);
  return batch;
}

// docs/formats/series-record.md explains these bytes one by one.
TEST(SeriesRecord, WritesTheDocumentedBytes) {
  Written written;
  for (int i = 0; i < 3; ++i) written.add(worked_example());
  EXPECT_EQ(written.records[2], tests::from_hex("100005"
                                                "020001"
                                                "01"
                                                "04d00f0000"
                                                "08"
                                                "29"));
}

TEST(SeriesRecord, RoundTripsRealisticBatches) {
  expect_round_trip(tests::remote_write_like(2'000));
  expect_round_trip(tests::remote_write_like(100, 20));
}

TEST(SeriesRecord, RoundTripsHistograms) {
  for (uint64_t seed = 1; seed < 30; ++seed) expect_round_trip(with_histograms(seed));
}

TEST(SeriesRecord, RoundTripsExemplars) {
  for (uint64_t seed = 1; seed < 30; ++seed) expect_round_trip(with_exemplars(seed));
}

class SeriesRecordBounds : public testing::TestWithParam<Batch> {};

TEST_P(SeriesRecordBounds, WhatIsBesideSamplesTakesInTheBatch) {
  const Batch& batch = GetParam();
  Written written;
  written.add(batch);
  const auto decode = [&](size_t bytes_max) {
    SeriesDefinitions definitions;
    Batch found;
    std::vector<uint64_t> hashes;
    const Status status =
        decode_series_record(written.records[0], kTenant, bytes_max, definitions, {found, hashes});
    EXPECT_EQ(found.empty(), !status.ok());
    return status.ok() ? Code::kInternal : status.error().code;
  };
  EXPECT_EQ(decode(batch.size_bytes()), Code::kInternal) << "it fits";
  EXPECT_EQ(decode(batch.size_bytes() - 1), Code::kResourceExhausted);
}

INSTANTIATE_TEST_SUITE_P(SeriesRecord, SeriesRecordBounds,
                         testing::Values(with_histograms(3), with_exemplars(3)));

class SeriesRecordCutShort : public testing::TestWithParam<Batch> {};

TEST_P(SeriesRecordCutShort, IsRefusedAtEveryByte) {
  Written written;
  written.add(GetParam());
  const std::string& record = written.records[0];
  for (size_t size = 0; size < record.size(); ++size) {
    SeriesDefinitions definitions;
    EXPECT_FALSE(read(std::string_view(record).substr(0, size), definitions).ok()) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(SeriesRecord, SeriesRecordCutShort,
                         testing::Values(with_histograms(4), with_exemplars(4)));

TEST(SeriesRecord, RoundTripsEveryKindOfTime) {
  expect_round_trip(every_kind_of_time());
}

TEST(SeriesRecord, RoundTripsEveryKindOfValue) {
  std::vector<double> list = {0.0,
                              -0.0,
                              1,
                              -1,
                              0.1,
                              0.25,
                              -12.34,
                              1e-6,
                              123456.789,
                              0.1 + 0.2,
                              1e15,
                              1e300,
                              stale_marker(),
                              std::nan(""),
                              std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::denorm_min(),
                              9007199254740992.0,
                              9007199254740993.0,
                              -9007199254740992.0,
                              1e19,
                              5e-324};
  os::Random random(11);
  for (int i = 0; i < 100'000; ++i) {
    list.push_back(std::bit_cast<double>(random.next()));
    const auto places = static_cast<int>(random.next() % 9);
    list.push_back(static_cast<double>(static_cast<int64_t>(random.next()) >> (random.next() % 64)) /
                   std::pow(10, places));
  }
  expect_round_trip(values(list));
}

TEST(SeriesRecord, CodesDecimalsShort) {
  const auto bytes = [](double value) {
    std::string out;
    ByteWriter writer(out);
    append_value_token(value, writer);
    return out.size();
  };
  EXPECT_EQ(bytes(0), 1u);
  EXPECT_EQ(bytes(15), 1u);
  EXPECT_EQ(bytes(45.32), 3u);
  EXPECT_EQ(bytes(0.125), 3u);
  EXPECT_EQ(bytes(1'000'000), 4u);
  EXPECT_EQ(bytes(std::sqrt(2)), 9u);
}

TEST(SeriesRecord, RoundTripsSeriesWithoutLabelsOrSamplesAndTwins) {
  Batch batch;
  batch.begin_series("");
  batch.add_sample(1, 1);
  batch.begin_series(Labels::of({{"a", "b"}}).view().bytes());
  batch.begin_series(Labels::of({{"a", "b"}}).view().bytes());
  batch.add_sample(2, 2);
  batch.add_sample(3, 2);
  expect_round_trip(batch);
}

TEST(SeriesRecord, DefinesEachSeriesTwiceAndNoMore) {
  Written written;
  const Batch batch = tests::remote_write_like(500);
  for (int i = 0; i < 4; ++i) written.add(batch);
  EXPECT_GT(written.definition_bytes[0], 500u);
  EXPECT_GT(written.definition_bytes[1], 500u);
  EXPECT_EQ(written.definition_bytes[2], 0u);
  EXPECT_EQ(written.definition_bytes[3], 0u);
}

TEST(SeriesRecord, AnyOneRecordMayBeLost) {
  Written written;
  const Batch a = tests::remote_write_like(50);
  const Batch b = tests::remote_write_like(120);
  for (int i = 0; i < 3; ++i) {
    written.add(a);
    written.add(b);
  }
  for (size_t lost = 0; lost < written.records.size(); ++lost) {
    SeriesDefinitions definitions;
    for (size_t i = 0; i < written.records.size(); ++i) {
      if (i == lost) continue;
      EXPECT_EQ(read(written.records[i], definitions).value(), text(i % 2 == 0 ? a : b)) << lost << " " << i;
    }
  }
}

TEST(SeriesRecord, LearnsDefinitionsAlone) {
  Written written;
  const Batch batch = tests::remote_write_like(50);
  for (int i = 0; i < 3; ++i) written.add(batch);
  SeriesDefinitions definitions;
  ASSERT_TRUE(learn_definitions(written.records[0], kTenant, kMax, definitions).ok());
  EXPECT_EQ(definitions.count(), 50u);
  EXPECT_EQ(read(written.records[2], definitions).value(), text(batch));
}

TEST(SeriesRecord, ANameThatNothingDefinesIsDamage) {
  Written written;
  for (int i = 0; i < 3; ++i) written.add(tests::remote_write_like(50));
  SeriesDefinitions definitions;
  const auto found = read(written.records[2], definitions);
  EXPECT_EQ(found.error().code, Code::kCorruption);
  EXPECT_THAT(found.error().message, HasSubstr("series 0 is defined in no record that is left"));
}

TEST(SeriesRecord, ANumberOfAnotherGroupIsNotTakenForOneOfThis) {
  SeriesRecordEncoder encoder;
  SeriesDefinitions definitions;
  std::string records[3];
  SeriesNumbers before(5);
  encoder.encode(slice_of(tests::remote_write_like(50)), before, records[0]);
  SeriesNumbers after(6);
  for (int i = 0; i < 2; ++i) {
    records[1].clear();
    encoder.encode(slice_of(values({1})), after, records[1]);
  }
  encoder.encode(slice_of(values({2})), after, records[2]);
  ASSERT_TRUE(read(records[0], definitions).ok());
  EXPECT_EQ(read(records[2], definitions).error().code, Code::kCorruption);
  EXPECT_TRUE(read(records[1], definitions).ok());
  EXPECT_EQ(read(records[2], definitions).value(), text(values({2})));
}

TEST(SeriesRecord, OneNumberIsOneSeries) {
  SeriesDefinitions definitions;
  ASSERT_TRUE(definitions.define(0, Labels::of({{"a", "b"}}), 1).ok());
  ASSERT_TRUE(definitions.define(0, Labels::of({{"a", "b"}}), 1).ok());
  EXPECT_EQ(definitions.define(0, Labels::of({{"a", "c"}}), 1).error().code, Code::kCorruption);
  EXPECT_EQ(definitions.define(2u << 20, Labels::of({{"a", "c"}}), 1).error().code, Code::kCorruption);
}

TEST(SeriesRecord, KeepsToTheBound) {
  Written written;
  const Batch batch = tests::remote_write_like(500);
  written.add(batch);
  SeriesDefinitions definitions;
  Batch found;
  std::vector<uint64_t> hashes;
  const Status status =
      decode_series_record(written.records[0], kTenant, batch.size_bytes() - 1, definitions, {found, hashes});
  EXPECT_EQ(status.error().code, Code::kResourceExhausted) << status.error().message;
  EXPECT_TRUE(found.empty());
  EXPECT_TRUE(hashes.empty());
  SeriesDefinitions others;
  EXPECT_TRUE(
      decode_series_record(written.records[0], kTenant, batch.size_bytes(), others, {found, hashes}).ok());
}

TEST(SeriesRecord, SurvivesEveryCutAndFlip) {
  Written written;
  for (int i = 0; i < 3; ++i) written.add(tests::remote_write_like(3, 2));
  for (const std::string& record : written.records) {
    SeriesDefinitions known;
    ASSERT_TRUE(read(written.records[0], known).ok());
    for (size_t size = 0; size < record.size(); ++size) {
      SeriesDefinitions definitions;
      ASSERT_TRUE(read(written.records[0], definitions).ok());
      EXPECT_FALSE(read(std::string_view(record).substr(0, size), definitions).ok()) << size;
    }
    for (size_t bit = 0; bit < 8 * record.size(); ++bit) {
      std::string flipped = record;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      SeriesDefinitions definitions;
      ASSERT_TRUE(read(written.records[0], definitions).ok());
      static_cast<void>(read(flipped, definitions));  // checksums are the journal's; here nothing may crash
    }
  }
}

}  // namespace
}  // namespace weir::wire
