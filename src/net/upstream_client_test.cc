#include "net/upstream_client.h"

#include "net/testing/upstream_caller.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::Caller;
using testing::kAnswer;
using testing::RawClient;
using testing::RawListener;
using testing::RunningServer;
using testing::TestServer;
using testing::to;

TEST(UpstreamClient, KeepsAConnectionBetweenCalls) {
  RunningServer upstream;
  Caller caller;
  for (int i = 0; i < 3; ++i) {
    const UpstreamResult result = caller.call(to(upstream.port()), Caller::post("/echo", "body"));
    ASSERT_TRUE(result.response.ok()) << result.response.error().message;
    EXPECT_EQ(result.response->body, "POST /echo body");
    EXPECT_TRUE(result.sent);
  }
  EXPECT_TRUE(upstream.counted("weir_http_connections_accepted_total 1"));
}

TEST(UpstreamClient, SendsItsOwnFramingAndNothingOfAnotherHop) {
  Caller caller;
  RawListener upstream;
  UpstreamRequest request = Caller::post("/a?b=%20", "xy");
  request.headers.add("Accept", "text/plain\r\nEvil: 1");
  request.headers.add("Connection", "close");
  request.headers.add("content-length", "7");
  request.headers.add("host", "evil.example");
  request.headers.add("Not a token", "1");
  UpstreamAttempt attempt = to(upstream.port());
  attempt.authority = "weir-1:80";
  attempt.headers.add("X-More", "2");
  const auto outcome = caller.begin(attempt, request);
  RawClient peer = upstream.accept();
  EXPECT_EQ(peer.receive_through("xy"),
            "POST /a?b=%20 HTTP/1.1\r\nHost: weir-1:80\r\nAccept: text/plain  Evil: 1\r\nX-More: "
            "2\r\nContent-Length: 2\r\n\r\nxy");
  peer.send(
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: X-Own\r\nX-Own: 1\r\nKeep-Alive: 5\r\nX-Kept: "
      "2\r\n\r\n");
  const UpstreamResult result = outcome->get();
  ASSERT_TRUE(result.response.ok());
  EXPECT_FALSE(result.response->headers.has("X-Own"));
  EXPECT_FALSE(result.response->headers.has("Keep-Alive"));
  EXPECT_EQ(result.response->headers.get("X-Kept"), "2");
}

TEST(UpstreamClient, SaysThatNothingWasSentWhenRefused) {
  RawListener closed;
  const uint16_t port = closed.port();
  closed.close();
  Caller caller;
  const UpstreamResult result = caller.call(to(port));
  ASSERT_FALSE(result.response.ok());
  EXPECT_EQ(result.response.error().code, Code::kUnavailable);
  EXPECT_NE(result.response.error().message.find(fmt::format(":{}: ", port)), std::string::npos);
  EXPECT_FALSE(result.sent);
  EXPECT_EQ(caller
                .call([] {
                  UpstreamAttempt attempt;
                  attempt.address = "not an address";
                  return attempt;
                }())
                .response.error()
                .code,
            Code::kInvalidArgument);
}

TEST(UpstreamClient, EndsAtItsDeadlineWhenNothingComes) {
  Caller caller;
  RawListener upstream;
  const auto outcome = caller.begin(to(upstream.port(), milliseconds(30)));
  RawClient peer = upstream.accept();
  const UpstreamResult result = outcome->get();
  EXPECT_EQ(result.response.error().code, Code::kDeadlineExceeded);
  EXPECT_TRUE(result.sent);
  EXPECT_NE(peer.receive_through("\r\n\r\n"), "");
  EXPECT_TRUE(peer.ends());  // the connection is not kept for a late answer
}

TEST(UpstreamClient, EndsAtItsDeadlineWhenTheAnswerDrips) {
  Caller caller;
  RawListener upstream;
  const auto outcome = caller.begin(to(upstream.port(), milliseconds(60)));
  RawClient peer = upstream.accept();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
  while (!outcome->ended() && peer.send("x")) {
    os::system_clock().sleep_until(os::system_clock().steady() + milliseconds(2), {});
  }
  EXPECT_EQ(outcome->get().response.error().code, Code::kDeadlineExceeded);
}

TEST(UpstreamClient, MovesLargeBodiesBothWays) {
  TestServer upstream;
  upstream.handler().on_policy = [](std::string_view) { return RoutePolicy{.body_bytes_max = 32u << 20}; };
  upstream.handler().on_http = [](HttpRequest request, Responder respond) {
    respond(HttpResponse::text(200, std::move(request.body)));
  };
  upstream.start();
  Caller caller;
  std::string body;
  for (size_t i = 0; body.size() < (8u << 20); ++i) body += fmt::format("{} ", i);
  for (int i = 0; i < 2; ++i) {
    const UpstreamResult result = caller.call(to(upstream.port()), Caller::post("/", body));
    ASSERT_TRUE(result.response.ok()) << result.response.error().message;
    EXPECT_TRUE(result.response->body == body);
  }
}

TEST(UpstreamClient, NoticesThatAnIdleConnectionIsGone) {
  Caller caller;
  RawListener upstream;
  for (const bool unasked : {false, true, false}) {
    const auto outcome = caller.begin(to(upstream.port()));
    RawClient peer = upstream.accept();
    peer.send(kAnswer);
    EXPECT_EQ(outcome->get().response->body, "ok");
    if (unasked) peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    peer.close();
  }
}

TEST(UpstreamClient, IsAbandonedOnRequest) {
  Caller caller;
  RawListener upstream;
  std::atomic<bool> abandoned = false;
  UpstreamAttempt attempt = to(upstream.port());
  attempt.abandoned = [&] { return abandoned.load(); };
  const auto lease = std::make_shared<int>(1);
  attempt.lease = lease;
  const auto outcome = caller.begin(std::move(attempt));
  RawClient peer = upstream.accept();
  EXPECT_EQ(lease.use_count(), 2);
  abandoned = true;
  const UpstreamResult result = outcome->get();
  EXPECT_EQ(result.response.error().code, Code::kUnavailable);
  EXPECT_TRUE(result.sent);
  EXPECT_EQ(lease.use_count(), 1);
}

TEST(UpstreamClient, FinishesWhatIsInFlightWhenTheServerIsCut) {
  UpstreamOptions options;
  options.connections_max = 1;
  Caller caller(options);
  RawListener upstream;
  const auto sent = caller.begin(to(upstream.port()));
  const auto waiting = caller.begin(to(upstream.port()));
  RawClient peer = upstream.accept();
  caller.server().server().stop(milliseconds(0));
  EXPECT_EQ(sent->get().response.error().code, Code::kCancelled);
  EXPECT_EQ(waiting->get().response.error().code, Code::kCancelled);
}

TEST(UpstreamClient, ClosesIdleConnectionsWhenTheServerDrains) {
  Caller caller;
  RawListener upstream;
  const auto outcome = caller.begin(to(upstream.port()));
  RawClient peer = upstream.accept();
  peer.receive_through("\r\n\r\n");
  peer.send(kAnswer);
  EXPECT_TRUE(outcome->get().response.ok());
  caller.server().server().stop(milliseconds(20'000));
  EXPECT_TRUE(peer.ends());
}

TEST(ResolveUpstream, YieldsANumericAddress) {
  EXPECT_EQ(resolve_upstream("localhost:8080").value(), "127.0.0.1:8080");
  EXPECT_EQ(resolve_upstream("10.0.0.7:80").value(), "10.0.0.7:80");
  EXPECT_EQ(resolve_upstream("[::1]:80").value(), "[::1]:80");
  for (const char* text : {"", "localhost", "localhost:", "localhost:0", "localhost:99999", "http://a:80",
                           "no such host.invalid:80", "::1:80"}) {
    EXPECT_EQ(resolve_upstream(text).error().code, Code::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace weir::net
