#include "net/answer_stream.h"

#include <atomic>

#include <fmt/format.h>

#include "net/testing/test_server.h"
#include "net/upstream_client.h"

namespace weir::net {
namespace {

using testing::eventually;
using testing::RawClient;
using testing::RawResponse;
using testing::TestServer;

constexpr std::string_view kGet = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";

std::shared_ptr<const std::string> piece(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// A server whose answers go on; the newest stream is the test's to write to.
struct Streaming : TestServer {
  explicit Streaming(ServerOptions options = {}) : TestServer(options) {
    handler().on_policy = [](std::string_view) { return RoutePolicy{.watch_client = true}; };
    handler().on_http = [this](HttpRequest, Responder respond) {
      HttpResponse response = HttpResponse::text(200, {}, "text/event-stream");
      response.streamed = std::make_shared<StreamedBody>(
          StreamedBody{[this](std::shared_ptr<AnswerStream> opened) {
                         stream.with([&](auto& held) { held = std::move(opened); });
                         return [this] { ++closed; };
                       },
                       idle_bytes, idle_interval});
      respond(std::move(response));
    };
    start();
  }
  ~Streaming() { destroy(); }
  std::shared_ptr<AnswerStream> opened() {
    EXPECT_TRUE(eventually([this] { return stream.with([](auto& held) { return held != nullptr; }); }));
    return stream.with([](auto& held) { return held; });
  }

  std::string idle_bytes;
  os::milliseconds idle_interval{60'000};
  Guarded<std::shared_ptr<AnswerStream>> stream;
  std::atomic<int> closed = 0;
};

TEST(AnswerStream, SendsPiecesAsTheyComeAndEndsWithTheConnection) {
  Streaming server;
  RawClient client = server.client();
  client.send(kGet);
  const RawResponse head = client.receive();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.field("Connection"), "close");
  EXPECT_EQ(head.head.find("Content-Length"), std::string::npos) << head.head;
  const auto stream = server.opened();
  EXPECT_TRUE(stream->send(piece("data: 1\n\n")));
  EXPECT_EQ(client.receive_through("\n\n"), "data: 1\n\n");
  client.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");  // dropped
  EXPECT_TRUE(stream->send(piece("data: 2\n\n")));
  stream->end();
  EXPECT_EQ(client.drain(), "data: 2\n\n") << "what is queued is sent before the end";
  client.close();
  EXPECT_TRUE(server.idle());
  EXPECT_EQ(server.closed, 1);
  EXPECT_FALSE(stream->send(piece("data: 3\n\n")));
  EXPECT_TRUE(server.counted("weir_http_streams 0"));
}

TEST(AnswerStream, NoticesThatTheClientHasGone) {
  Streaming server;
  RawClient client = server.client();
  client.send(kGet);
  client.receive();
  const auto stream = server.opened();
  client.close();
  EXPECT_TRUE(eventually([&] { return server.closed == 1; }));
  EXPECT_FALSE(stream->send(piece("x")));
}

TEST(AnswerStream, SaysThatItLives) {
  Streaming server;
  server.idle_bytes = ":\n\n";
  server.idle_interval = os::milliseconds(5);
  RawClient client = server.client();
  client.send(kGet);
  client.receive();
  EXPECT_EQ(client.receive_bytes(9), ":\n\n:\n\n:\n\n");
}

TEST(AnswerStream, CutsAPeerThatReadsTooSlowlyForItsQueue) {
  ServerOptions options;
  options.websocket_queue_bytes_max = 256 * 1024;
  options.write_timeout = os::milliseconds(200);
  Streaming server(options);
  RawClient client(0);
  client.shrink_receive_buffer(4'096);
  client.connect(server.port());
  client.send(kGet);
  client.receive();
  const auto stream = server.opened();
  const auto bytes = piece(std::string(64 * 1024, 'x'));
  size_t most_bytes = 0;
  while (stream->send(bytes)) most_bytes = std::max(most_bytes, stream->queued_bytes());
  EXPECT_LE(most_bytes, 256u * 1024);
  EXPECT_TRUE(eventually([&] { return server.closed == 1; }));
}

TEST(AnswerStream, EndsWhenTheServerStops) {
  Streaming server;
  RawClient client = server.client();
  client.send(kGet);
  client.receive();
  const auto stream = server.opened();
  EXPECT_TRUE(stream->send(piece("last\n")));
  std::string rest;
  os::Thread reader("reader", [&](std::stop_token) {
    rest = client.drain();
    client.close();
  });
  server.server().stop(std::chrono::milliseconds(20'000));
  reader.join();
  EXPECT_EQ(rest, "last\n");
  EXPECT_EQ(server.closed, 1);
}

TEST(AnswerStream, IsNotOpenedForAHead) {
  Streaming server;
  RawClient client = server.client();
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive(true).status, 200);
  EXPECT_TRUE(client.ends());
  EXPECT_EQ(server.stream.with([](auto& held) { return held; }), nullptr);
}

/// A server that passes requests on to an upstream whose answers may go on.
struct Relay : TestServer {
  explicit Relay(uint16_t upstream) {
    handler().on_policy = [](std::string_view) { return RoutePolicy{}; };
    handler().on_http = [upstream](HttpRequest request, Responder respond) {
      auto shared = std::make_shared<UpstreamRequest>();
      shared->method = "GET";
      shared->target = request.target;
      shared->event_stream = true;
      UpstreamAttempt attempt;
      attempt.address = attempt.authority = fmt::format("127.0.0.1:{}", upstream);
      attempt.deadline = Deadline::after(os::system_clock(), os::milliseconds(20'000));
      send_upstream(attempt, shared, [respond = std::move(respond)](UpstreamResult result) mutable {
        respond(result.response.ok() ? *std::move(result.response)
                                     : HttpResponse::text(503, result.response.error().message));
      });
    };
    start();
  }
  ~Relay() { destroy(); }
};

TEST(AnswerStream, IsRelayedFromAnUpstream) {
  Streaming upstream;
  Relay relay(upstream.port());
  RawClient client = relay.client();
  client.send(kGet);
  const RawResponse head = client.receive();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.head.find("Content-Length"), std::string::npos) << head.head;
  const auto stream = upstream.opened();
  stream->send(piece("data: 1\n\n"));
  EXPECT_EQ(client.receive_through("\n\n"), "data: 1\n\n");
  client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  stream->send(piece("data: 2\n\n"));
  EXPECT_EQ(client.receive_through("\n\n"), "data: 2\n\n");
  EXPECT_TRUE(relay.counted("weir_http_tunnels 1"));
  client.close();
  EXPECT_TRUE(eventually([&] { return upstream.closed == 1; })) << "the end of the client is passed on";
  EXPECT_TRUE(relay.idle());
}

TEST(AnswerStream, EndsWithItsUpstream) {
  Streaming upstream;
  Relay relay(upstream.port());
  RawClient client = relay.client();
  client.send(kGet);
  client.receive();
  upstream.opened()->end();
  EXPECT_TRUE(client.ends());
}

TEST(AnswerStream, OtherAnswersOfTheUpstreamAreWhatTheyAre) {
  TestServer upstream;
  upstream.handler().on_http = [](HttpRequest, Responder respond) { respond(HttpResponse::json(400, "{}")); };
  upstream.start();
  Relay relay(upstream.port());
  const RawResponse response = relay.client().exchange(kGet);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, "{}");
}

}  // namespace
}  // namespace weir::net
