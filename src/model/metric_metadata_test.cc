#include "model/metric_metadata.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace weir {
namespace {

TEST(MetricMetadata, NamesEveryTypeAsPrometheusDoes) {
  for (size_t i = 0; i < kMetricTypeCount; ++i) {
    const auto type = static_cast<MetricType>(i);
    EXPECT_EQ(metric_type_named(metric_type_name(type)), type);
  }
  EXPECT_EQ(metric_type_name(MetricType::kUnknown), "unknown");
  EXPECT_EQ(metric_type_name(MetricType::kGaugeHistogram), "gaugehistogram");
  EXPECT_EQ(metric_type_name(MetricType::kStateset), "stateset");
  EXPECT_EQ(metric_type_named("untyped"), std::nullopt);
  EXPECT_EQ(metric_type_named(""), std::nullopt);
}

TEST(MetricMetadata, FindsTheFamilyOfASeries) {
  using enum MetricType;
  for (const char* suffix : {"_bucket", "_sum", "_count"})
    EXPECT_EQ(family_of(kHistogram, std::string("a_b") + suffix), "a_b") << suffix;
  for (const char* suffix : {"_gsum", "_gcount"})
    EXPECT_EQ(family_of(kGaugeHistogram, std::string("a_b") + suffix), "a_b") << suffix;
  EXPECT_EQ(family_of(kSummary, "a_sum"), "a");
  EXPECT_EQ(family_of(kSummary, "a_bucket"), "a_bucket");
  EXPECT_EQ(family_of(kGauge, "a_count"), "a_count");
  EXPECT_EQ(family_of(kCounter, "a_total"), "a_total");
  EXPECT_EQ(family_of(kInfo, "a_info"), "a_info");
  for (const char* name : {"", "a", "_sum", "a_"}) EXPECT_EQ(family_of(kHistogram, name), name);
}

TEST(MetricMetadata, CutsHelpAtACharacter) {
  const std::string fits(kHelpBytesMax, 'a');
  EXPECT_EQ(cut_help(fits), fits);
  EXPECT_EQ(cut_help(fits + "b"), fits);
  for (size_t ascii = 0; ascii < 4; ++ascii) {
    std::string text(ascii, 'a');
    while (text.size() <= kHelpBytesMax) text += "\U0001F30A";
    const std::string_view cut = cut_help(text);
    EXPECT_TRUE(is_utf8(cut)) << ascii;
    EXPECT_LE(cut.size(), kHelpBytesMax);
    EXPECT_GT(cut.size() + 4, kHelpBytesMax) << "no more is cut than must be";
  }
}

TEST(MetricMetadata, GivesEveryFaultACodeOfItsOwn) {
  for (size_t i = 0; i < kMetadataFaultCount; ++i) {
    for (size_t k = 0; k < i; ++k)
      EXPECT_NE(fault_code(static_cast<MetadataFault>(i)), fault_code(static_cast<MetadataFault>(k)));
  }
  EXPECT_EQ(fault_code(MetadataFault::kRefused), "refused");
}

}  // namespace
}  // namespace weir
