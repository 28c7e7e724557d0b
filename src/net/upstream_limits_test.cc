#include "net/testing/upstream_caller.h"

namespace weir::net {
namespace {

using std::chrono::milliseconds;
using testing::Caller;
using testing::eventually;
using testing::kAnswer;
using testing::RawClient;
using testing::RawListener;
using testing::to;

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

}  // namespace
}  // namespace weir::net
