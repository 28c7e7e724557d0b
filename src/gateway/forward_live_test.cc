#include "gateway/forward.h"
#include "gateway/testing/fleet.h"
#include "net/answer_stream.h"
#include "net/websocket_client.h"

namespace weir::gateway {
namespace {

using std::chrono::milliseconds;
using testing::Backend;
using testing::eventually;
using testing::Front;
using testing::rare_checks;
using testing::reads;

TEST(Forward, TunnelsLiveStreams) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  net::Headers headers;
  headers.add("Origin", fmt::format("http://{}", front.host()));
  auto client = net::WebSocketClient::connect(fmt::format("ws://{}/api/v2/live", front.host()), headers,
                                              milliseconds(20'000));
  ASSERT_TRUE(client.ok()) << client.error().message;
  ASSERT_TRUE(client->send_text("hello").ok());
  EXPECT_EQ(client->receive(milliseconds(20'000)).value().value_or(""), "hello");
  EXPECT_EQ(front.upstreams().status()[0].streams, 1u);
  EXPECT_EQ(front.upstreams().status()[0].in_flight, 0u);
  EXPECT_TRUE(client->close().ok());
  EXPECT_TRUE(eventually([&] { return front.upstreams().status()[0].streams == 0; }));
  headers.set("Origin", "http://evil.example");
  EXPECT_FALSE(net::WebSocketClient::connect(fmt::format("ws://{}/api/v2/live", front.host()), headers,
                                             milliseconds(20'000))
                   .ok());
}

TEST(Forward, ClosesALiveStreamWithItsUpstream) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  auto client = net::WebSocketClient::connect(fmt::format("ws://{}/api/v2/live", front.host()), {},
                                              milliseconds(20'000));
  ASSERT_TRUE(client.ok()) << client.error().message;
  query.kill();
  EXPECT_FALSE(client->receive(milliseconds(20'000)).ok());
  EXPECT_TRUE(client->close_code().has_value());
}

TEST(Forward, RelaysEventStreams) {
  Guarded<std::shared_ptr<net::AnswerStream>> stream;
  std::atomic<int> closed = 0;
  Backend query;
  query.answer = [&](const net::HttpRequest&) {
    auto response = net::HttpResponse::text(200, {}, "text/event-stream");
    response.streamed = std::make_shared<net::StreamedBody>();
    response.streamed->start = [&](std::shared_ptr<net::AnswerStream> opened) {
      opened->send(std::make_shared<const std::string>("event: data\nid: 7\ndata: {}\n\n"));
      stream.with([&](auto& held) { held = std::move(opened); });
      return [&] { ++closed; };
    };
    return response;
  };
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  auto client = front.client();
  client.send(
      fmt::format("GET /api/v2/live?query=up HTTP/1.1\r\nHost: {}\r\nAccept: "
                  "text/event-stream\r\nLast-Event-ID: 5\r\n\r\n",
                  front.host()));
  const net::testing::RawResponse head = client.receive();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
  EXPECT_FALSE(head.field("X-Request-Id").empty());
  EXPECT_EQ(client.receive_through("\n\n"), "event: data\nid: 7\ndata: {}\n\n");
  EXPECT_EQ(query.last().headers.get("Last-Event-ID"), "5");
  EXPECT_EQ(front.upstreams().status()[0].streams, 1u);
  EXPECT_EQ(front.upstreams().status()[0].in_flight, 0u);
  client.close();
  EXPECT_TRUE(eventually([&] { return closed == 1; }));
  EXPECT_TRUE(eventually([&] { return front.upstreams().status()[0].streams == 0; }));
  query.answer = [](const net::HttpRequest&) { return net::HttpResponse::text(400, "no"); };
  EXPECT_EQ(front.get("/api/v2/live", "Accept: text/event-stream\r\n").body, "no");
}

}  // namespace
}  // namespace weir::gateway
