#include <fmt/format.h>

#include "net/testing/raw_listener.h"
#include "net/testing/test_server.h"
#include "net/upstream_client.h"
#include "net/websocket_client.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using testing::RawClient;
using testing::RawListener;
using testing::RunningServer;
using testing::TestServer;

constexpr milliseconds kLong{20'000};
constexpr std::string_view kHandshake =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
    "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Other: 1\r\n\r\n";

/// A server that leads every WebSocket to an upstream.
struct Front : TestServer {
  explicit Front(uint16_t upstream, ServerOptions options = {}) : TestServer(options) {
    handler().on_policy = [](std::string_view) { return RoutePolicy{.websocket = true, .tunnel = true}; };
    handler().on_http = [this, upstream](HttpRequest request, Responder respond) {
      auto shared = std::make_shared<UpstreamRequest>();
      shared->method = "GET";
      shared->target = request.target;
      shared->websocket = true;
      for (const char* name : {"Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
        shared->headers.add(name, std::string(request.headers.get(name)));
      }
      UpstreamAttempt attempt;
      attempt.address = attempt.authority = fmt::format("127.0.0.1:{}", upstream);
      attempt.deadline = Deadline::after(os::system_clock(), kLong);
      attempt.lease = lease;
      send_upstream(attempt, shared, [respond = std::move(respond)](UpstreamResult result) mutable {
        respond(result.response.ok() ? *std::move(result.response)
                                     : HttpResponse::text(503, result.response.error().message));
      });
    };
    start();
  }
  ~Front() { destroy(); }
  bool tunnels(int count) {
    return eventually([&] { return counted(fmt::format("weir_http_tunnels {}", count)); });
  }
  WebSocketClient connect() {
    auto client = WebSocketClient::connect(fmt::format("ws://127.0.0.1:{}/ws", port()), {}, kLong);
    CHECK(client.ok(), client.error().message);
    return *std::move(client);
  }
  std::shared_ptr<int> lease = std::make_shared<int>(0);
};

std::string next(WebSocketClient& client) {
  auto message = client.receive(kLong);
  return message.ok() ? message->value_or("(nothing in time)") : "(" + message.error().message + ")";
}
uint16_t ending(WebSocketClient& client) {
  for (;;) {
    const auto message = client.receive(kLong);
    if (!message.ok()) return client.close_code().value_or(0);
    if (!message->has_value()) return 0;
  }
}

TEST(Tunnel, CarriesFramesBothWays) {
  RunningServer upstream;
  Front front(upstream.port());
  WebSocketClient client = front.connect();
  for (const std::string& text : {std::string("hello"), std::string(50'000, 'x'), std::string()}) {
    ASSERT_TRUE(client.send_text(text).ok());
    EXPECT_TRUE(next(client) == text);
  }
  EXPECT_TRUE(front.tunnels(1));
  EXPECT_GT(front.lease.use_count(), 1);
  EXPECT_TRUE(client.close(1000).ok());
  EXPECT_TRUE(front.tunnels(0));
  EXPECT_EQ(front.lease.use_count(), 1);
  EXPECT_TRUE(upstream.idle());
  EXPECT_TRUE(front.idle());
}

TEST(Tunnel, AnswersTheHandshakeWithTheUpstreamsAcceptAndItsFirstBytes) {
  RawListener upstream;
  Front front(upstream.port());
  RawClient client = front.client();
  client.send(kHandshake);
  RawClient peer = upstream.accept();
  const std::string asked = peer.receive_through("\r\n\r\n");
  EXPECT_NE(asked.find("Connection: Upgrade\r\nUpgrade: websocket\r\n"), std::string::npos) << asked;
  peer.send(std::string(kSwitch) + "\x81\x02hi");
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.field("X-Other"), "");
  EXPECT_EQ(client.receive_bytes(4), "\x81\x02hi");
  client.send("any bytes");
  EXPECT_EQ(peer.receive_bytes(9), "any bytes");
}

TEST(Tunnel, PassesTheUpstreamsCloseOn) {
  TestServer upstream;
  upstream.handler().on_ws = [](const HttpRequest&, std::shared_ptr<WebSocket> socket) {
    return WebSocketCallbacks{.on_text = [socket](std::string_view) { socket->close(1008, "no"); },
                              .on_close = [] {}};
  };
  upstream.start();
  Front front(upstream.port());
  WebSocketClient client = front.connect();
  ASSERT_TRUE(client.send_text("x").ok());
  EXPECT_EQ(ending(client), 1008);
  EXPECT_TRUE(front.tunnels(0));
}

TEST(Tunnel, EndsWithItsUpstream) {
  for (const bool reset : {false, true}) {
    RawListener upstream;
    Front front(upstream.port());
    RawClient client = front.client();
    client.send(kHandshake);
    RawClient peer = upstream.accept();
    peer.receive_through("\r\n\r\n");
    peer.send(kSwitch);
    EXPECT_EQ(client.receive().status, 101);
    reset ? peer.reset() : peer.close();
    EXPECT_TRUE(client.ends());
    client.close();
    EXPECT_TRUE(front.tunnels(0));
  }
}

TEST(Tunnel, EndsWithItsClient) {
  for (const bool reset : {false, true}) {
    RunningServer upstream;
    Front front(upstream.port());
    RawClient client = front.client();
    EXPECT_EQ(client.exchange(kHandshake).status, 101);
    reset ? client.reset() : client.close();
    EXPECT_TRUE(front.tunnels(0));
    EXPECT_TRUE(upstream.idle());
  }
}

TEST(Tunnel, HoldsBackAnUpstreamWhoseClientDoesNotRead) {
  ServerOptions options;
  options.write_timeout = milliseconds(300);
  RawListener upstream;
  Front front(upstream.port(), options);
  RawClient client(0);
  client.shrink_receive_buffer(4'096);
  client.connect(front.port());
  client.send(kHandshake);
  RawClient peer = upstream.accept();
  peer.receive_through("\r\n\r\n");
  peer.send(kSwitch);
  const std::string much(256u << 20, 'x');
  EXPECT_FALSE(peer.send(much));  // far more than the buffers between hold; cut when nothing moves
  EXPECT_TRUE(front.tunnels(0));
}

TEST(Tunnel, PassesARefusalOn) {
  TestServer upstream;
  upstream.handler().on_ws = [](const HttpRequest&, std::shared_ptr<WebSocket>) {
    return HttpResponse::text(400, "not this tenant");
  };
  upstream.start();
  Front front(upstream.port());
  RawClient client = front.client();
  const auto answer = client.exchange(kHandshake);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "not this tenant");
}

TEST(Tunnel, JudgesTheHandshakeItself) {
  RawListener upstream;
  Front front(upstream.port());
  RawClient client = front.client();
  EXPECT_EQ(
      client.exchange("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
          .status,
      426);
  EXPECT_FALSE(upstream.has_connection());
}

TEST(Tunnel, ClosesWhenTheServerStops) {
  RunningServer upstream;
  Front front(upstream.port());
  RawClient client = front.client();
  EXPECT_EQ(client.exchange(kHandshake).status, 101);
  front.server().stop(kLong);
  EXPECT_TRUE(client.ends());
  EXPECT_TRUE(upstream.idle());
}

TEST(Tunnel, CutsSilence) {
  ServerOptions options;
  options.websocket_ping_interval = milliseconds(10);
  options.websocket_pong_timeout = milliseconds(10);
  RawListener upstream;
  Front front(upstream.port(), options);
  RawClient client = front.client();
  client.send(kHandshake);
  RawClient peer = upstream.accept();
  peer.send(kSwitch);
  EXPECT_EQ(client.receive().status, 101);
  EXPECT_TRUE(client.ends());
}

}  // namespace
}  // namespace weir::net
