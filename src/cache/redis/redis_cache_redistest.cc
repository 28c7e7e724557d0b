#include <csignal>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/redis/entry.h"
#include "cache/redis/redis_cache.h"
#include "contract/cache_contract.h"
#include "os/random.h"
#include "support/stall_meter.h"
#include "support/tcp_proxy.h"

namespace weir::cache {
namespace {

using resilience::BreakerState;

const char* server_address() {
  return std::getenv("WEIR_TEST_REDIS");
}

// Another tenant's ids each time, so that suites may share a server and run again.
class FreshTenants final : public Cache {
 public:
  explicit FreshTenants(std::unique_ptr<Cache> cache) : cache_(std::move(cache)) {}
  Result<std::optional<std::string>> get(TenantId tenant, std::string_view key, Deadline deadline) override {
    return cache_->get(fresh(tenant), key, deadline);
  }
  Status put(TenantId tenant, std::string_view key, std::string_view value, os::milliseconds ttl,
             Deadline deadline) override {
    return cache_->put(fresh(tenant), key, value, ttl, deadline);
  }
  Status erase(TenantId tenant, std::string_view key, Deadline deadline) override {
    return cache_->erase(fresh(tenant), key, deadline);
  }

 private:
  TenantId fresh(TenantId tenant) const { return TenantId::from_stored(base_ + tenant.value()); }
  const std::unique_ptr<Cache> cache_;
  const uint64_t base_ = os::random_seed() >> 8;
};

struct RedisEngine {
  static constexpr size_t kEntryBytesMax = 4'096;
  std::unique_ptr<Cache> create(os::sim::ManualClock& clock) {
    if (server_address() == nullptr) return nullptr;
    client.emplace(weir::redis::ClientOptions{.address = server_address()}, os::system_clock(), registry);
    // The suite is about what a cache keeps; a machine that is busy for 50 ms is another test's subject.
    const redis::RedisCacheOptions options{.entry_bytes_max = kEntryBytesMax,
                                           .operation_timeout = os::milliseconds(5'000)};
    return std::make_unique<FreshTenants>(redis::create(options, *client, clock, registry));
  }
  telemetry::Registry registry;
  std::optional<weir::redis::Client> client;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, CacheContract, RedisEngine);

// Stops the server's process, as a debugger or a starved machine does; it goes on with the object's end.
class StoppedProcess {
 public:
  explicit StoppedProcess(pid_t pid) : pid_(pid) { CHECK(::kill(pid_, SIGSTOP) == 0, "the server is ours"); }
  ~StoppedProcess() { ::kill(pid_, SIGCONT); }

 private:
  const pid_t pid_;
};

class RedisCache : public testing::Test {
 protected:
  void SetUp() override {
    if (server_address() == nullptr)
      GTEST_SKIP() << "WEIR_TEST_REDIS is not set: run by tests/services/run.py";
    proxy_.emplace(server_address());
    client_.emplace(weir::redis::ClientOptions{.address = proxy_->address(), .database = 9}, clock_,
                    registry_);
    cache_ = redis::create({}, *client_, clock_, registry_);
  }
  std::optional<std::string> get(Cache& cache, std::string_view key) {
    return cache.get(tenant_, key, never_).value();
  }
  void put(std::string_view key, std::string_view value, int ttl_ms = 60'000) {
    ASSERT_TRUE(cache_->put(tenant_, key, value, os::milliseconds(ttl_ms), never_).ok());
  }
  weir::redis::Reply command(std::vector<std::string_view> arguments) {
    return client_->command(arguments, Deadline::after(clock_, os::milliseconds(5'000))).value();
  }
  std::string stored(std::string_view key) { return command({"GET", redis::entry_name(tenant_, key)}).text; }
  pid_t server_process() {
    const std::string info = command({"INFO", "server"}).text;
    return static_cast<pid_t>(std::stol(info.substr(info.find("process_id:") + 11)));
  }
  double strangers() {
    const std::string text = registry_.to_text();
    const std::string name = "\nweir_cache_strangers_total ";
    return std::stod(text.substr(text.find(name) + name.size()));
  }

  // Reads often enough to open the breaker, each within its 50 ms.
  void expect_quick_errors() {
    const weir::test::StallMeter stalls;
    double longest_ms = 0;
    for (int i = 0; i < 60; ++i) {
      const os::SteadyTime started = clock_.steady();
      EXPECT_FALSE(cache_->get(tenant_, "key", never_).ok());
      longest_ms =
          std::max(longest_ms, std::chrono::duration<double, std::milli>(clock_.steady() - started).count());
    }
    EXPECT_LE(longest_ms, 65 + stalls.allowance_ms());
    EXPECT_EQ(client_->breaker().status().state, BreakerState::kOpen);
  }
  void expect_recovery() {
    const Deadline deadline = Deadline::after(clock_, os::milliseconds(30'000));
    while (client_->breaker().status().state != BreakerState::kClosed) {
      ASSERT_FALSE(deadline.passed(clock_));
      static_cast<void>(cache_->get(tenant_, "key", never_));
      clock_.sleep_until(clock_.steady() + os::milliseconds(5), {});
    }
  }

  os::Clock& clock_ = os::system_clock();
  const Deadline never_ = Deadline::never();
  const TenantId tenant_ = TenantId::from_stored(os::random_seed() >> 8);
  telemetry::Registry registry_;
  std::optional<test::TcpProxy> proxy_;
  std::optional<weir::redis::Client> client_;
  std::unique_ptr<Cache> cache_;
};

TEST_F(RedisCache, IsSharedByProcesses) {
  const auto other = redis::create({}, *client_, clock_, registry_);
  put("key", "value");
  EXPECT_EQ(get(*other, "key"), "value");
  ASSERT_TRUE(other->erase(tenant_, "key", never_).ok());
  EXPECT_EQ(get(*cache_, "key"), std::nullopt);
}

TEST_F(RedisCache, OtherProcessesForgetByTheServersClock) {
  const auto other = redis::create({}, *client_, clock_, registry_);
  put("short", "value", 300);
  put("long", "value");
  const Deadline deadline = Deadline::after(clock_, os::milliseconds(10'000));
  while (get(*other, "short")) ASSERT_FALSE(deadline.passed(clock_));
  EXPECT_EQ(get(*other, "long"), "value");
}

TEST_F(RedisCache, TheLongestTimeToLiveIsAYear) {
  ASSERT_TRUE(cache_->put(tenant_, "key", "value", os::milliseconds::max(), never_).ok());
  EXPECT_EQ(get(*cache_, "key"), "value");
  EXPECT_GT(command({"PTTL", redis::entry_name(tenant_, "key")}).integer, int64_t{364} * 86'400'000);
}

// What a collision of the hash would bring to the same place: another key's entry, and another tenant's.
TEST_F(RedisCache, AnEntryThatIsNotOursReadsAsAbsent) {
  put("key", "value");
  const std::string bytes = stored("key");
  command({"SET", redis::entry_name(tenant_, "collides"), bytes, "PX", "60000"});
  EXPECT_EQ(get(*cache_, "collides"), std::nullopt);
  const TenantId other = TenantId::from_stored(tenant_.value() + 1);
  command({"SET", redis::entry_name(other, "key"), bytes, "PX", "60000"});
  EXPECT_EQ(cache_->get(other, "key", never_).value(), std::nullopt);
  EXPECT_EQ(strangers(), 2);
  command({"SET", redis::entry_name(tenant_, "garbage"), "x", "PX", "60000"});
  EXPECT_EQ(get(*cache_, "garbage"), std::nullopt);
  EXPECT_EQ(get(*cache_, "key"), "value");
}

TEST_F(RedisCache, AValueOfAnotherTypeIsAnErrorToGoOnWithout) {
  const std::string name = redis::entry_name(tenant_, "list");
  command({"RPUSH", name, "x"});
  EXPECT_EQ(cache_->get(tenant_, "list", never_).error().code, Code::kUnavailable);
  EXPECT_TRUE(cache_->put(tenant_, "list", "now a value", os::milliseconds(60'000), never_).ok());
  EXPECT_EQ(get(*cache_, "list"), "now a value");
}

TEST_F(RedisCache, AFlushForgetsEverythingAndNothingElseHappens) {
  put("key", "value");
  command({"FLUSHDB"});
  EXPECT_EQ(get(*cache_, "key"), std::nullopt);
  put("key", "again");
  EXPECT_EQ(get(*cache_, "key"), "again");
}

TEST_F(RedisCache, APassedDeadlineFailsTheCall) {
  const auto late = cache_->get(tenant_, "key", Deadline::at(clock_.steady()));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
}

TEST_F(RedisCache, AStoppedServerCostsFiftyMillisecondsUntilTheBreakerOpens) {
  put("key", "value");
  {
    const StoppedProcess stopped(server_process());
    expect_quick_errors();
  }
  expect_recovery();
  EXPECT_EQ(get(*cache_, "key"), "value");
}

TEST_F(RedisCache, AServerThatIsGoneIsAnErrorAtOnce) {
  put("key", "value");
  proxy_->refuse();
  expect_quick_errors();
  proxy_->pass();
  expect_recovery();
  EXPECT_EQ(get(*cache_, "key"), "value");
}

}  // namespace
}  // namespace weir::cache
