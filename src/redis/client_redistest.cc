#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/threads.h"
#include "redis/client.h"
#include "support/network_faults.h"
#include "support/stall_meter.h"

namespace weir::redis {
namespace {

using resilience::BreakerState;
using std::chrono::duration;

size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

// A real Redis behind a proxy that can spoil the way to it.
class RedisClientOnServer : public testing::Test {
 protected:
  void SetUp() override {
    const char* address = std::getenv("WEIR_TEST_REDIS");
    if (address == nullptr) GTEST_SKIP() << "WEIR_TEST_REDIS is not set: run by tests/services/run.py";
    proxy_.emplace(address);
    client_.emplace(ClientOptions{.address = proxy_->address()}, clock_, registry_);
  }
  Deadline after(int ms) { return Deadline::after(clock_, os::milliseconds(ms)); }
  Result<Reply> command(std::vector<std::string_view> arguments, int within_ms = 5'000) {
    return client_->command(arguments, after(within_ms));
  }
  Result<Reply> eval(std::string_view script, std::string_view key = "", std::string_view argument = "") {
    const std::array<std::string_view, 1> keys{key};
    const std::array<std::string_view, 1> arguments{argument};
    return client_->eval(script, keys, arguments, after(5'000));
  }
  double seconds_since(os::SteadyTime started) { return duration<double>(clock_.steady() - started).count(); }

  // Calls until the breaker has opened and closed again; the proxy is to be whole by then.
  void wait_until_closed() {
    const os::SteadyTime started = clock_.steady();
    while (client_->breaker().status().state != BreakerState::kClosed) {
      ASSERT_LT(seconds_since(started), 30) << "the breaker never closed";
      static_cast<void>(command({"PING"}));
      clock_.sleep_until(clock_.steady() + os::milliseconds(5), {});
    }
  }

  os::Clock& clock_ = os::system_clock();
  telemetry::Registry registry_;
  const test::StallMeter stalls_;
  std::optional<test::TcpProxy> proxy_;
  std::optional<Client> client_;
  const std::string key_ = "weir-test:" + std::to_string(os::random_seed());
};

TEST_F(RedisClientOnServer, CarriesAnyBytes) {
  std::string value;
  for (int i = 0; i < 256; ++i) value.push_back(static_cast<char>(i));
  ASSERT_TRUE(command({"SET", key_, value, "PX", "60000"}).ok());
  EXPECT_EQ(command({"GET", key_}).value().text, value);
  ASSERT_TRUE(command({"SET", key_, "", "PX", "60000"}).ok());
  EXPECT_EQ(command({"GET", key_}).value().kind, Reply::Kind::kText);
  EXPECT_EQ(command({"DEL", key_}).value().integer, 1);
  EXPECT_EQ(command({"GET", key_}).value().kind, Reply::Kind::kNull);
}

TEST_F(RedisClientOnServer, CarriesLargeValues) {
  const std::string value(8u << 20, 'x');
  ASSERT_TRUE(command({"SET", key_, value, "PX", "60000"}).ok());
  EXPECT_EQ(command({"GET", key_}).value().text, value);
  ASSERT_TRUE(command({"DEL", key_}).ok());
}

TEST_F(RedisClientOnServer, MapsErrors) {
  EXPECT_EQ(command({"INCR", "a", "b"}).error().code, Code::kInternal);
  EXPECT_EQ(command({"EVALSHA", std::string(40, '0'), "0"}).error().code, Code::kNotFound);
  EXPECT_EQ(command({"NOSUCHCOMMAND", "an argument"}).error().message.find("an argument"), std::string::npos);
}

TEST_F(RedisClientOnServer, LoadsAScriptAgainWhenTheServerForgotIt) {
  const std::string script = "return KEYS[1] .. ARGV[1] .. '" + key_ + "'";
  EXPECT_EQ(eval(script, "k", "a").value().text, "ka" + key_);
  EXPECT_EQ(eval(script, "k", "b").value().text, "kb" + key_);
  ASSERT_TRUE(command({"SCRIPT", "FLUSH"}).ok());
  EXPECT_EQ(eval(script, "k", "c").value().text, "kc" + key_);
  EXPECT_EQ(eval("return {1, 'two', false, {3}}").value().items.size(), 4U);
  EXPECT_EQ(eval("nonsense(").error().code, Code::kInternal);
}

TEST_F(RedisClientOnServer, UsesItsDatabase) {
  Client other({.address = proxy_->address(), .database = 5}, clock_, registry_);
  const std::array<std::string_view, 3> set{"SET", key_, "in five"};
  ASSERT_TRUE(other.command(set, after(5'000)).ok());
  EXPECT_EQ(command({"GET", key_}).value().kind, Reply::Kind::kNull);
  const std::array<std::string_view, 2> del{"DEL", key_};
  EXPECT_EQ(other.command(del, after(5'000)).value().integer, 1);
}

TEST_F(RedisClientOnServer, LogsInAsAUser) {
  const std::string user = "u" + std::to_string(os::random_seed());
  ASSERT_TRUE(command({"ACL", "SETUSER", user, "on", ">correct horse", "+ping"}).ok());
  const std::array<std::string_view, 1> ping{"PING"};
  Client right({.address = proxy_->address(), .user = user, .password = "correct horse"}, clock_, registry_);
  EXPECT_EQ(right.command(ping, after(5'000)).value().text, "PONG");
  const std::array<std::string_view, 2> get{"GET", "key"};
  EXPECT_EQ(right.command(get, after(5'000)).error().code, Code::kPermissionDenied);
  Client wrong({.address = proxy_->address(), .user = user, .password = "wrong"}, clock_, registry_);
  EXPECT_EQ(wrong.command(ping, after(5'000)).error().code, Code::kPermissionDenied);
  ASSERT_TRUE(command({"ACL", "DELUSER", user}).ok());
}

TEST_F(RedisClientOnServer, ThreadsShareFewConnectionsAndGetTheirOwnAnswers) {
  constexpr int kThreads = 16;
  {
    std::vector<os::Thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back("redis-user", [&, i](std::stop_token) {
        for (int round = 0; round < 200; ++round) {
          const std::string text = std::to_string(i) + ":" + std::to_string(round);
          EXPECT_EQ(command({"ECHO", text}).value().text, text);
        }
      });
    }
  }
  EXPECT_LE(proxy_->accepted(), ClientOptions().connections_max);
}

class RedisClientUnderFault : public RedisClientOnServer,
                              public testing::WithParamInterface<test::NetworkFault> {};

// No call takes longer than its deadline, no socket is left behind, and the client finds back by itself.
TEST_P(RedisClientUnderFault, KeepsDeadlinesAndLeaksNothingAndRecovers) {
  constexpr int kDeadlineMs = 50;
  constexpr double kAllowedMs = kDeadlineMs * 1.1 + 10;
  ASSERT_TRUE(command({"PING"}).ok());
  const size_t before = open_descriptors();
  GetParam().spoil(*proxy_);
  double longest_ms = 0;
  int failed = 0;
  for (int i = 0; i < 60; ++i) {
    const os::SteadyTime started = clock_.steady();
    failed += command({"ECHO", std::string(200, 'x')}, kDeadlineMs).ok() ? 0 : 1;
    longest_ms = std::max(longest_ms, 1e3 * seconds_since(started));
  }
  EXPECT_GE(failed, 50);
  EXPECT_LE(longest_ms, kAllowedMs + stalls_.allowance_ms());
  EXPECT_EQ(client_->breaker().status().state, BreakerState::kOpen);
  RecordProperty("longest_ms", std::to_string(longest_ms));

  proxy_->pass();
  wait_until_closed();
  EXPECT_TRUE(command({"PING"}).ok());
  // The client's connections and their two ends in the proxy, as before, and nothing besides.
  proxy_->cut();
  EXPECT_TRUE(command({"PING"}).ok());
  EXPECT_LE(open_descriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(Every, RedisClientUnderFault,
                         ::testing::ValuesIn(test::network_faults(os::milliseconds(200),
                                                                  os::milliseconds(1))),
                         test::fault_name);

// Slow answers alone open the breaker too.
TEST_F(RedisClientOnServer, SlowAnswersOpenTheBreaker) {
  proxy_->delay(os::milliseconds(25));
  for (int i = 0; i < 25; ++i) static_cast<void>(command({"PING"}));
  EXPECT_EQ(client_->breaker().status().state, BreakerState::kOpen);
  const os::SteadyTime started = clock_.steady();
  EXPECT_EQ(command({"PING"}).error().code, Code::kUnavailable);
  EXPECT_LT(seconds_since(started) * 1'000, 10 + stalls_.allowance_ms());
  proxy_->pass();
  wait_until_closed();
}

TEST_F(RedisClientOnServer, AHungUpConnectionFailsItsCallAtOnce) {
  ASSERT_TRUE(command({"PING"}).ok());
  proxy_->freeze();
  os::Thread cutter("cutter", [&](std::stop_token stop) {
    clock_.sleep_until(clock_.steady() + os::milliseconds(50), stop);
    proxy_->cut();
  });
  const os::SteadyTime started = clock_.steady();
  EXPECT_EQ(command({"PING"}).error().code, Code::kUnavailable);
  EXPECT_LT(seconds_since(started), 2);
}

// A late answer belongs to the call that gave up, and must not reach the next one.
TEST_F(RedisClientOnServer, ALateAnswerIsNeverTakenForAnothersCall) {
  for (int i = 0; i < 9; ++i) {  // fewer calls than open the breaker
    proxy_->delay(os::milliseconds(15));
    static_cast<void>(command({"ECHO", "late"}, 10));
    proxy_->pass();
    EXPECT_EQ(command({"ECHO", "mine"}).value().text, "mine");
  }
}

}  // namespace
}  // namespace weir::redis
