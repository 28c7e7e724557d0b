#include "aggregation/definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/metric_template.h"

namespace weir::aggregation {
namespace {

using testing::HasSubstr;

constexpr Output distinct(const char* label) {
  return {.kind = OutputKind::kDistinct, .label = label};
}
constexpr Output quantile(double value) {
  return {.kind = OutputKind::kQuantile, .label = {}, .quantile = value};
}

TEST(Definition, NamesItsOutputs) {
  EXPECT_EQ(output_text({.kind = OutputKind::kSum}), "sum");
  EXPECT_EQ(output_word({.kind = OutputKind::kStddev}), "stddev");
  EXPECT_EQ(output_text(distinct("")), "distinct");
  EXPECT_EQ(output_word(distinct("")), "distinct");
  EXPECT_EQ(output_text(distinct("user")), "distinct(user)");
  EXPECT_EQ(output_word(distinct("user")), "distinct_user");
  EXPECT_EQ(output_text(distinct("a \"b")), R"(distinct("a \"b"))");
  EXPECT_EQ(output_word(distinct("a b")), "distinct_a b");
  EXPECT_EQ(output_text(quantile(0.99)), "quantile(0.99)");
  EXPECT_EQ(output_text(quantile(1)), "quantile(1)");
  EXPECT_EQ(output_text(quantile(0.00001)), "quantile(0.00001)");
  EXPECT_EQ(output_word(quantile(0.99)), "quantile");
}

TEST(Definition, NamesItsWindow) {
  EXPECT_EQ(window_word(Tumbling{90'000}), "1m30s");
  EXPECT_EQ(window_word(Hopping{300'000, 30'000}), "5m_30s");
  EXPECT_EQ(window_word(Session{30'000, 3'600'000}), "session_30s");
}

TEST(Definition, KnowsHowFarWindowsReachAndWhenTheyEnd) {
  EXPECT_EQ(window_length_ms(Tumbling{60'000}), 60'000);
  EXPECT_EQ(window_step_ms(Tumbling{60'000}), 60'000);
  EXPECT_EQ(window_length_ms(Hopping{300'000, 30'000}), 300'000);
  EXPECT_EQ(window_step_ms(Hopping{300'000, 30'000}), 30'000);
  EXPECT_EQ(window_length_ms(Session{30'000, 3'600'000}), 3'600'000);
  EXPECT_EQ(window_step_ms(Session{30'000, 3'600'000}), 30'000);
}

TEST(Definition, NamesTheMetricsOfItsOutputs) {
  Definition definition;
  definition.window = Hopping{300'000, 60'000};
  EXPECT_EQ(output_metric(definition, "requests", {.kind = OutputKind::kSum}), "requests:5m_1m_sum");
  EXPECT_EQ(output_metric(definition, "{output}", quantile(0.5)), "{output}:5m_1m_quantile");
  EXPECT_TRUE(keeps_metric(definition));
  definition.metric = "users";
  EXPECT_EQ(output_metric(definition, "requests", distinct("user")), "users");
  EXPECT_FALSE(keeps_metric(definition));
}

TEST(Definition, HasANameOfPlainCharacters) {
  for (const char* name : {"a", "Web.requests_1-b", "-", "007"})
    EXPECT_TRUE(is_definition_name(name)) << name;
  for (const char* name : {"", "a b", "a/b", "ä", "a:b"}) EXPECT_FALSE(is_definition_name(name)) << name;
  EXPECT_TRUE(is_definition_name(std::string(100, 'n')));
  EXPECT_FALSE(is_definition_name(std::string(101, 'n')));
}

TEST(MetricTemplate, SaysWhatIsWrongAndWhere) {
  EXPECT_FALSE(template_fault("{metric}:{window}_{output}"));
  EXPECT_FALSE(template_fault("plain"));
  const auto expect = [](std::string_view text, size_t offset, const char* message) {
    const auto fault = template_fault(text);
    ASSERT_TRUE(fault) << text;
    EXPECT_EQ(fault->offset, offset) << text;
    EXPECT_THAT(fault->message, HasSubstr(message)) << text;
  };
  expect("a{metrik}", 1, "unknown placeholder \"{metrik}\"; did you mean \"metric\"?");
  expect("{}", 0, "unknown placeholder \"{}\"");
  expect("{output}{", 8, "without a \"}\" behind it");
  expect("{{output}}", 0, "without a \"}\" behind it");
  expect("output}", 6, "without a \"{\" before it");
}

TEST(MetricTemplate, LeavesAloneWhatIsNoPlaceholder) {
  const MetricWords words{.metric = "m", .window = "w", .output = "o"};
  EXPECT_EQ(expand_template("{output}-{window}-{metric}-{output}", words), "o-w-m-o");
  EXPECT_EQ(expand_template("{else}{metric", words), "{else}{metric");
  EXPECT_EQ(expand_template("", words), "");
}

}  // namespace
}  // namespace weir::aggregation
