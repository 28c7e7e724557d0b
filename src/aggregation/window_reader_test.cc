#include "aggregation/window_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/definition_texts_test.h"

namespace weir::aggregation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(WindowReader, ReadsWindows) {
  const auto window = [](const char* text) {
    return good_with(fmt::format("outputs: [sum]\nwindow: {}", text)).window;
  };
  EXPECT_EQ(window("90s"), Window(Tumbling{90'000}));
  EXPECT_EQ(window("{type: tumbling, size: 1d}"), Window(Tumbling{86'400'000}));
  EXPECT_EQ(window("{size: 5m, hop: 30s, type: hopping}"), Window(Hopping{300'000, 30'000}));
  EXPECT_EQ(window("{type: hopping, size: 1d, hop: 1m}"), Window(Hopping{86'400'000, 60'000}));
  EXPECT_EQ(window("{type: session, gap: 30s}"), Window(Session{30'000, 3'600'000}));
  EXPECT_EQ(window("{type: session, gap: 1s, max: 1m}"), Window(Session{1'000, 60'000}));
}

TEST(WindowReader, RefusesWindows) {
  const auto refusal = [](std::string_view text) { return problems_with(fmt::format("window: {}", text)); };
  EXPECT_THAT(refusal("999ms"), ElementsAre("1:9: window: 999ms, allowed are 1s to 1d"));
  EXPECT_THAT(refusal("1d1s"), ElementsAre("1:9: window: 1d1s, allowed are 1s to 1d"));
  EXPECT_THAT(refusal("0"), ElementsAre("1:9: window: 0, allowed are 1s to 1d"));
  EXPECT_THAT(refusal("[1m]"), ElementsAre("1:9: window: expected a duration such as 5m, found a list"));
  EXPECT_THAT(refusal("{size: 1m}"),
              ElementsAre("1:9: window: it needs a \"type\": tumbling, hopping, session"));
  EXPECT_THAT(refusal("{type: hoping, size: 1m}"),
              ElementsAre("1:16: window: unknown type \"hoping\"; did you mean \"hopping\"?; "
                          "allowed are tumbling, hopping, session"));
  EXPECT_THAT(refusal("{type: tumbling, length: 1m}"),
              ElementsAre("1:9: window: it needs \"size\" with a duration such as 1m",
                          HasSubstr("1:26: window: unknown field \"length\"")));
  EXPECT_THAT(refusal("{type: tumbling, size: 1m, hop: 1s}"),
              ElementsAre("1:36: window: a tumbling window has no \"hop\"; it has size"));
  EXPECT_THAT(refusal("{type: hopping, size: 1m}"), ElementsAre(HasSubstr("1:9: window: it needs \"hop\"")));
  EXPECT_THAT(refusal("{type: hopping, size: 1m, hop: 500ms}"),
              ElementsAre("1:40: window hop: 500ms, allowed are 1s to 1d"));
  EXPECT_THAT(refusal("{type: hopping, size: 1m, hop: 7s}"),
              ElementsAre("1:40: window: hop 7s, size 1m; the size has to be a multiple of the hop"));
  EXPECT_THAT(refusal("{type: hopping, size: 1m, hop: 2m}"),
              ElementsAre(HasSubstr("the size has to be a multiple")));
  EXPECT_THAT(refusal("{type: hopping, size: 1441s, hop: 1s}"),
              ElementsAre("1:43: window: hop 1s, size 24m1s: 1441 hops a window, limit 1440"));
  EXPECT_THAT(refusal("{type: session, gap: 1m, max: 1m}"),
              ElementsAre("1:30: window: gap 1m, max 1m; the gap has to be shorter than the max"));
  EXPECT_THAT(refusal("{type: session, size: 1m}"),
              ElementsAre(HasSubstr("1:9: window: it needs \"gap\""),
                          HasSubstr("1:25: window: a session window has no \"size\"")));
}

}  // namespace
}  // namespace weir::aggregation
