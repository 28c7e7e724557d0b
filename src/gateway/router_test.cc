#include "gateway/router.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

using testing::ElementsAre;

void ignore(Services&, Call) {}

Router make_router() {
  return Router({{Surface::kRead, "GET", "/api/v1/query", ignore},
                 {Surface::kRead, "POST", "/api/v1/query", ignore},
                 {Surface::kRead, "GET", "/api/v1/label/*/values", ignore},
                 {Surface::kRead, "GET", "/config/v1/rules/*/*", ignore},
                 {Surface::kConsole, "GET", "/assets/*", ignore}});
}

TEST(Router, FindsByMethodAndPath) {
  const Router router = make_router();
  EXPECT_EQ(router.match("POST", "/api/v1/query").index, 1u);
  EXPECT_THAT(router.match("GET", "/api/v1/label/job/values").path_parameters, ElementsAre("job"));
  EXPECT_THAT(router.match("GET", "/config/v1/rules/a b/c").path_parameters, ElementsAre("a b", "c"));
}

TEST(Router, ServesHeadAsGet) {
  EXPECT_NE(make_router().match("HEAD", "/api/v1/query").route, nullptr);
}

TEST(Router, TakesThePrometheusPrefixForTheApiAlone) {
  EXPECT_NE(make_router().match("GET", "/prometheus/api/v1/query").route, nullptr);
  EXPECT_EQ(make_router().match("GET", "/prometheus/assets/a.js").route, nullptr);
}

TEST(Router, NamesTheMethodsOfAPathThatExists) {
  const RouteMatch match = make_router().match("DELETE", "/api/v1/query");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_TRUE(match.path_exists);
  EXPECT_EQ(match.allowed_methods, "GET, POST");
}

TEST(Router, TakesOneSegmentForAStar) {
  EXPECT_EQ(make_router().match("GET", "/assets/a/b").route, nullptr);
  EXPECT_EQ(make_router().match("GET", "/assets/").route, nullptr);
  EXPECT_EQ(make_router().match("GET", "/api/v1/label//values").route, nullptr);
  EXPECT_EQ(make_router().match("GET", "/api/v1/label/job/values/").route, nullptr);
  EXPECT_EQ(make_router().match("GET", "/config/v1/rules/a").route, nullptr);
}

TEST(AllRoutes, HasNoRouteTwice) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : all_routes({}))
    EXPECT_TRUE(seen.emplace(route.method, route.path).second) << route.path;
}

}  // namespace
}  // namespace weir::gateway
