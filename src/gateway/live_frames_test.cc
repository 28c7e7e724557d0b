#include "gateway/live_frames.h"

#include <limits>
#include <tuple>

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
      {R"({"type":"subscribe","id":"a","query":"up","resume":7})", "resume: must be text"},
      {R"({"type":"subscribe","id":"a","query":"up","resume":"7 "})", "resume: must be the token of a frame"},
      {R"({"type":"subscribe","id":"a","query":"up","resume":"-7"})", "resume: must be the token of a frame"},
      {R"({"type":"subscribe","id":"a","query":"up","resume":""})", "resume: must be the token of a frame"},
      {R"({"type":"dance","id":"a"})", "neither"},
      {R"([[[[[[[[]]]]]]]])", "not JSON"},
  };
  for (const auto& [text, message] : cases) {
    auto command = parse_live_command(text);
    ASSERT_FALSE(command.ok()) << text;
    EXPECT_NE(command.error().message.find(message), std::string::npos) << command.error().message;
  }
}

TEST(ParseLiveCommand, ReadsTheTokenOfAFrame) {
  const auto command =
      parse_live_command(R"({"type":"subscribe","id":"a","query":"up","resume":"1700000000000"})").value();
  EXPECT_EQ(std::get<LiveSubscribe>(command).resume_after_ms, 1'700'000'000'000);
}

net::Params params(std::string_view text) {
  net::Params params;
  EXPECT_TRUE(params.parse(text).ok());
  return params;
}

TEST(ParseLiveParameters, ReadsASubscription) {
  const auto subscribe =
      parse_live_parameters(params("query=sum(up)&interval_ms=500&history_ms=60000&resume=7"), "").value();
  EXPECT_EQ(subscribe.query, "sum(up)");
  EXPECT_EQ(subscribe.interval.count(), 500);
  EXPECT_EQ(subscribe.history.count(), 60'000);
  EXPECT_EQ(subscribe.resume_after_ms, 7);
  EXPECT_EQ(parse_live_parameters(params("query=up"), "").value().interval.count(), 1'000);
  EXPECT_EQ(parse_live_parameters(params("query=up"), "").value().resume_after_ms, std::nullopt);
}

TEST(ParseLiveParameters, TakesTheLastEventForTheNewest) {
  EXPECT_EQ(parse_live_parameters(params("query=up&resume=7"), "9").value().resume_after_ms, 9);
}

TEST(ParseLiveParameters, NamesWhatIsWrong) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"", "", "query: is missing"},
      {"query=", "", "query: is missing"},
      {"query=up&interval_ms=249", "", "interval_ms: must be a whole number from 250 to 60000"},
      {"query=up&interval_ms=1s", "", "interval_ms: "},
      {"query=up&interval_ms=99999999999999999999", "", "interval_ms: "},
      {"query=up&history_ms=-1", "", "history_ms: must be a whole number from 0 to 86400000"},
      {"query=up&resume=x", "", "resume: must be the token of a frame"},
      {"query=up&resume=7", "x", "Last-Event-ID: must be the token of a frame"},
  };
  for (const auto& [text, last, message] : cases) {
    const auto subscribe = parse_live_parameters(params(text), last);
    ASSERT_FALSE(subscribe.ok()) << text;
    EXPECT_EQ(subscribe.error().message.find(message), 0u) << subscribe.error().message;
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
      R"({"type":"data","id":"x","seq":2,"t":1000,"token":"1000","new":[{"__name__":"up","job":"a\"b"}],"i":[0,2],"v":[1.5,"+Inf"],"gone":[1]})");
}

TEST(EncodeLiveUpdate, LeavesOutWhatIsEmpty) {
  LiveFrame frame;
  frame.seq = 1;
  EXPECT_EQ(encode_live_update("x", frame), R"({"type":"data","id":"x","seq":1,"t":0,"token":"0"})");
}

TEST(EncodeLiveUpdate, WritesHistoryOnItsGrid) {
  LiveHistory history;
  history.start_ms = 1'000;
  history.end_ms = 2'700;
  history.step_ms = 500;
  history.new_series = {Labels::of({{kMetricName, "up"}})};
  history.points.resize(1);
  history.points[0].push_back(1'500, 1);
  history.points[0].push_back(2'500, 2);
  EXPECT_EQ(
      encode_live_update("x", history),
      R"({"type":"history","id":"x","start_ms":1000,"end_ms":2700,"step_ms":500,"token":"2700","new":[{"__name__":"up"}],"v":[[null,1,null,2]]})");
}

TEST(EncodeLiveUpdate, SaysWhatIsNotWhole) {
  LiveFrame frame;
  frame.seq = 1;
  frame.complete = false;
  EXPECT_EQ(encode_live_update("x", frame),
            R"({"type":"data","id":"x","seq":1,"t":0,"token":"0","complete":false})");
  LiveHistory history;
  history.step_ms = 500;
  history.truncated = true;
  EXPECT_EQ(
      encode_live_update("x", history),
      R"({"type":"history","id":"x","start_ms":0,"end_ms":0,"step_ms":500,"token":"0","truncated":true,"v":[]})");
}

TEST(EncodeLiveEvent, IsTheFrameWithItsTokenAsId) {
  LiveFrame frame;
  frame.seq = 1;
  frame.at_ms = 5'000;
  frame.new_series = {Labels::of({{kMetricName, "up"}, {"job", "a\nid: 6"}})};
  EXPECT_EQ(encode_live_event(frame),
            "event: data\nid: 5000\ndata: "
            R"({"type":"data","seq":1,"t":5000,"token":"5000","new":[{"__name__":"up","job":"a\nid: 6"}]})"
            "\n\n");
  LiveHistory history;
  history.end_ms = 4'000;
  EXPECT_EQ(encode_live_event(history).find("event: history\nid: 4000\ndata: {\"type\":\"history\","), 0u);
  EXPECT_EQ(encode_live_event(invalid_argument("m")),
            "event: error\ndata: {\"type\":\"error\",\"code\":\"invalid_argument\",\"message\":\"m\"}\n\n");
}

TEST(EncodeLiveError, LeavesOutAnUnknownId) {
  EXPECT_EQ(encode_live_error("", invalid_argument("m")),
            R"({"type":"error","code":"invalid_argument","message":"m"})");
}

}  // namespace
}  // namespace weir::gateway
