#include "net/testing/upstream_caller.h"

// Which answers of an upstream are taken, and which are not trusted.
namespace weir::net {
namespace {

using testing::Caller;
using testing::kAnswer;
using testing::RawClient;
using testing::RawListener;
using testing::to;

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

}  // namespace
}  // namespace weir::net
