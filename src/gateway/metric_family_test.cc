#include "gateway/metric_family.h"

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

using enum MetricType;

std::string help_of(const MetricDescriptions& metrics, std::string_view series_name) {
  const MetricDescription* found = find_description(metrics, series_name);
  return found == nullptr ? "none" : found->help;
}

TEST(MetricFamily, OfTheNameItselfComesFirst) {
  const MetricDescriptions metrics = {{"a_sum", {{kGauge, "", "latest"}, {kCounter, "", "before"}}},
                                      {"a", {{kSummary, "", "family"}}}};
  EXPECT_EQ(help_of(metrics, "a_sum"), "latest");
  EXPECT_EQ(help_of(metrics, "a_count"), "family");
  EXPECT_EQ(help_of(metrics, "a"), "family");
  EXPECT_EQ(help_of(metrics, "b"), "none");
  EXPECT_EQ(help_of(metrics, ""), "none");
}

TEST(MetricFamily, HasTheSuffixesOfItsType) {
  const struct {
    const char* suffix;
    std::vector<MetricType> types;
  } cases[] = {{"_total", {kCounter}},
               {"_bucket", {kHistogram, kGaugeHistogram}},
               {"_sum", {kHistogram, kGaugeHistogram, kSummary}},
               {"_count", {kHistogram, kGaugeHistogram, kSummary}},
               {"_gsum", {kGaugeHistogram}},
               {"_gcount", {kGaugeHistogram}},
               {"_info", {kInfo}},
               {"_created", {}}};
  for (const auto& one : cases) {
    for (size_t i = 0; i < kMetricTypeCount; ++i) {
      const auto type = static_cast<MetricType>(i);
      const bool expected = std::ranges::count(one.types, type) > 0;
      const MetricDescriptions metrics = {{"a_b", {{type, "", "found"}}}};
      EXPECT_EQ(help_of(metrics, std::string("a_b") + one.suffix), expected ? "found" : "none")
          << one.suffix << " of a " << metric_type_name(type);
    }
  }
}

TEST(MetricFamily, TakesTheFirstDescriptionThatHasTheSuffix) {
  const MetricDescriptions metrics = {
      {"a", {{kGauge, "", "gauge"}, {kHistogram, "", "histogram"}, {kSummary, "", "summary"}}}};
  EXPECT_EQ(help_of(metrics, "a_count"), "histogram");
  EXPECT_EQ(help_of(metrics, "a_total"), "none");
}

TEST(MetricFamily, HasNoSuffixTwice) {
  const MetricDescriptions metrics = {{"x_total", {{kCounter, "", "counter"}}},
                                      {"y_info", {{kInfo, "", "info"}}}};
  EXPECT_EQ(help_of(metrics, "x_total"), "counter");
  EXPECT_EQ(help_of(metrics, "x_total_total"), "none");
  EXPECT_EQ(help_of(metrics, "y_info_info"), "none");
}

}  // namespace
}  // namespace weir::gateway
