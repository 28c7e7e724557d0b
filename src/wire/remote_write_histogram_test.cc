#include "wire/remote_write_histogram.h"

#include <limits>
#include <protozero/pbf_writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/record_codec_test.h"
#include "wire/remote_write_decode_test.h"

namespace weir::wire {
namespace {

using protozero::pbf_writer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace remote_write_tests;

// One series with these histogram messages.
std::string histogram_series(const std::vector<std::string>& messages) {
  std::string message;
  pbf_writer request(message);
  pbf_writer series(request, 1);
  pbf_writer label(series, 1);
  label.add_string(1, "__name__");
  label.add_string(2, "latency");
  label.commit();
  for (const std::string& histogram : messages) series.add_message(4, histogram);
  series.commit();
  return compress(message);
}

struct IntegerHistogram {
  uint64_t count = 11;
  uint64_t zero_count = 1;
  double sum = 18.4;
  std::vector<int64_t> positive_deltas = {1, 1, -1};  // 1, 2, 1
  std::vector<int64_t> negative_deltas = {6};
  bool packed = true;
};

// As Prometheus writes it.
std::string message_of(const IntegerHistogram& histogram) {
  std::string message;
  pbf_writer out(message);
  out.add_uint64(1, histogram.count);
  out.add_double(3, histogram.sum);
  out.add_sint32(4, 2);
  out.add_double(5, 0.001);
  out.add_uint64(6, histogram.zero_count);
  const auto add_span = [&](uint32_t field, int32_t offset, uint32_t length) {
    pbf_writer span(out, field);
    span.add_sint32(1, offset);
    span.add_uint32(2, length);
  };
  const auto add_deltas = [&](uint32_t field, const std::vector<int64_t>& deltas) {
    if (histogram.packed) return out.add_packed_sint64(field, deltas.begin(), deltas.end());
    for (const int64_t delta : deltas) out.add_sint64(field, delta);
  };
  add_span(8, 4, 1);
  add_deltas(9, histogram.negative_deltas);
  add_span(11, -1, 2);
  add_span(11, 1, 1);
  add_deltas(12, histogram.positive_deltas);
  out.add_enum(14, 2);
  out.add_int64(15, 1'000);
  return message;
}

TEST(RemoteWriteHistograms, ReadsIntegerHistograms) {
  IntegerHistogram unpacked;
  unpacked.packed = false;
  Batch batch;
  const auto extras = decode(histogram_series({message_of({}), message_of(unpacked)}), batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(extras->invalid_histograms, 0u);
  Histogram expected;
  expected.layout = {2, 0.001, {{-1, 2}, {1, 1}}, {{4, 1}}, {}};
  expected.reset_hint = CounterResetHint::kNoReset;
  expected.count = 11;
  expected.sum = 18.4;
  expected.zero_count = 1;
  expected.positive_buckets = {1, 2, 1};
  expected.negative_buckets = {6};
  ASSERT_EQ(batch.series_count(), 1u);
  EXPECT_THAT(batch.histograms(batch.series()[0]), ElementsAre(expected, expected));
  EXPECT_THAT(batch.histogram_times_ms(batch.series()[0]), ElementsAre(1'000, 1'000));
  EXPECT_EQ(batch.sample_count(), 2u);
}

// As Prometheus' ToFloat does.
TEST(RemoteWriteHistograms, RoundsIntegerCountsBeyondDoubles) {
  IntegerHistogram large;
  large.negative_deltas = {(int64_t{1} << 53) + 1};
  large.count = (uint64_t{1} << 53) + 6;
  Batch batch;
  ASSERT_EQ(decode(histogram_series({message_of(large)}), batch)->invalid_histograms, 0u);
  const Histogram& found = batch.histograms(batch.series()[0])[0];
  EXPECT_THAT(found.negative_buckets, ElementsAre(9'007'199'254'740'992.0));
  EXPECT_EQ(found.count, 9'007'199'254'740'998.0);
}

TEST(RemoteWriteHistograms, RefusesInvalidHistogramsOneByOne) {
  const auto changed = [](auto change) {
    IntegerHistogram histogram;
    change(histogram);
    return message_of(histogram);
  };
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  Batch batch;
  const auto extras = decode(
      histogram_series(
          {changed([](auto& h) { h.count = 12; }), changed([](auto& h) { h.positive_deltas[0] = -1; }),
           changed([](auto& h) { h.positive_deltas.pop_back(); }), message_of({}), changed([](auto& h) {
             h.positive_deltas = {kLargest, kLargest, 0};
           }),
           changed([](auto& h) {
             h.positive_deltas = {kLargest, 0, 0};
           }),
           std::string("\x20\x12", 2),
           changed([](auto& h) { h.positive_deltas.resize(kHistogramBucketsMax + 1'000); })}),
      batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(extras->invalid_histograms, 7u);
  std::vector<std::string> messages;
  for (const InvalidHistogram& invalid : extras->invalid) messages.push_back(invalid.message);
  EXPECT_THAT(messages,
              ElementsAre("latency: histogram: 11 observations in the buckets, the count is 12",
                          HasSubstr("positive bucket 0 has a count below 0"), HasSubstr("the count is 11"),
                          HasSubstr("positive bucket 1 has a count below 0 or beyond 2^63"),
                          HasSubstr("more than 2^64 observations"), HasSubstr("schema 9"),
                          HasSubstr("more than 10000 buckets")));
  EXPECT_EQ(batch.histogram_count(), 1u);
}

TEST(RemoteWriteHistograms, CountsObservationsThatAreNaN) {
  IntegerHistogram histogram;
  histogram.sum = std::numeric_limits<double>::quiet_NaN();
  histogram.count = 12;
  IntegerHistogram too_few = histogram;
  too_few.count = 10;
  Batch batch;
  EXPECT_EQ(decode(histogram_series({message_of(histogram), message_of(too_few)}), batch)->invalid_histograms,
            1u);
}

TEST(RemoteWriteHistograms, WritesHistogramsAsItReadsThem) {
  const Batch sent = record_tests::with_histograms(5);
  Batch found;
  ASSERT_EQ(decode(encode_remote_write(sent), found)->invalid_histograms, 0u);
  EXPECT_EQ(record_tests::text(found), record_tests::text(sent));
}

TEST(RemoteWriteHistograms, BodyWithADamagedHistogramMessageIsRefused) {
  Batch batch;
  std::string message = message_of({});
  message.pop_back();
  EXPECT_EQ(decode(histogram_series({message}), batch).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(batch.empty());
}

TEST(RemoteWriteHistograms, BoundsWhatHistogramsTakeInTheBatch) {
  std::string body;
  pbf_writer request(body);
  pbf_writer series(request, 1);
  std::string tiny;  // an empty histogram, of no bytes
  for (int i = 0; i < 10'000; ++i) series.add_message(4, tiny);
  series.commit();
  Batch batch;
  EXPECT_EQ(decode(compress(body), batch, body.size()).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(batch.empty());
}

}  // namespace
}  // namespace weir::wire
