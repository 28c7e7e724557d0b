#include <fmt/format.h>

#include "net/testing/test_server.h"
#include "net/websocket_client.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using testing::RawClient;
using testing::RunningServer;
using testing::TestServer;

constexpr milliseconds kLong{20'000};

std::string url(const TestServer& server, std::string_view path = "/ws") {
  return fmt::format("ws://127.0.0.1:{}{}", server.port(), path);
}
WebSocketClient connect(const TestServer& server) {
  auto client = WebSocketClient::connect(url(server), {}, kLong);
  CHECK(client.ok(), client.error().message);
  return *std::move(client);
}
std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}
std::string next(WebSocketClient& client) {
  auto message = client.receive(kLong);
  return message.ok() ? message->value_or("(nothing in time)") : "(" + message.error().message + ")";
}
/// Waits for the end of the connection and returns the code that came with it.
uint16_t ending(WebSocketClient& client) {
  for (;;) {
    const auto message = client.receive(kLong);
    if (!message.ok()) return client.close_code().value_or(0);
    if (!message->has_value()) return 0;
  }
}

constexpr std::string_view kHandshake =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
    "13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A server whose sockets the test holds, and which counts the ends.
struct HeldServer : TestServer {
  explicit HeldServer(ServerOptions options = {}) : TestServer(options) {
    handler().on_ws = [this](const HttpRequest&, std::shared_ptr<WebSocket> socket) {
      sockets.with([&](auto& all) { all.push_back(std::move(socket)); });
      return WebSocketCallbacks{.on_text = [](std::string_view) {}, .on_close = [this] { ++closed; }};
    };
    start();
  }
  ~HeldServer() { destroy(); }
  std::shared_ptr<WebSocket> socket(size_t index) {
    EXPECT_TRUE(eventually([&] { return sockets.with([&](auto& all) { return all.size() > index; }); }));
    return sockets.with([&](auto& all) { return all[index]; });
  }
  Guarded<std::vector<std::shared_ptr<WebSocket>>> sockets;
  std::atomic<int> closed = 0;
};

TEST(WebSocketServer, AnswersTheHandshakeOfTheRfc) {
  RunningServer server;
  RawClient client = server.client();
  const auto response = client.exchange(std::string(kHandshake) + "\r\n");
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  client.send("\x81\x82\x01\x02\x03\x04\x69\x6b");  // "hi", masked
  client.send("\x88\x82\x01\x02\x03\x04\x02\xea");  // close, 1000
  EXPECT_EQ(client.drain(), "\x81\x02hi\x88\x02\x03\xE8");
  client.close();
  EXPECT_TRUE(server.idle());
}

TEST(WebSocketServer, Echoes) {
  RunningServer server;
  WebSocketClient client = connect(server);
  for (const std::string& text :
       {std::string("hello"), std::string(), std::string(60'000, 'x'), std::string("\xC3\xA9")}) {
    ASSERT_TRUE(client.send_text(text).ok());
    EXPECT_EQ(next(client), text);
  }
  EXPECT_TRUE(server.counted("weir_websocket_connections 1"));
  EXPECT_TRUE(client.close(1000).ok());
  EXPECT_EQ(client.close_code(), 1000);
  EXPECT_TRUE(server.idle());
  EXPECT_TRUE(server.counted("weir_websocket_connections 0"));
  EXPECT_TRUE(server.counted("weir_websocket_sent_frames_total 4"));
  EXPECT_TRUE(server.counted("weir_websocket_received_frames_total 4"));
}

TEST(WebSocketServer, RefusesForeignPagesAndBadHandshakes) {
  RunningServer server;
  const auto status = [&](std::string_view request) { return server.client().exchange(request).status; };
  EXPECT_EQ(status(fmt::format("{}Origin: http://evil.example\r\n\r\n", kHandshake)), 403);
  EXPECT_EQ(status(fmt::format("{}Origin: http://a\r\n\r\n", kHandshake)), 101);
  EXPECT_EQ(status("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), 426);
  EXPECT_EQ(status(fmt::format("{}\r\n\x81", kHandshake)), 400);
  EXPECT_EQ(status("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n"), 200);  // not an upgrade: a request like any other
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"upgrade\"} 3"));
}

TEST(WebSocketServer, IgnoresUpgradesOfOtherRoutes) {
  RunningServer server;
  const auto refused = WebSocketClient::connect(url(server, "/echo"), {}, kLong);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_NE(refused.error().message.find("200"), std::string::npos);
}

TEST(WebSocketServer, LetsTheHandlerRefuse) {
  TestServer server;
  std::shared_ptr<WebSocket> kept;
  server.handler().on_ws = [&](const HttpRequest& request, std::shared_ptr<WebSocket> socket) {
    EXPECT_EQ(request.headers.get("Authorization"), "x");
    kept = std::move(socket);
    return HttpResponse::text(401, "who are you");
  };
  server.start();
  Headers headers;
  headers.add("Authorization", "x");
  const auto refused = WebSocketClient::connect(url(server), headers, kLong);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("401"), std::string::npos);
  EXPECT_FALSE(kept->send_text(shared("x")));
}

TEST(WebSocketServer, SendsWhatTheHandlerQueuedBeforeAccepting) {
  TestServer server;
  server.handler().on_ws = [&](const HttpRequest&, std::shared_ptr<WebSocket> socket) {
    EXPECT_TRUE(socket->send_text(shared("first")));
    socket->close(4000, "done");
    EXPECT_FALSE(socket->send_text(shared("second")));
    return WebSocketCallbacks{.on_text = [](std::string_view) {}, .on_close = [] {}};
  };
  server.start();
  WebSocketClient client = connect(server);
  EXPECT_EQ(next(client), "first");
  EXPECT_EQ(ending(client), 4000);
}

TEST(WebSocketServer, SendsFromManyThreads) {
  HeldServer server;
  WebSocketClient client = connect(server);
  const auto socket = server.socket(0);
  const auto body = shared("frame");
  constexpr int kThreads = 4, kFrames = 500;
  std::vector<os::Thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back("test", [&](std::stop_token) {
      for (int n = 0; n < kFrames; ++n) EXPECT_TRUE(socket->send_text(body));
    });
  }
  for (int i = 0; i < kThreads * kFrames; ++i) ASSERT_EQ(next(client), "frame") << i;
  for (os::Thread& thread : threads) thread.join();
  EXPECT_TRUE(eventually([&] { return socket->queued_bytes() == 0; }));
}

TEST(WebSocketServer, RefusesBinaryAndLargeAndInvalidMessages) {
  ServerOptions options;
  options.websocket_message_bytes_max = 1'000;
  HeldServer server(options);
  WebSocketClient binary = connect(server);
  ASSERT_TRUE(binary.send_binary("x").ok());
  EXPECT_EQ(ending(binary), 1003);
  WebSocketClient large = connect(server);
  ASSERT_TRUE(large.send_text(std::string(1'001, 'x')).ok());
  EXPECT_EQ(ending(large), 1009);
  WebSocketClient invalid = connect(server);
  ASSERT_TRUE(invalid.send_text("\xFF").ok());
  EXPECT_EQ(ending(invalid), 1007);
  RawClient unmasked = server.client();
  EXPECT_EQ(unmasked.exchange(std::string(kHandshake) + "\r\n").status, 101);
  unmasked.send(std::string_view("\x81\x00", 2));
  EXPECT_EQ(unmasked.drain().substr(0, 4), "\x88\x02\x03\xEA");
  unmasked.close();
  EXPECT_TRUE(server.idle());
  EXPECT_TRUE(eventually([&] { return server.closed == 4; }));
}

TEST(WebSocketServer, ClosesPeersThatReadTooSlowly) {
  ServerOptions options;
  options.websocket_queue_bytes_max = 100'000;
  options.write_timeout = milliseconds(100);
  HeldServer server(options);
  RawClient client(0);
  client.shrink_receive_buffer(4'096);
  client.connect(server.port());
  EXPECT_EQ(client.exchange(std::string(kHandshake) + "\r\n").status, 101);
  const auto socket = server.socket(0);
  const auto body = shared(std::string(50'000, 'x'));
  bool sending = true;
  for (int i = 0; i < 10'000 && sending; ++i) sending = socket->send_text(body);
  EXPECT_FALSE(sending);
  EXPECT_LE(socket->queued_bytes(), 100'000u);
  EXPECT_FALSE(socket->send_text(shared("x")));
  EXPECT_TRUE(server.idle());  // cut, because it does not read the close frame either
  EXPECT_EQ(server.closed, 1);
}

TEST(WebSocketServer, TellsASlowPeerToTryAgainLater) {
  ServerOptions options;
  options.websocket_queue_bytes_max = 100;
  HeldServer server(options);
  WebSocketClient client = connect(server);
  EXPECT_FALSE(server.socket(0)->send_text(shared(std::string(101, 'x'))));
  EXPECT_EQ(ending(client), 1013);
  EXPECT_TRUE(server.idle());
  EXPECT_TRUE(server.counted("weir_websocket_overflows_total 1"));
}

TEST(WebSocketServer, PingsTheSilentAndCutsTheDead) {
  ServerOptions options;
  options.websocket_ping_interval = milliseconds(30);
  options.websocket_pong_timeout = milliseconds(200);
  HeldServer server(options);
  RawClient dead = server.client();
  EXPECT_EQ(dead.exchange(std::string(kHandshake) + "\r\n").status, 101);
  EXPECT_EQ(dead.drain(), std::string_view("\x89\x00", 2));  // one ping, no close frame
  EXPECT_TRUE(server.counted("weir_websocket_timeouts_total 1"));
  WebSocketClient alive = connect(server);  // answers pings while it waits
  EXPECT_FALSE(alive.receive(milliseconds(600))->has_value());
  server.socket(1)->send_text(shared("still here"));
  EXPECT_EQ(next(alive), "still here");
}

TEST(WebSocketServer, CutsPeersThatDoNotCloseTheirSide) {
  ServerOptions options;
  options.write_timeout = milliseconds(50);
  HeldServer server(options);
  RawClient silent = server.client();  // does not answer the close frame
  EXPECT_EQ(silent.exchange(std::string(kHandshake) + "\r\n").status, 101);
  server.socket(0)->close(1008, "go away");
  EXPECT_EQ(silent.drain(), std::string("\x88\x09\x03\xF0") + "go away");
  RawClient half = server.client();  // begins the close, but keeps its socket
  EXPECT_EQ(half.exchange(std::string(kHandshake) + "\r\n").status, 101);
  half.send("\x88\x82\x01\x02\x03\x04\x02\xea");
  EXPECT_EQ(half.drain(), "\x88\x02\x03\xE8");
  RawClient wrong = server.client();  // fails the connection, and keeps its socket
  EXPECT_EQ(wrong.exchange(std::string(kHandshake) + "\r\n").status, 101);
  wrong.send("\x8F\x80\x01\x02\x03\x04");
  EXPECT_EQ(wrong.drain().substr(0, 4), "\x88\x02\x03\xEA");
  EXPECT_TRUE(server.idle());
  EXPECT_TRUE(eventually([&] { return server.closed == 3; }));
}

TEST(WebSocketServer, ReportsTheEndOnceHoweverItComes) {
  HeldServer server;
  {
    RawClient vanishes = server.client();
    EXPECT_EQ(vanishes.exchange(std::string(kHandshake) + "\r\n").status, 101);
    vanishes.reset();
  }
  EXPECT_TRUE(eventually([&] { return server.closed == 1; }));
  WebSocketClient leaves = connect(server);
  EXPECT_TRUE(leaves.close().ok());
  EXPECT_TRUE(eventually([&] { return server.closed == 2; }));
  WebSocketClient sent_away = connect(server);
  server.socket(2)->close(1008, std::string(500, 'x'));  // longer than a reason may be
  EXPECT_EQ(ending(sent_away), 1008);
  EXPECT_TRUE(eventually([&] { return server.closed == 3; }));
  for (size_t i = 0; i < 3; ++i) EXPECT_FALSE(server.socket(i)->send_text(shared("x")));
  EXPECT_TRUE(server.idle());
}

TEST(WebSocketServer, StopClosesWith1001) {
  HeldServer server;
  WebSocketClient client = connect(server);
  const auto socket = server.socket(0);
  os::Thread stopping("stopping", [&](std::stop_token) { server.server().stop(kLong); });
  EXPECT_EQ(ending(client), 1001);
  stopping.join();
  EXPECT_EQ(server.closed, 1);
  EXPECT_FALSE(socket->send_text(shared("x")));
}

TEST(WebSocketServer, SocketsOutliveTheServer) {
  std::shared_ptr<WebSocket> socket;
  RawClient client(0);
  {
    HeldServer server;
    client.connect(server.port());
    EXPECT_EQ(client.exchange(std::string(kHandshake) + "\r\n").status, 101);
    socket = server.socket(0);
    server.server().stop(milliseconds(10));  // the peer does not answer the close frame
    EXPECT_EQ(server.closed, 1);
  }
  EXPECT_FALSE(socket->send_text(shared("x")));
  EXPECT_EQ(socket->queued_bytes(), 0u);
  socket->close(1000, "");
}

TEST(WebSocketClient, SaysWhatIsWrong) {
  const auto error = [](const std::string& text) {
    return WebSocketClient::connect(text, {}, kLong).error();
  };
  EXPECT_EQ(error("http://a/").code, Code::kInvalidArgument);
  EXPECT_EQ(error("ws://").code, Code::kInvalidArgument);
  EXPECT_EQ(error("ws://a\r\nX: y/").code, Code::kInvalidArgument);
  EXPECT_EQ(error("wss://a/").code, Code::kUnsupported);
  const Error refused = error("ws://127.0.0.1:1/");
  EXPECT_EQ(refused.code, Code::kUnavailable);
  EXPECT_NE(refused.message.find("127.0.0.1:1"), std::string::npos);
}

}  // namespace
}  // namespace weir::net
