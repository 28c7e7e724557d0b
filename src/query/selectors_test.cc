#include "query/selectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names(std::string_view text) {
  std::vector<std::string> names;
  const std::vector<std::vector<Matcher>> selectors = parse_selectors(text).value();
  for (const std::vector<Matcher>& matchers : selectors) {
    std::string& all = names.emplace_back();
    for (const Matcher& matcher : matchers) all += matcher.name() + "~" + matcher.value() + ";";
  }
  return names;
}

TEST(Selectors, AreFoundWhereverTheyStand) {
  EXPECT_THAT(names("up"), ElementsAre("__name__~up;"));
  EXPECT_THAT(names("sum by (x) (rate(a{job=\"j\"}[5m] offset 1h)) / on(x) -(b)"),
              ElementsAre("job~j;__name__~a;", "__name__~b;"));
  EXPECT_THAT(names("topk(scalar(k), max_over_time(c[1h:5m]))"), ElementsAre("__name__~k;", "__name__~c;"));
  EXPECT_THAT(names("a + a"), ElementsAre("__name__~a;", "__name__~a;"));
  EXPECT_THAT(names("1 + time()"), IsEmpty());
}

TEST(Selectors, FailAsTheParserDoes) {
  const auto selectors = parse_selectors("sum(");
  ASSERT_FALSE(selectors.ok());
  EXPECT_EQ(selectors.error().code, Code::kInvalidArgument);
  EXPECT_THAT(selectors.error().message, HasSubstr("parse error"));
  EXPECT_FALSE(parse_selectors("{a=\"\"}").ok());
}

}  // namespace
}  // namespace weir::query
