#include "rules/unit_test/series_notation.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/sample.h"
#include "query/literals.h"
#include "rules/unit_test/histogram_notation.h"

namespace weir::rules::unit_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// Each value as text; "error: " and the message alone where the notation is wrong.
std::vector<std::string> values(std::string_view text, uint64_t values_max = 1'000) {
  const auto runs = parse_values(text, values_max);
  if (!runs.ok()) return {"error: " + runs.error().message};
  std::vector<std::string> out;
  for (ValueCursor cursor(*runs); !cursor.done(); cursor.advance()) {
    const auto& value = cursor.value();
    if (!value) {
      out.emplace_back("_");
    } else if (const auto* histogram = std::get_if<HistogramPtr>(&*value)) {
      out.push_back(histogram_notation(**histogram));
    } else {
      const double number = std::get<double>(*value);
      out.push_back(is_stale(number) ? "stale" : query::format_number(number));
    }
  }
  return out;
}

TEST(SeriesNotation, Numbers) {
  EXPECT_THAT(values("1 -2 .5 1e3 +4 1e-1 1_000"), ElementsAre("1", "-2", "0.5", "1000", "4", "0.1", "1000"));
  EXPECT_THAT(values("Inf -inf nan"), ElementsAre("+Inf", "-Inf", "NaN"));
  EXPECT_THAT(values("stale 1"), ElementsAre("stale", "1"));
  EXPECT_THAT(values("010"), ElementsAre("8"));
  EXPECT_THAT(values(" \t1\n 2 \n"), ElementsAre("1", "2"));
  EXPECT_THAT(values(""), IsEmpty());
}

TEST(SeriesNotation, Repetitions) {
  EXPECT_THAT(values("7x2"), ElementsAre("7", "7", "7"));
  EXPECT_THAT(values("0x2 5"), ElementsAre("0", "0", "0", "5"));
  EXPECT_THAT(values("1+2x3"), ElementsAre("1", "3", "5", "7"));
  EXPECT_THAT(values("-1-2x1"), ElementsAre("-1", "-3"));
  EXPECT_THAT(values("1e+2-1e1x1"), ElementsAre("100", "90"));
  EXPECT_THAT(values("5x0"), ElementsAre("5"));
  EXPECT_THAT(values("_ 1 _x2 2 _x0"), ElementsAre("_", "1", "_", "_", "2"));
}

TEST(SeriesNotation, AddsStepByStep) {
  EXPECT_EQ(values("0+0.1x3").back(), "0.30000000000000004");
}

TEST(SeriesNotation, Histograms) {
  EXPECT_THAT(values("{{}} {{ }} {{sum:1}}x1"), ElementsAre("{{}}", "{{}}", "{{sum:1}}", "{{sum:1}}"));
  EXPECT_THAT(
      values("{{count:1 buckets:[1]}}+{{count:2 buckets:[0 2]}}x2"),
      ElementsAre("{{count:1 buckets:[1]}}", "{{count:3 buckets:[1 2]}}", "{{count:5 buckets:[1 4]}}"));
  EXPECT_THAT(values("{{count:5 buckets:[5]}}-{{count:2 buckets:[2]}}x1 7"),
              ElementsAre("{{count:5 buckets:[5]}}", "{{count:3 buckets:[3]}}", "7"));
  EXPECT_THAT(values("{{schema:0 buckets:[5]}}+{{schema:1 buckets:[1 2]}}x1"),
              ElementsAre("{{buckets:[5]}}", "{{buckets:[6 2]}}"));
}

TEST(SeriesNotation, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(values("1 2y"), ElementsAre("error: 1:4: expected a blank behind a value, found 'y'"));
  EXPECT_THAT(values("1\n 1+2"),
              ElementsAre("error: 2:5: expected \"x\" and how often it changes, found end of input"));
  EXPECT_THAT(values("x3"), ElementsAre("error: 1:1: expected a number, found \"x3\""));
  EXPECT_THAT(values("stalex2"), ElementsAre("error: 1:1: expected a number or stale, found \"stalex2\""));
  EXPECT_THAT(values("1x"), ElementsAre("error: 1:3: expected a whole number, found end of input"));
  EXPECT_THAT(values("1x2.5"), ElementsAre("error: 1:4: expected a blank behind a value, found '.'"));
  EXPECT_THAT(values("1,2"), ElementsAre("error: 1:2: expected a blank behind a value, found ','"));
  EXPECT_THAT(values("1..2"), ElementsAre("error: 1:1: error parsing number: \"1..2\": invalid syntax"));
  EXPECT_THAT(values("é"), ElementsAre("error: 1:1: expected a number, found 'é'"));
}

TEST(SeriesNotation, UnderscoresPartDigits) {
  EXPECT_THAT(values("1_0x1_000"), ElementsAre("error: 1:6: expected a blank behind a value, found '_'"));
  for (const std::string_view text : {"1_", "1__0", "1_0.5", "1_e3"})
    EXPECT_THAT(values(text), ElementsAre(testing::HasSubstr("is no number"))) << text;
}

TEST(SeriesNotation, CountsWhatItIsAskedToMake) {
  EXPECT_EQ(values("1x9", 10).size(), 10u);
  EXPECT_THAT(values("1x10", 10), ElementsAre("error: 1:1: more than 10 values"));
  EXPECT_THAT(values("1x4 _x6", 10), ElementsAre("error: 1:5: more than 10 values"));
  EXPECT_THAT(values("_x18446744073709551615"),
              ElementsAre("error: 1:3: 18446744073709551615 values, limit 1000"));
  EXPECT_THAT(values("1x18446744073709551616"), ElementsAre("error: 1:3: 18446744073709551616 is too large"));
}

TEST(SeriesNotation, RefusesHistogramsThatNoStoreTakes) {
  EXPECT_THAT(values("{{buckets:[-1]}}"), ElementsAre(testing::StartsWith("error: 1:1: ")));
  EXPECT_THAT(values("{{schema:9}}"), ElementsAre(testing::StartsWith("error: 1:1: ")));
  EXPECT_THAT(values("{{}}+{{schema:-53 custom_values:[1] buckets:[1]}}x2"),
              ElementsAre("error: 1:6: a histogram of schema 0 cannot be changed by one of -53"));
  EXPECT_THAT(values("{{schema:2}}+{{schema:1}}x2"),
              ElementsAre("error: 1:14: a histogram of schema 2 cannot be changed by one of 1"));
}

TEST(SeriesNotation, Metrics) {
  EXPECT_THAT(*parse_metric("m"), ElementsAre(Pair("__name__", "m")));
  EXPECT_THAT(*parse_metric(R"( a:b{x="1", y='2',} )"),
              ElementsAre(Pair("__name__", "a:b"), Pair("x", "1"), Pair("y", "2")));
  EXPECT_THAT(*parse_metric(R"({"a name", "a label"="é", e=""})"),
              ElementsAre(Pair("__name__", "a name"), Pair("a label", "é"), Pair("e", "")));
  EXPECT_THAT(*parse_metric(R"(m{e=""})"), ElementsAre(Pair("__name__", "m")));
  EXPECT_THAT(*parse_metric("sum{}"), ElementsAre(Pair("__name__", "sum")));
  for (const std::string_view empty : {"", " ", "{}", "{ }"}) EXPECT_THAT(*parse_metric(empty), IsEmpty());
}

TEST(SeriesNotation, RefusesOtherMetrics) {
  EXPECT_THAT(parse_metric("m{a=\"1\"").error().message, testing::HasSubstr("1:8: parse error"));
  EXPECT_THAT(parse_metric("m{a=~\"1\"}").error().message, testing::HasSubstr("have = alone"));
  EXPECT_EQ(parse_metric("m{a=\"1\",a=\"1\"}").error().message, "the label \"a\" is there twice");
  EXPECT_FALSE(parse_metric("m[5m]").ok());
  EXPECT_FALSE(parse_metric("m 1").ok());
}

TEST(SeriesNotation, WritesMetrics) {
  EXPECT_EQ(metric_notation({}), "{}");
  EXPECT_EQ(metric_notation({{"__name__", "a:b"}}), "a:b");
  EXPECT_EQ(metric_notation({{"__name__", "m"}, {"a", "x\"y"}, {"b c", "1"}}), R"(m{a="x\"y", "b c"="1"})");
  EXPECT_EQ(metric_notation({{"__name__", "a name"}}), R"({__name__="a name"})");
}

}  // namespace
}  // namespace weir::rules::unit_test
