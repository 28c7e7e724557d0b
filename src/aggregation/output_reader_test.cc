#include "aggregation/output_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/definition_texts_test.h"

namespace weir::aggregation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(OutputReader, ReadsOutputs) {
  const auto texts = [](std::string_view outputs) {
    std::vector<std::string> out;
    for (const Output& output : good_with(fmt::format("window: 1m\noutputs: {}", outputs)).outputs)
      out.push_back(output_text(output));
    return out;
  };
  EXPECT_THAT(texts("[count, sum, min, max, avg, first, last, increase, rate, stddev, series, distinct]"),
              ElementsAre("count", "sum", "min", "max", "avg", "first", "last", "increase", "rate", "stddev",
                          "series", "distinct"));
  EXPECT_THAT(texts("[quantile(0.5, 0.99), sum]"), ElementsAre("quantile(0.5)", "quantile(0.99)", "sum"));
  EXPECT_THAT(texts("\n- quantile( 0 ,1,1e-3 )\n- ' sum '"),
              ElementsAre("quantile(0)", "quantile(1)", "quantile(0.001)", "sum"));
  EXPECT_THAT(texts("[quantile(-0)]"), ElementsAre("quantile(0)"));
  EXPECT_THAT(texts("[distinct(a.b), 'distinct(\"c,d\")', \"distinct('e')\", distinct]"),
              ElementsAre("distinct(\"a.b\")", "distinct(\"c,d\")", "distinct(e)", "distinct"));
}

TEST(OutputReader, RefusesOutputs) {
  const auto refusal = [](std::string_view text, const DefinitionLimits& limits = {}) {
    return problems_with(fmt::format("outputs: {}", text), limits);
  };
  EXPECT_THAT(refusal("sum"), ElementsAre("1:10: outputs: expected a list, found text"));
  EXPECT_THAT(refusal("[]"), ElementsAre("1:10: outputs: there is none in it"));
  EXPECT_THAT(
      refusal("[sums]"),
      ElementsAre(HasSubstr(
          "1:11: outputs: unknown output \"sums\"; did you mean \"sum\"?; allowed are count, sum, min")));
  EXPECT_THAT(refusal("[sum, sum]"), ElementsAre("1:16: outputs: \"sum\" is there twice"));
  EXPECT_THAT(refusal("[quantile(0.5), 'quantile(0.50, 0.9)']"),
              ElementsAre("1:26: outputs: \"quantile(0.5)\" is there twice"));
  EXPECT_THAT(refusal("[sum(a)]"),
              ElementsAre("1:11: outputs: sum takes nothing in parentheses; distinct and quantile do"));
  EXPECT_THAT(refusal("[quantile]"),
              ElementsAre(HasSubstr("1:11: outputs: quantile needs a number from 0 to 1")));
  for (const char* number : {"", "1.1", "-0.1", "nan", "inf", "0.5x", "1 2", "50%"})
    EXPECT_THAT(
        refusal(fmt::format("['quantile({})']", number)),
        ElementsAre(fmt::format("1:11: outputs: quantile \"{}\" is not a number from 0 to 1", number)));
  EXPECT_THAT(refusal("[quantile(0.5, 0.9]"),
              ElementsAre("1:11: outputs: \"quantile(0.5, 0.9\" lacks its closing parenthesis"));
  EXPECT_THAT(refusal("[distinct()]"), ElementsAre(HasSubstr("1:11: outputs: distinct() lacks a label")));
  EXPECT_THAT(refusal("['distinct(a, b)']"),
              ElementsAre(HasSubstr("1:11: outputs: \"a, b\" is not one label")));
  EXPECT_THAT(refusal("['distinct(\"a)']"), ElementsAre(HasSubstr("lacks its closing quote")));
  EXPECT_THAT(refusal("['distinct(\"\")']"), ElementsAre(HasSubstr("is not the name of a label")));
  EXPECT_THAT(refusal("['distinct(\"\\xff\")']"), ElementsAre(HasSubstr("is not the name of a label")));
  EXPECT_THAT(refusal("['distinct(abc)']", {.name_bytes_max = 2}),
              ElementsAre("1:11: outputs: a label of 3 bytes, limit 2"));
  EXPECT_THAT(refusal("[sum, min, max]", {.outputs_max = 2}), ElementsAre("1:21: outputs: 3 items, limit 2"));
  EXPECT_THAT(refusal("['quantile(0.1, 0.2, 0.3)']", {.outputs_max = 2}),
              ElementsAre("1:11: outputs: more than 2"));
}

}  // namespace
}  // namespace weir::aggregation
