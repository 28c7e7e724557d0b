#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/remote_write_2_body_test.h"

namespace weir::wire {
namespace {

using namespace remote_write_tests;
using ::testing::ElementsAre;

constexpr int32_t kCounter = 1, kGauge = 2, kHistogram = 3, kGaugeHistogram = 4, kSummary = 5;

std::vector<std::string> shown(const Result<RemoteWriteExtras>& extras) {
  if (!extras.ok()) return {extras.error().message};
  std::vector<std::string> lines;
  for (const MetricMetadata& one : extras->metadata)
    lines.push_back(fmt::format("{} {} {} {}", one.metric, metric_type_name(one.type), one.unit, one.help));
  return lines;
}

uint64_t count(const Result<RemoteWriteExtras>& extras, MetadataFault fault) {
  return extras->invalid_metadata[static_cast<size_t>(fault)];
}

/// With a sample, so that it has the form that senders give it.
Request2& add(Request2& request, const std::string& metric, int32_t type, const std::string& help = "",
              const std::string& unit = "") {
  return request.series({{"__name__", metric}}).sample(1, 1).metadata(type, help, unit);
}

TEST(RemoteWrite2Metadata, IsThatOfTheFamily) {
  Request2 request;
  add(request, "a_total", kCounter, "Counts a.");
  add(request, "b_bucket", kHistogram, "Sees b.", "seconds");
  add(request, "c_count", kSummary, "Sums c up.");
  add(request, "d_gsum", kGaugeHistogram, "Sees d.");
  add(request, "e_count", kGauge, "Counts nothing.");
  add(request, "f", 99, "Of a later type.");
  add(request, "_sum", kSummary, "Has nothing else in its name.");
  Batch batch;
  const auto extras = request.read(batch);
  EXPECT_THAT(shown(extras), ElementsAre("a_total counter  Counts a.", "b histogram seconds Sees b.",
                                         "c summary  Sums c up.", "d gaugehistogram  Sees d.",
                                         "e_count gauge  Counts nothing.", "f unknown  Of a later type.",
                                         "_sum summary  Has nothing else in its name."));
  EXPECT_EQ(extras->invalid_metadata, MetadataFaults{});
  EXPECT_EQ(batch.sample_count(), 7u);
}

TEST(RemoteWrite2Metadata, OfNativeHistogramsIsThatOfTheirName) {
  Request2 request;
  Histogram histogram;
  request.series({{"__name__", "a_count"}}).histogram(1, histogram).metadata(kHistogram, "Sees a.");
  Batch batch;
  EXPECT_THAT(shown(request.read(batch)), ElementsAre("a_count histogram  Sees a."));
}

TEST(RemoteWrite2Metadata, IsReadWhateverItsSeriesHas) {
  Request2 request;
  request.series({{"__name__", "alone"}}).metadata(kGauge, "1");
  request.series({{"b", "x"}, {"__name__", "unsorted"}}).sample(1, 1).metadata(kGauge, "2");
  request.series({{"__name__", "parted"}}).metadata(kGauge, "3").sample(1, 1).raw_metadata(kCounter, 0, 0);
  request.series({{"__name__", "long"}}).metadata(kGauge, std::string(2'000, 'h'));
  Batch batch;
  EXPECT_THAT(shown(request.read(batch)),
              ElementsAre("alone gauge  1", "unsorted gauge  2", "parted counter  3",
                          "long gauge  " + std::string(kHelpBytesMax, 'h')));
}

TEST(RemoteWrite2Metadata, IsPassedOverWhereItSaysNothingOrTheSame) {
  Request2 request;
  for (const char* name : {"a_bucket", "b", "a_bucket", "a_sum", "a_count"})
    add(request, name, name[0] == 'a' ? kHistogram : kGauge, fmt::format("Help of {}.", name[0]));
  add(request, "silent", 0);
  request.series({{"__name__", "none"}}).sample(1, 1);
  add(request, "b", kCounter, "Help of b.");
  add(request, "b", kCounter, "Help of b.", "bytes");
  add(request, "c", kGauge);
  add(request, "c", kGauge);
  Batch batch;
  EXPECT_THAT(shown(request.read(batch)),
              ElementsAre("a histogram  Help of a.", "b gauge  Help of b.", "b counter  Help of b.",
                          "b counter bytes Help of b.", "c gauge  "));
  EXPECT_EQ(batch.series_count(), 11u);
}

TEST(RemoteWrite2Metadata, IsLeftOutAloneWhenItIsInvalid) {
  Request2 request;
  request.series({{"job", "a"}}).sample(1, 1).metadata(kGauge, "No name.");
  add(request, "b", kGauge, "\xff");
  add(request, "c", kGauge, "", "\xc3");
  add(request, "d", kGauge, "Good.");
  Batch batch;
  const auto extras = request.read(batch);
  EXPECT_THAT(shown(extras), ElementsAre("d gauge  Good."));
  EXPECT_EQ(count(extras, MetadataFault::kMissingMetricName), 1u);
  EXPECT_EQ(count(extras, MetadataFault::kNotUtf8), 2u);
  EXPECT_EQ(batch.sample_count(), 4u);
}

TEST(RemoteWrite2Metadata, IsBoundedInNumber) {
  Request2 request;
  for (size_t i = 0; i < kMetadataPerBodyMax + 2; ++i) add(request, "m", kGauge, fmt::format("{}", i));
  Batch batch;
  const auto extras = request.read(batch);
  ASSERT_TRUE(extras.ok());
  EXPECT_EQ(extras->metadata.size(), kMetadataPerBodyMax);
  EXPECT_EQ(count(extras, MetadataFault::kTooManyInBody), 2u);
}

}  // namespace
}  // namespace weir::wire
