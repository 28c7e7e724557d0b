#include "yaml/scalar_position.h"

#include <gtest/gtest.h>

namespace weir::yaml {
namespace {

// "line:column" of `what` in the value of the only key.
std::string place_of(std::string_view text, std::string_view what) {
  const auto document = parse(text, {.aliases = true}).value();
  const Node& scalar = *document.root->entries.at(0).second;
  return to_text(position_in(text, scalar, what.empty() ? scalar.value.size() : scalar.value.find(what)));
}

TEST(YamlScalarPosition, FollowsEveryStyle) {
  EXPECT_EQ(place_of("expr: sum(up)\n", "up"), "1:11");
  EXPECT_EQ(place_of("expr: sum(\n  up)\n", "up"), "2:3");
  EXPECT_EQ(place_of("expr: |\n  sum(\n    up)\n", "up"), "3:5");
  EXPECT_EQ(place_of("expr: >-\n  sum(\n\n  up)\n", "up"), "4:3");
  EXPECT_EQ(place_of("expr: 'it''s up'\n", "up"), "1:14");
  EXPECT_EQ(place_of("expr: \"a{b=\\\"c\\\"} + up\"\n", "up"), "1:21");
  EXPECT_EQ(place_of("expr: &x |\n  sum(up)\n", "up"), "2:7");
  EXPECT_EQ(place_of("expr: !!str\n  up\n", "up"), "2:3");
}

TEST(YamlScalarPosition, SpaceAndTheEndAreBehindWhatComesBefore) {
  EXPECT_EQ(place_of("expr: |\n  a +\n", ""), "2:6");
  EXPECT_EQ(place_of("expr: a b\n", " "), "1:8");
}

TEST(YamlScalarPosition, IsTheBeginningWhereEscapesHideThePlace) {
  EXPECT_EQ(place_of("expr: \"\\x61 up\"\n", "up"), "1:7");
}

}  // namespace
}  // namespace weir::yaml
