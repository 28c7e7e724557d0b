#include "aggregation/input_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/definition_texts_test.h"

namespace weir::aggregation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(InputReader, TakesNothingButPlainSelectors) {
  EXPECT_THAT(problems_with("match: up[5m]"),
              ElementsAre("1:10: match: a selector without a range is wanted; \"window\" says how long"));
  EXPECT_THAT(problems_with("match: 'up{a=\"[\"}[5m] offset 1h'"),
              ElementsAre(HasSubstr("1:18: match: a selector without a range")));
  for (const char* selector : {"up offset 5m", "up @ 5", "up @ end()"})
    EXPECT_THAT(problems_with(fmt::format("match: {}", selector)),
                ElementsAre(HasSubstr("1:8: match: a selector alone")))
        << selector;
  for (const char* text : {"sum(up)", "up + up", "(up)", "-up", "1", "rate(up[5m])", "up[5m:1m]"})
    EXPECT_THAT(problems_with(fmt::format("match:\n- {}", text)),
                ElementsAre(HasSubstr("2:3: match: a selector such as")))
        << text;
  EXPECT_THAT(problems_with("match: '{a=\"\"}'"), ElementsAre(HasSubstr("match: parse error: ")));
  EXPECT_THAT(problems_with("match: |\n  up{\n    a=~\"(\"\n  }"), ElementsAre(HasSubstr("3:")));
  EXPECT_THAT(problems_with("match: []"), ElementsAre("1:8: match: there is no selector in it"));
  EXPECT_THAT(problems_with("match: {a: b}"), ElementsAre("1:8: match: expected a list, found keys"));
  EXPECT_THAT(problems_with("match: ['up{a=\"1\",b=\"2\"}', 'up{b=\"2\", a=\"1\"}']"),
              ElementsAre("1:28: match: up{a=\"1\",b=\"2\"} is there twice"));
  EXPECT_THAT(problems_with("match: [a, b, c]", {.inputs_max = 2}),
              ElementsAre("1:15: match: 3 items, limit 2"));
}

}  // namespace
}  // namespace weir::aggregation
