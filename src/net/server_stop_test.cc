#include <fmt/format.h>

#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using testing::RawClient;
using testing::RawResponse;
using testing::RunningServer;

constexpr milliseconds kLong{20'000};
constexpr std::string_view kHold = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kEcho = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(ServerStop, AnswersWhatIsInFlightAndClosesTheRest) {
  RunningServer server;
  RawClient idle = server.client(), busy = server.client(), fresh = server.client();
  EXPECT_EQ(idle.exchange(kEcho).status, 200);
  busy.send(fmt::format("{}{}", kHold, kEcho));
  ASSERT_TRUE(eventually([&] { return server.handler().held_count() == 1 && server.connections() == 3; }));
  os::Thread stopping("stopping", [&](std::stop_token) { server.server().stop(kLong); });
  EXPECT_TRUE(idle.ends());
  EXPECT_TRUE(fresh.ends());
  for (Responder& respond : server.handler().take_held()) respond(HttpResponse::text(200, "done"));
  const RawResponse response = busy.receive();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_TRUE(busy.ends());  // the pipelined request behind it is not begun
  busy.close();
  stopping.join();
  EXPECT_EQ(server.connections(), 0);
}

TEST(ServerStop, LetsABodyFinish) {
  RunningServer server;
  RawClient client = server.client(), idle = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
  ASSERT_TRUE(eventually([&] { return server.counted("weir_http_inflight_body_bytes 2"); }));
  os::Thread stopping("stopping", [&](std::stop_token) { server.server().stop(kLong); });
  EXPECT_TRUE(idle.ends());
  client.send("dy");
  EXPECT_EQ(client.receive().body, "POST /echo body");
  client.close();
  stopping.join();
}

TEST(ServerStop, CutsWhatOutlastsTheGrace) {
  RunningServer server;
  RawClient client = server.client();
  client.send(kHold);
  ASSERT_TRUE(eventually([&] { return server.handler().held_count() == 1; }));
  server.server().stop(milliseconds(20));
  EXPECT_EQ(server.connections(), 0);
  EXPECT_TRUE(client.ends());
  for (Responder& respond : server.handler().take_held()) respond(HttpResponse::text(200, "too late"));
}

TEST(ServerStop, IsIdempotentAndFreesThePort) {
  RunningServer server;
  const uint16_t port = server.port();
  server.server().stop(kLong);
  server.server().stop(kLong);
  telemetry::Registry registry;
  testing::TestHandler handler;
  ServerOptions options;
  options.listen = fmt::format("127.0.0.1:{}", port);
  HttpServer next(options, handler, registry);
  EXPECT_TRUE(next.start().ok());
}

TEST(ServerStop, MayComeFromSeveralThreadsOrBeforeTheStart) {
  RunningServer server;
  std::vector<os::Thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back("test", [&](std::stop_token) { server.server().stop(kLong); });
  for (os::Thread& thread : threads) thread.join();
  telemetry::Registry registry;
  testing::TestHandler handler;
  HttpServer never_started({}, handler, registry);
  never_started.stop(kLong);
}

TEST(ServerStop, SurvivesTraffic) {
  for (int round = 0; round < 5; ++round) {
    RunningServer server;
    std::vector<os::Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back("client", [&server](std::stop_token) {
        RawClient client = server.client();
        while (client.exchange(kEcho).status == 200) {
        }
      });
    }
    ASSERT_TRUE(eventually([&] { return server.connections() == 4; }));
    server.server().stop(kLong);
    for (os::Thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace weir::net
