#include "gateway/live_frames.h"

#include <limits>

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

using stream::LiveFrame;
using stream::LiveHistory;

TEST(ParseLiveCommand, ReadsASubscription) {
  const LiveCommand command =
      parse_live_command(R"({"type":"subscribe","id":"a","query":"up","interval_ms":500,"history_ms":60000})")
          .value();
  const auto& subscribe = std::get<LiveSubscribe>(command);
  EXPECT_EQ(subscribe.id, "a");
  EXPECT_EQ(subscribe.query, "up");
  EXPECT_EQ(subscribe.interval.count(), 500);
  EXPECT_EQ(subscribe.history.count(), 60'000);
}

TEST(ParseLiveCommand, HasDefaults) {
  const auto command = parse_live_command(R"({"type":"subscribe","id":"a","query":"up"})").value();
  EXPECT_EQ(std::get<LiveSubscribe>(command).interval.count(), 1'000);
  EXPECT_EQ(std::get<LiveSubscribe>(command).history.count(), 0);
}

TEST(ParseLiveCommand, NamesWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not JSON"},
      {"[1]", "must be a JSON object"},
      {R"({"id":"a"})", "type: is missing"},
      {R"({"type":"subscribe","query":"up"})", "id: is missing"},
      {R"({"type":"subscribe","id":"","query":"up"})", "id: 0 bytes"},
      {R"({"type":"subscribe","id":"a"})", "query: is missing"},
      {R"({"type":"subscribe","id":"a","query":1})", "query: must be text"},
      {R"({"type":"subscribe","id":"a","query":"up","interval_ms":249})", "from 250 to 60000"},
      {R"({"type":"subscribe","id":"a","query":"up","interval_ms":"1s"})", "from 250 to 60000"},
      {R"({"type":"dance","id":"a"})", "neither"},
      {R"([[[[[[[[]]]]]]]])", "not JSON"},
  };
  for (const auto& [text, message] : cases) {
    auto command = parse_live_command(text);
    ASSERT_FALSE(command.ok()) << text;
    EXPECT_NE(command.error().message.find(message), std::string::npos) << command.error().message;
  }
}

TEST(EncodeLiveUpdate, WritesADelta) {
  LiveFrame frame;
  frame.seq = 2;
  frame.at_ms = 1'000;
  frame.new_series = {Labels::of({{kMetricName, "up"}, {"job", "a\"b"}})};
  frame.changed = {0, 2};
  frame.values = {1.5, std::numeric_limits<double>::infinity()};
  frame.gone = {1};
  EXPECT_EQ(
      encode_live_update("x", frame),
      R"({"type":"data","id":"x","seq":2,"t":1000,"new":[{"__name__":"up","job":"a\"b"}],"i":[0,2],"v":[1.5,"+Inf"],"gone":[1]})");
}

TEST(EncodeLiveUpdate, LeavesOutWhatIsEmpty) {
  LiveFrame frame;
  frame.seq = 1;
  EXPECT_EQ(encode_live_update("x", frame), R"({"type":"data","id":"x","seq":1,"t":0})");
}

TEST(EncodeLiveUpdate, WritesHistoryOnItsGrid) {
  LiveHistory history;
  history.start_ms = 1'000;
  history.step_ms = 500;
  history.new_series = {Labels::of({{kMetricName, "up"}})};
  history.points.resize(1);
  history.points[0].push_back(1'500, 1);
  history.points[0].push_back(2'500, 2);
  EXPECT_EQ(
      encode_live_update("x", history),
      R"({"type":"history","id":"x","start_ms":1000,"step_ms":500,"new":[{"__name__":"up"}],"v":[[null,1,null,2]]})");
}

TEST(EncodeLiveError, LeavesOutAnUnknownId) {
  EXPECT_EQ(encode_live_error("", invalid_argument("m")),
            R"({"type":"error","code":"invalid_argument","message":"m"})");
}

}  // namespace
}  // namespace weir::gateway
