#include "net/upstream_client.h"

#include <condition_variable>
#include <mutex>

#include "net/testing/raw_listener.h"
#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using testing::RawClient;
using testing::RawListener;
using testing::RunningServer;
using testing::TestServer;

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Deadline in(milliseconds delay) {
  return Deadline::after(os::system_clock(), delay);
}
ServerOptions one_loop(UpstreamOptions upstream = {}) {
  ServerOptions options;
  options.threads = 1;
  options.upstream = upstream;
  return options;
}

/// One call that another thread may wait for.
class Outcome {
 public:
  void set(UpstreamResult result) {
    std::lock_guard lock(mutex_);
    result_ = std::move(result);
    changed_.notify_all();
  }
  UpstreamResult get() {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return result_.has_value(); });
    return came ? *result_ : UpstreamResult{internal("the call never ended"), false};
  }
  bool ended() {
    std::lock_guard lock(mutex_);
    return result_.has_value();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<UpstreamResult> result_;
};

/// A server that makes the test's calls on its event loop.
class Caller {
 public:
  explicit Caller(UpstreamOptions options = {}) : server_(one_loop(options)) {
    server_.handler().on_http = [this](HttpRequest, Responder respond) {
      for (Task& task : tasks_.with([](auto& tasks) { return std::exchange(tasks, {}); })) task();
      respond(HttpResponse::text(200, ""));
    };
    server_.start();
  }

  void run(Task task) {
    tasks_.with([&](auto& tasks) { tasks.push_back(std::move(task)); });
    server_.client().exchange("POST /run HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  }
  std::shared_ptr<Outcome> begin(UpstreamAttempt attempt, UpstreamRequest request = get("/echo")) {
    auto outcome = std::make_shared<Outcome>();
    run([outcome, attempt = std::move(attempt),
         shared = std::make_shared<const UpstreamRequest>(std::move(request))]() mutable {
      send_upstream(std::move(attempt), shared,
                    [outcome](UpstreamResult result) { outcome->set(std::move(result)); });
    });
    return outcome;
  }
  UpstreamResult call(UpstreamAttempt attempt, UpstreamRequest request = get("/echo")) {
    return begin(std::move(attempt), std::move(request))->get();
  }
  TestServer& server() { return server_; }

  static UpstreamRequest get(std::string target) {
    UpstreamRequest request;
    request.method = "GET";
    request.target = std::move(target);
    return request;
  }
  static UpstreamRequest post(std::string target, std::string body) {
    UpstreamRequest request = get(std::move(target));
    request.method = "POST";
    request.body = std::move(body);
    return request;
  }

 private:
  Guarded<std::vector<Task>> tasks_;
  TestServer server_;
};

UpstreamAttempt to(uint16_t port, milliseconds timeout = milliseconds(20'000)) {
  UpstreamAttempt attempt;
  attempt.address = fmt::format("127.0.0.1:{}", port);
  attempt.authority = attempt.address;
  attempt.deadline = in(timeout);
  return attempt;
}

/// The outcome of a call whose upstream reads the request's head, sends `answer` and closes.
UpstreamResult call_with_answer(std::string_view answer, UpstreamRequest request = Caller::get("/a")) {
  Caller caller;
  RawListener upstream;
  const auto outcome = caller.begin(to(upstream.port()), std::move(request));
  RawClient peer = upstream.accept();
  peer.receive_through("\r\n\r\n");
  peer.send(answer);
  peer.close();
  return outcome->get();
}

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

TEST(UpstreamClient, TakesAnAnswerByteByByte) {
  Caller caller;
  RawListener upstream;
  const auto outcome = caller.begin(to(upstream.port()));
  RawClient peer = upstream.accept();
  for (const char c : std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                  "chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\nT: 1\r\n\r\n")) {
    peer.send({&c, 1});
  }
  EXPECT_EQ(outcome->get().response.value().body, "abc");
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

TEST(UpstreamClient, RefusesAnAnswerBeyondItsLimit) {
  UpstreamRequest request = Caller::get("/a");
  request.response_bytes_max = 4;
  EXPECT_TRUE(call_with_answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", request).response.ok());
  for (const std::string_view answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlarge",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlarge\r\n"}) {
    EXPECT_EQ(call_with_answer(answer, request).response.error().code, Code::kResourceExhausted);
  }
  const std::string head = "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'a');
  EXPECT_EQ(call_with_answer(head).response.error().code, Code::kResourceExhausted);
}

TEST(UpstreamClient, TrustsNoAmbiguousAnswer) {
  for (const std::string_view answer :
       {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nok\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"}) {
    const UpstreamResult result = call_with_answer(answer);
    ASSERT_FALSE(result.response.ok()) << answer;
    EXPECT_EQ(result.response.error().code, Code::kUnavailable) << answer;
    EXPECT_TRUE(result.sent);
  }
  std::string interim;
  for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  EXPECT_FALSE(call_with_answer(interim + std::string(kAnswer)).response.ok());
}

TEST(UpstreamClient, TakesAnAnswerToHeadWithoutABody) {
  UpstreamRequest request = Caller::get("/a");
  request.method = "HEAD";
  EXPECT_EQ(call_with_answer("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", request).response->status, 200);
}

TEST(UpstreamClient, DoesNotKeepAConnectionWithBytesBehindTheAnswer) {
  Caller caller;
  RawListener upstream;
  auto outcome = caller.begin(to(upstream.port()));
  RawClient first = upstream.accept();
  first.send(std::string(kAnswer) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  EXPECT_EQ(outcome->get().response->body, "ok");
  outcome = caller.begin(to(upstream.port()));
  RawClient second = upstream.accept();
  second.send(kAnswer);
  EXPECT_EQ(outcome->get().response->body, "ok");
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

TEST(UpstreamClient, TakesAnAnswerBeforeAllIsSent) {
  Caller caller;
  RawListener upstream;
  const auto outcome = caller.begin(to(upstream.port()), Caller::post("/a", std::string(64u << 20, 'b')));
  RawClient peer = upstream.accept();
  peer.receive_through("\r\n\r\n");
  peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(outcome->get().response->status, 413);
  peer.drain();  // ends, because the connection is not kept
}

TEST(UpstreamClient, LetsCallsWaitForAConnection) {
  UpstreamOptions options;
  options.connections_max = 1;
  options.waiting_max = 2;
  Caller caller(options);
  RawListener upstream;
  const auto first = caller.begin(to(upstream.port()));
  const auto second = caller.begin(to(upstream.port()));
  const auto hasty = caller.begin(to(upstream.port(), milliseconds(20)));
  const UpstreamResult late = hasty->get();
  EXPECT_EQ(late.response.error().code, Code::kDeadlineExceeded);
  EXPECT_FALSE(late.sent);
  const auto third = caller.begin(to(upstream.port()));
  const UpstreamResult refused = caller.call(to(upstream.port()));
  EXPECT_EQ(refused.response.error().code, Code::kResourceExhausted);
  EXPECT_FALSE(refused.sent);
  RawClient peer = upstream.accept();
  peer.receive_through("\r\n\r\n");
  peer.send(kAnswer);
  EXPECT_EQ(first->get().response->body, "ok");
  peer.receive_through("\r\n\r\n");
  peer.close();  // the second fails, and the third gets a connection of its own
  EXPECT_FALSE(second->get().response.ok());
  RawClient next = upstream.accept();
  next.receive_through("\r\n\r\n");
  next.send(kAnswer);
  EXPECT_EQ(third->get().response->body, "ok");
}

TEST(UpstreamClient, BoundsTheBytesThatWait) {
  UpstreamOptions options;
  options.connections_max = 1;
  options.waiting_bytes_max = 10;
  Caller caller(options);
  RawListener upstream;
  const auto first = caller.begin(to(upstream.port()));
  const auto second = caller.begin(to(upstream.port()), Caller::post("/", std::string(10, 'b')));
  EXPECT_EQ(caller.call(to(upstream.port()), Caller::post("/", "b")).response.error().code,
            Code::kResourceExhausted);
  EXPECT_FALSE(second->ended());
}

TEST(UpstreamClient, BoundsTheAnswersInFlight) {
  UpstreamOptions options;
  options.inflight_answer_bytes_max = 1'000;
  Caller caller(options);
  RawListener upstream;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
  const auto first = caller.begin(to(upstream.port()));
  RawClient holder = upstream.accept();
  holder.send(head + std::string(600, 'x'));
  ASSERT_TRUE(eventually([&] { return caller.server().counted("weir_http_inflight_answer_bytes 600"); }));
  const auto second = caller.begin(to(upstream.port()));
  RawClient peer = upstream.accept();
  peer.send(head + std::string(401, 'x'));
  EXPECT_EQ(second->get().response.error().code, Code::kCancelled);
  holder.send(std::string(400, 'x'));
  EXPECT_EQ(first->get().response.value().body.size(), 1'000u);
  EXPECT_TRUE(caller.server().counted("weir_http_inflight_answer_bytes 0"));
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

TEST(RunLater, RunsOnTheLoopThatAsked) {
  Caller caller;
  std::atomic<bool> ran = false;
  caller.run([&] { run_later(milliseconds(1), [&] { run_later(milliseconds(0), [&] { ran = true; }); }); });
  EXPECT_TRUE(eventually([&] { return ran.load(); }));
}

TEST(RunLater, DropsWhatIsNotYetDueWhenTheServerIsCut) {
  Caller caller;
  const auto held = std::make_shared<int>(1);
  std::atomic<bool> ran = false;
  caller.run([&] { run_later(std::chrono::hours(1), [&, kept = held] { ran = true; }); });
  EXPECT_EQ(held.use_count(), 2);
  caller.server().server().stop(milliseconds(0));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(ran);
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
