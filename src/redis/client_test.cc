#include "redis/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tcp_proxy.h"

namespace weir::redis {
namespace {

// A client of a server that the test makes up.
class RedisClient : public testing::Test {
 protected:
  void connect(ClientOptions options = {}) {
    options.address = server_.address();
    client_.emplace(options, clock_, registry_);
  }
  Result<Reply> ping(int within_ms = 5'000) {
    const std::array<std::string_view, 1> arguments{"PING"};
    return client_->command(arguments, Deadline::after(clock_, os::milliseconds(within_ms)));
  }
  Code ping_code(int within_ms = 5'000) { return ping(within_ms).error().code; }

  os::Clock& clock_ = os::system_clock();
  telemetry::Registry registry_;
  test::TcpProxy server_;
  std::optional<Client> client_;
};

TEST_F(RedisClient, KeepsItsConnection) {
  server_.answer("+PONG\r\n");
  connect();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ping().value().text, "PONG");
  EXPECT_EQ(server_.accepted(), 1U);
}

TEST_F(RedisClient, ConnectsAgainWhenTheServerHasHungUpInBetween) {
  server_.answer("+PONG\r\n");
  connect();
  ASSERT_TRUE(ping().ok());
  server_.cut();
  EXPECT_TRUE(ping().ok());
  EXPECT_EQ(server_.accepted(), 2U);
}

TEST_F(RedisClient, NeverTakesALeftOverAnswerForItsOwn) {
  server_.answer("+PONG\r\n+STALE\r\n");
  connect();
  EXPECT_EQ(ping().value().text, "PONG");
  server_.answer("+FRESH\r\n");
  EXPECT_EQ(ping().value().text, "FRESH");
  EXPECT_EQ(server_.accepted(), 2U);
}

TEST_F(RedisClient, DropsAStreamThatIsNotRedis) {
  server_.answer("HTTP/1.1 400 Bad Request\r\n\r\n");
  connect();
  EXPECT_EQ(ping_code(), Code::kUnavailable);
  server_.answer("+PONG\r\n");
  EXPECT_TRUE(ping().ok());
  EXPECT_EQ(server_.accepted(), 2U);
}

TEST_F(RedisClient, BoundsAReply) {
  server_.answer("$1000\r\n" + std::string(1'000, 'x') + "\r\n");
  connect({.reply_bytes_max = 500});
  EXPECT_EQ(ping_code(), Code::kResourceExhausted);
}

TEST_F(RedisClient, AnErrorReplyNamesTheServerAndKeepsTheConnection) {
  server_.answer("-WRONGTYPE of the value\r\n");
  connect();
  const auto reply = ping();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::kInternal);
  EXPECT_EQ(reply.error().message, "redis " + server_.address() + ": WRONGTYPE of the value");
  server_.answer("+PONG\r\n");
  EXPECT_TRUE(ping().ok());
  EXPECT_EQ(server_.accepted(), 1U);
}

TEST_F(RedisClient, CallersMistakesDoNotOpenTheBreaker) {
  server_.answer("-ERR wrong number of arguments\r\n");
  connect();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(ping_code(), Code::kInternal);
  EXPECT_EQ(client_->breaker().status().state, resilience::BreakerState::kClosed);
  server_.answer("-LOADING Redis is loading the dataset in memory\r\n");
  for (int i = 0; i < 60; ++i) EXPECT_EQ(ping_code(), Code::kUnavailable);
  EXPECT_EQ(client_->breaker().status().state, resilience::BreakerState::kOpen);
}

TEST_F(RedisClient, ARefusedPasswordIsNotRepeatedInTheError) {
  server_.answer("-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n");
  connect({.password = "hunter2"});
  const auto reply = ping();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::kPermissionDenied);
  EXPECT_THAT(reply.error().message, testing::Not(testing::HasSubstr("hunter2")));
}

TEST_F(RedisClient, APassedDeadlineSendsNothing) {
  server_.answer("+PONG\r\n");
  connect();
  EXPECT_EQ(ping_code(0), Code::kDeadlineExceeded);
  EXPECT_EQ(server_.accepted(), 0U);
  EXPECT_EQ(client_->breaker().status().calls, 0U);
}

TEST_F(RedisClient, AWrongAddressIsTheCallersMistake) {
  client_.emplace(ClientOptions{.address = "nonsense"}, clock_, registry_);
  EXPECT_EQ(ping_code(), Code::kInvalidArgument);
}

TEST_F(RedisClient, WaitsForAConnectionOnlyUntilTheDeadline) {
  server_.freeze();
  connect({.connections_max = 1});
  os::Thread holder("holder", [&](std::stop_token) { EXPECT_FALSE(ping(300).ok()); });
  while (server_.accepted() == 0) std::this_thread::yield();
  const auto refused = ping(20);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("all 1 connections"));
}

TEST_F(RedisClient, CountsCallsAndErrorsByCode) {
  server_.answer("+PONG\r\n");
  connect();
  ASSERT_TRUE(ping().ok());
  server_.answer("-OOM command not allowed\r\n");
  EXPECT_EQ(ping_code(), Code::kResourceExhausted);
  const std::string text = registry_.to_text();
  EXPECT_THAT(text, testing::HasSubstr("weir_redis_calls_total 2"));
  EXPECT_THAT(text, testing::HasSubstr("weir_redis_errors_total{code=\"resource_exhausted\"} 1"));
  EXPECT_THAT(text, testing::HasSubstr("weir_redis_call_duration_seconds_count 2"));
  EXPECT_THAT(text, testing::HasSubstr("weir_redis_connections 1"));
}

}  // namespace
}  // namespace weir::redis
