#include <fmt/format.h>
#include <sys/resource.h>

#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using testing::RawClient;
using testing::RawResponse;
using testing::RunningServer;
using testing::TestServer;

constexpr std::string_view kGet = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(ServerLimits, RefusesLongTargetsAndHeaders) {
  ServerOptions options;
  options.target_bytes_max = 100;
  options.header_bytes_max = 200;
  RunningServer server(options);
  EXPECT_EQ(server.client()
                .exchange(fmt::format("GET /{} HTTP/1.1\r\n", std::string(99, 'a')) + "Host: a\r\n\r\n")
                .status,
            200);
  EXPECT_EQ(server.client().exchange(fmt::format("GET /{} HTTP/1.1\r\n", std::string(100, 'a'))).status, 414);
  EXPECT_EQ(server.client().exchange("GET /" + std::string(100'000, 'a')).status, 414);
  EXPECT_EQ(server.client().exchange("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a')).status, 431);
  std::string many = "GET / HTTP/1.1\r\n";
  while (many.size() < 10'000) many += "A: b\r\n";
  EXPECT_EQ(server.client().exchange(many).status, 431);
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"target_too_long\"} 2"));
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"header_too_large\"} 2"));
}

TEST(ServerLimits, RefusesLargeBodiesWithTheLimit) {
  RunningServer server;
  const auto sized = [](int bytes) {
    return fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", bytes);
  };
  EXPECT_EQ(server.client().exchange(sized(1'000) + std::string(1'000, 'x')).status, 200);
  const RawResponse declared = server.client().exchange(sized(1'001));
  EXPECT_EQ(declared.status, 413);
  EXPECT_EQ(declared.body, "body of 1001 bytes, limit 1000\n");
  const std::string_view head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = fmt::format("3e8\r\n{}\r\n", std::string(1'000, 'x'));
  EXPECT_EQ(server.client().exchange(fmt::format("{}{}0\r\n\r\n", head, chunk)).status, 200);
  const RawResponse chunked = server.client().exchange(fmt::format("{}{}1\r\n", head, chunk));
  EXPECT_EQ(chunked.status, 413);
  EXPECT_EQ(chunked.body, "chunked body, limit 1000 bytes\n");
}

TEST(ServerLimits, ASenderOfALargeBodyGetsToReadTheRefusal) {
  RunningServer server;
  RawClient client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
  client.send(std::string(8 << 20, 'x'));  // without lingering the server's reset would destroy its answer
  EXPECT_EQ(client.receive().status, 413);
}

TEST(ServerLimits, BoundsTheBodiesInFlight) {
  ServerOptions options;
  options.inflight_body_bytes_max = 1'500;
  RunningServer server(options);
  const std::string body =
      "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + std::string(1'000, 'x');
  RawClient first = server.client();
  first.send(body);
  ASSERT_TRUE(eventually([&] { return server.handler().held_count() == 1; }));
  EXPECT_TRUE(server.counted("weir_http_inflight_body_bytes 1000"));
  EXPECT_TRUE(server.counted("weir_http_requests_in_flight 1"));
  const RawResponse refused = server.client().exchange(body);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.field("Retry-After"), "1");
  EXPECT_EQ(server.client().exchange(kGet).status, 200);  // no body, no memory
  for (Responder& respond : server.handler().take_held()) respond({});
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_TRUE(server.counted("weir_http_inflight_body_bytes 0"));
  first.send(body);
  EXPECT_TRUE(eventually([&] { return server.handler().held_count() == 1; }));
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"body_memory\"} 1"));
}

TEST(ServerLimits, AFullLedgerRefusesBeforeTheBody) {
  ServerOptions options;
  options.inflight_body_bytes_max = 1'000;
  RunningServer server(options);
  const std::string head = "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
  RawClient first = server.client();
  first.send(head + std::string(1'000, 'x'));
  ASSERT_TRUE(eventually([&] { return server.handler().held_count() == 1; }));
  EXPECT_EQ(server.client().exchange(head).status, 503);
}

TEST(ServerLimits, GivesBackTheMemoryOfBodiesThatNeverEnd) {
  RunningServer server;
  RawClient client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + std::string(500, 'x'));
  EXPECT_TRUE(eventually([&] { return server.counted("weir_http_inflight_body_bytes 500"); }));
  client.reset();
  EXPECT_TRUE(server.idle());
  EXPECT_TRUE(server.counted("weir_http_inflight_body_bytes 0"));
}

TEST(ServerLimits, CutsSlowHeadsAndBodies) {
  ServerOptions options;
  options.header_timeout = milliseconds(50);
  options.body_timeout = milliseconds(50);
  RunningServer server(options);
  RawClient silent = server.client();
  EXPECT_TRUE(silent.ends());
  RawClient head = server.client();
  EXPECT_EQ(head.exchange("GET / HTTP/1.1\r\nHo").status, 408);
  EXPECT_TRUE(head.ends());
  RawClient body = server.client();
  EXPECT_EQ(body.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx").status, 408);
  EXPECT_TRUE(body.ends());
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"header_timeout\"} 2"));
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"body_timeout\"} 1"));
}

TEST(ServerLimits, ATrickleDoesNotExtendTheHeadersTime) {
  ServerOptions options;
  options.header_timeout = milliseconds(100);
  RunningServer server(options);
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  int sent = 0;
  while (sent < 20'000 && client.send("A")) {
    ++sent;
    os::system_clock().sleep_until(os::system_clock().steady() + milliseconds(1), {});
  }
  EXPECT_LT(sent, 20'000);
}

TEST(ServerLimits, ClosesIdleConnectionsSilently) {
  ServerOptions options;
  options.idle_timeout = milliseconds(50);
  RunningServer server(options);
  RawClient client = server.client();
  EXPECT_EQ(client.exchange(kGet).status, 200);
  EXPECT_TRUE(client.ends());
}

TEST(ServerLimits, CutsClientsThatDoNotRead) {
  ServerOptions options;
  options.write_timeout = milliseconds(50);
  TestServer server(options);
  server.handler().on_http = [](HttpRequest, Responder respond) {
    respond(HttpResponse::text(200, std::string(64 << 20, 'x')));
  };
  server.start();
  RawClient client = server.client();
  client.send(kGet);
  EXPECT_TRUE(
      eventually([&] { return server.counted("weir_http_rejected_total{reason=\"write_timeout\"} 1"); }));
  EXPECT_TRUE(server.idle());
}

TEST(ServerLimits, ClosesConnectionsBeyondTheMaximum) {
  ServerOptions options;
  options.connections_max = 2;
  RunningServer server(options);
  RawClient one = server.client(), two = server.client();
  EXPECT_EQ(one.exchange(kGet).status, 200);
  EXPECT_EQ(two.exchange(kGet).status, 200);
  EXPECT_TRUE(server.client().ends());
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"connections\"} 1"));
  one.close();
  EXPECT_TRUE(eventually([&] { return server.connections() == 1; }));
  EXPECT_EQ(server.client().exchange(kGet).status, 200);
}

TEST(ServerLimits, WaitsOutTheWantOfDescriptors) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the undefined behaviour sanitizer's check of object types needs a descriptor itself";
#endif
  RunningServer server;
  EXPECT_EQ(server.client().exchange(kGet).status, 200);
  ASSERT_TRUE(server.idle());
  RawClient client(0);  // takes the last descriptor: the accept has none
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int probe = ::dup(0);
  ASSERT_GE(probe, 0);
  ::close(probe);
  const rlimit none{static_cast<rlim_t>(probe), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  client.connect(server.port());
  client.send(kGet);
  const bool paused = eventually([&] { return server.counted("weir_http_accept_errors_total 2"); });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(paused);
  EXPECT_EQ(client.receive().status, 200);
}

}  // namespace
}  // namespace weir::net
