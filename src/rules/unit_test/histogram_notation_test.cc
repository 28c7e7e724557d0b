#include "rules/unit_test/histogram_notation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::rules::unit_test {
namespace {

Result<Histogram> parsed(std::string_view text) {
  NotationCursor cursor(text);
  auto histogram = parse_histogram(cursor);
  if (histogram.ok() && !cursor.at_end()) return cursor.unexpected("the end");
  return histogram;
}

std::string error_of(std::string_view text) {
  const auto histogram = parsed(text);
  return histogram.ok() ? "none" : histogram.error().message;
}

// Read and written again.
std::string again(std::string_view text) {
  const auto histogram = parsed(text);
  return histogram.ok() ? histogram_notation(*histogram) : histogram.error().message;
}

TEST(HistogramNotation, ReadsAllFields) {
  const auto histogram = parsed(
      "{{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 "
      "n_buckets:[4.1 5] "
      "n_offset:5 counter_reset_hint:gauge}}");
  ASSERT_TRUE(histogram.ok()) << histogram.error().message;
  EXPECT_EQ(histogram->layout.schema, 1);
  EXPECT_EQ(histogram->sum, -0.3);
  EXPECT_EQ(histogram->count, 3.1);
  EXPECT_EQ(histogram->zero_count, 7.1);
  EXPECT_EQ(histogram->layout.zero_threshold, 0.05);
  EXPECT_THAT(histogram->positive_buckets, testing::ElementsAre(5.1, 10, 7));
  EXPECT_THAT(histogram->layout.positive_spans, testing::ElementsAre(HistogramSpan{-3, 3}));
  EXPECT_THAT(histogram->negative_buckets, testing::ElementsAre(4.1, 5));
  EXPECT_THAT(histogram->layout.negative_spans, testing::ElementsAre(HistogramSpan{5, 2}));
  EXPECT_EQ(histogram->reset_hint, CounterResetHint::kGauge);
}

TEST(HistogramNotation, WritesThemInOneForm) {
  EXPECT_EQ(again("{{}}"), "{{}}");
  EXPECT_EQ(again("{{ }}"), "{{}}");
  EXPECT_EQ(again("{{schema:0 sum:0 count:0 buckets:[0 0]}}"), "{{}}");
  EXPECT_EQ(again("{{buckets:[0 1 0 2 0] offset:-1 SUM:1000000 count:3 }}"),
            "{{count:3 sum:1e+06 buckets:[1 0 2]}}");
  EXPECT_EQ(again("{{n_offset:2 n_buckets:[1 ] counter_reset_hint:Not_Reset z_bucket:1 z_bucket_w:0.5}}"),
            "{{z_bucket:1 z_bucket_w:0.5 counter_reset_hint:not_reset n_offset:2 n_buckets:[1]}}");
  EXPECT_EQ(again("{{schema:-53 custom_values:[1 2.5] buckets:[1 NaN Inf] counter_reset_hint:unknown}}"),
            "{{schema:-53 custom_values:[1 2.5] buckets:[1 NaN +Inf]}}");
}

TEST(HistogramNotation, FillsGapsThatAreNotTooLong) {
  Histogram histogram;
  histogram.layout.positive_spans = {{1, 1}, {2, 1}, {2'000'000'000, 1}};
  histogram.positive_buckets = {1, 2, 3};
  EXPECT_EQ(histogram_notation(histogram), "{{offset:1 buckets:[1 0 0 2] offset:2000000005 buckets:[3]}}");
  histogram.layout.positive_spans = {{2'147'483'647, 3}};
  EXPECT_EQ(histogram_notation(histogram), "{{offset:2147483647 buckets:[1 2 3]}}");
}

TEST(HistogramNotation, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("{sum:1}"), "1:1: expected \"{{\", found '{'");
  EXPECT_EQ(error_of("{{ sum:1}}"),
            "1:4: expected \"}}\", as no blank may stand before the first field, found 's'");
  EXPECT_EQ(error_of("{{sum:1 sum:2}}"), "1:9: the field \"sum\" is there twice");
  EXPECT_EQ(error_of("{{sums:1}}"), "1:3: a histogram has no field \"sums\"");
  EXPECT_EQ(error_of("{{sum}}"), "1:6: expected \":\" behind \"sum\", found '}'");
  EXPECT_EQ(error_of("{{sum:+1}}"), "1:7: expected a number, found '+'");
  EXPECT_EQ(error_of("{{sum:.5}}"), "1:7: expected a digit, found '.'");
  EXPECT_EQ(error_of("{{buckets:[]}}"), "1:12: expected a number, found ']'");
  EXPECT_EQ(error_of("{{buckets:[1,2]}}"), "1:13: expected a blank or \"]\", found ','");
  EXPECT_EQ(error_of("{{buckets:[1"), "1:13: expected a blank or \"]\", found end of input");
  EXPECT_EQ(error_of("{{schema:1.5}}"), "1:11: expected a blank or \"}}\", found '.'");
  EXPECT_EQ(error_of("{{offset:2147483648}}"), "1:10: 2147483648 does not fit 32 bits");
  EXPECT_EQ(error_of("{{z_bucket_w:-1}}"), "1:14: expected a number, found '-'");
  EXPECT_EQ(error_of("{{counter_reset_hint:no}}"),
            "1:22: counter_reset_hint is unknown, reset, not_reset or gauge");
  EXPECT_EQ(error_of("{{sum:1"), "1:8: expected a blank or \"}}\", found end of input");
  EXPECT_EQ(error_of("{{sum:1 "),
            "1:9: expected a field such as buckets:[5 10 7], or \"}}\", found end of input");
}

}  // namespace
}  // namespace weir::rules::unit_test
