#include "notify/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/config.h"

namespace weir::notify {
namespace {

using testing::ElementsAre;

Config config_of(std::string_view text) {
  ReadConfig read = parse_config(text);
  CHECK(read.problems.empty(), read.problems[0].message);
  return std::move(read.config);
}

std::vector<std::string> receivers_of(const Config& config, std::initializer_list<Label> labels) {
  std::vector<std::string> out;
  for (const Route* route : matching_routes(config.root, Labels::of(labels))) out.push_back(route->receiver);
  return out;
}

constexpr std::string_view kTree = R"(
route:
  receiver: root
  routes:
    - matchers: [team=a]
      receiver: a
      routes:
        - matchers: [severity=page]
          receiver: a-page
        - matchers: [severity=~"page|ticket"]
          receiver: a-ticket
    - matchers: [env=prod]
      receiver: log
      continue: true
    - matchers: [team=~".+"]
      receiver: others
receivers: [{name: root}, {name: a}, {name: a-page}, {name: a-ticket}, {name: log}, {name: others}]
)";

TEST(Routes, GoesToTheDeepestThatMatches) {
  const Config config = config_of(kTree);
  EXPECT_THAT(receivers_of(config, {}), ElementsAre("root"));
  EXPECT_THAT(receivers_of(config, {{"team", "a"}}), ElementsAre("a"));
  EXPECT_THAT(receivers_of(config, {{"team", "a"}, {"severity", "page"}}), ElementsAre("a-page"));
  EXPECT_THAT(receivers_of(config, {{"team", "a"}, {"severity", "ticket"}}), ElementsAre("a-ticket"));
  EXPECT_THAT(receivers_of(config, {{"team", "a"}, {"env", "prod"}}), ElementsAre("a"));
}

TEST(Routes, AsksSiblingsAfterContinue) {
  const Config config = config_of(kTree);
  EXPECT_THAT(receivers_of(config, {{"team", "b"}, {"env", "prod"}}), ElementsAre("log", "others"));
  EXPECT_THAT(receivers_of(config, {{"env", "prod"}}), ElementsAre("log"));
}

TEST(Routes, GroupsByTheLabelsThatThereAre) {
  Route route;
  route.key = "{}";
  const Labels labels = Labels::of({{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(route.group_labels(labels), Labels());
  route.group_by = {"b", "c"};
  EXPECT_EQ(route.group_labels(labels), Labels::of({{"b", "2"}}));
  EXPECT_EQ(group_key(route, route.group_labels(labels)), R"({}:{b="2"})");
  route.group_by_all = true;
  EXPECT_EQ(route.group_labels(labels), labels);
}

}  // namespace
}  // namespace weir::notify
