#include <cstdlib>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/rate_limiter_contract.h"
#include "os/random.h"
#include "support/tcp_proxy.h"
#include "tenant/redis_limiter.h"

namespace weir::tenant {
namespace {

using resilience::BreakerState;

const char* server_address() {
  return std::getenv("WEIR_TEST_REDIS");
}

RedisLimiterOptions fresh_options() {
  return {.key_prefix = "weir-test:rl:" + std::to_string(os::random_seed()) + ":",
          // A machine that is busy for 50 ms is another test's subject.
          .operation_timeout = os::milliseconds(2'000)};
}

struct RedisEngine {
  static constexpr double kTolerance = 0.05;
  std::unique_ptr<RateLimiter> create() {
    if (server_address() == nullptr) return nullptr;
    client.emplace(redis::ClientOptions{.address = server_address()}, clock(), registry);
    return create_redis_limiter(fresh_options(), *client, clock(), registry);
  }
  os::Clock& clock() { return os::system_clock(); }
  void advance(os::milliseconds by) { clock().sleep_until(clock().steady() + by, {}); }
  TenantId tenant(uint64_t n) { return TenantId::from_stored(n); }
  telemetry::Registry registry;
  std::optional<redis::Client> client;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Redis, RateLimiterContract, RedisEngine);

// One process: a client of its own, through a proxy of its own, and a limiter.
struct Process {
  Process(const RedisLimiterOptions& options, os::Clock& clock)
      : proxy(server_address()),
        client({.address = proxy.address(), .database = 10}, clock, registry),
        limiter(create_redis_limiter(options, client, clock, registry)) {}

  Allowance take(const Rate& rate, uint64_t cost = 1) {
    return limiter->take(TenantId::from_stored(1), "samples", rate, cost);
  }
  double metric(const std::string& name) const {
    const std::string text = registry.to_text();
    const size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
  }

  test::TcpProxy proxy;
  telemetry::Registry registry;
  redis::Client client;
  std::unique_ptr<RateLimiter> limiter;
};

class RedisLimiter : public testing::Test {
 protected:
  void SetUp() override {
    if (server_address() == nullptr)
      GTEST_SKIP() << "WEIR_TEST_REDIS is not set: run by tests/services/run.py";
  }
  void start(size_t count, RedisLimiterOptions options = fresh_options()) {
    for (size_t i = 0; i < count; ++i) processes_.push_back(std::make_unique<Process>(options, clock_));
    for (const auto& process : processes_) wait_for_count(*process, static_cast<double>(count));
  }
  void wait_for_count(Process& process, double count) {
    const Deadline deadline = Deadline::after(clock_, os::milliseconds(10'000));
    while (process.metric("weir_rate_limiter_processes") != count) {
      ASSERT_FALSE(deadline.passed(clock_)) << "processes never were " << count;
      sleep_ms(5);
    }
  }
  void sleep_ms(int ms) { clock_.sleep_until(clock_.steady() + os::milliseconds(ms), {}); }
  double seconds_since(os::SteadyTime then) {
    return std::chrono::duration<double>(clock_.steady() - then).count();
  }

  // All processes take as fast as they are let, for so long; how many each got.
  std::vector<double> run_all(const Rate& rate, double seconds) {
    std::vector<double> allowed(processes_.size(), 0);
    const os::SteadyTime started = clock_.steady();
    {
      std::vector<os::Thread> threads;
      for (size_t i = 0; i < processes_.size(); ++i) {
        threads.emplace_back("limited", [&, i](std::stop_token) {
          while (seconds_since(started) < seconds) {
            const Allowance allowance = processes_[i]->take(rate);
            if (allowance.allowed) {
              allowed[i] += 1;
            } else {
              clock_.sleep_until(clock_.steady() + allowance.retry_after, {});
            }
          }
        });
      }
    }
    elapsed_ = seconds_since(started);
    return allowed;
  }
  static double sum(const std::vector<double>& values) {
    double total = 0;
    for (const double value : values) total += value;
    return total;
  }

  os::Clock& clock_ = os::system_clock();
  double elapsed_ = 0;
  std::vector<std::unique_ptr<Process>> processes_;
};

TEST_F(RedisLimiter, ProcessesShareOneRate) {
  start(4);
  const Rate rate{.per_second = 1'000, .burst = 500};
  const std::vector<double> allowed = run_all(rate, 4);
  const double ideal = 500 + 1'000 * elapsed_;
  EXPECT_NEAR(sum(allowed), ideal, 0.05 * ideal);
  for (const double mine : allowed) EXPECT_GT(mine, ideal / 4 / 3) << "nobody starves";
  RecordProperty("allowed", std::to_string(sum(allowed)));
  RecordProperty("ideal", std::to_string(ideal));
}

// Three processes that do little must not hold leases that the fourth could use.
TEST_F(RedisLimiter, ABusyProcessGetsWhatTheOthersLeave) {
  start(4);
  const Rate rate{.per_second = 10'000, .burst = 10'000};
  const os::SteadyTime started = clock_.steady();
  std::atomic<uint64_t> light{0};
  uint64_t heavy = 0;
  {
    std::vector<os::Thread> threads;
    for (size_t i = 1; i < 4; ++i) {
      threads.emplace_back("light", [&, i](std::stop_token) {
        while (seconds_since(started) < 3) {
          light += processes_[i]->take(rate).allowed ? 1 : 0;
          sleep_ms(50);
        }
      });
    }
    while (seconds_since(started) < 3) {
      const Allowance allowance = processes_[0]->take(rate, 10);
      if (allowance.allowed) heavy += 10;
      if (!allowance.allowed) sleep_ms(static_cast<int>(allowance.retry_after.count()));
    }
  }
  const double ideal = 10'000 + 10'000 * seconds_since(started);
  EXPECT_GT(static_cast<double>(heavy), 0.93 * ideal);
  EXPECT_LE(static_cast<double>(heavy + light), 1.01 * ideal);
}

TEST_F(RedisLimiter, MostTakesAreLocal) {
  start(1);
  const Rate rate{.per_second = 1'000'000, .burst = 1'000'000};
  for (int i = 0; i < 20'000; ++i) EXPECT_TRUE(processes_[0]->take(rate).allowed);
  EXPECT_LT(processes_[0]->metric("weir_rate_limiter_takes_total{by=\"redis\"}"), 1'000);
}

TEST_F(RedisLimiter, ARefusedTenantDoesNotFloodRedis) {
  start(1);
  const Rate rate{.per_second = 100, .burst = 10};
  const os::SteadyTime started = clock_.steady();
  uint64_t takes = 0;
  for (; seconds_since(started) < 1; ++takes) processes_[0]->take(rate);
  EXPECT_GT(takes, 10'000U);
  EXPECT_LT(processes_[0]->metric("weir_rate_limiter_takes_total{by=\"redis\"}"),
            10 + 200 * seconds_since(started));
}

TEST_F(RedisLimiter, AFlushOfRedisGivesNoNewBurst) {
  start(2);
  const Rate rate{.per_second = 200, .burst = 1'000};
  const os::SteadyTime started = clock_.steady();
  double allowed = sum(run_all(rate, 1));
  for (int i = 0; i < 3; ++i) {
    const std::array<std::string_view, 1> flush{"FLUSHDB"};
    ASSERT_TRUE(processes_[0]->client.command(flush, Deadline::after(clock_, os::milliseconds(2'000))).ok());
    const std::array<std::string_view, 2> forget{"SCRIPT", "FLUSH"};
    ASSERT_TRUE(processes_[0]->client.command(forget, Deadline::after(clock_, os::milliseconds(2'000))).ok());
    allowed += sum(run_all(rate, 0.5));
  }
  const double ideal = 1'000 + 200 * seconds_since(started);
  EXPECT_LE(allowed, 1.05 * ideal);
  EXPECT_GE(allowed, 0.90 * ideal);
}

struct Outage {
  const char* name;
  void (*begin)(test::TcpProxy&);
};
class RedisLimiterInOutage : public RedisLimiter, public testing::WithParamInterface<Outage> {};

// Away for a while: no call waits long, nobody is unlimited, nobody is locked out, and all come back.
TEST_P(RedisLimiterInOutage, LimitsByItselfAndComesBack) {
  RedisLimiterOptions options = fresh_options();
  options.operation_timeout = os::milliseconds(50);
  options.heartbeat = os::milliseconds(200);
  start(4, options);
  const Rate rate{.per_second = 1'000, .burst = 500};
  run_all(rate, 0.5);
  for (const auto& process : processes_) GetParam().begin(process->proxy);
  run_all(rate, 0.3);  // what was leased before is used up
  const std::vector<double> alone = run_all(rate, 2);
  EXPECT_NEAR(sum(alone), 1'000 * elapsed_, 0.2 * 1'000 * elapsed_);
  for (const auto& process : processes_) {
    EXPECT_GT(process->metric("weir_rate_limiter_takes_total{by=\"itself\"}"), 100);
    EXPECT_EQ(process->metric("weir_rate_limiter_processes"), 4) << "the last count known";
  }

  for (const auto& process : processes_) process->proxy.pass();
  for (const auto& process : processes_) {
    const Deadline deadline = Deadline::after(clock_, os::milliseconds(60'000));
    while (process->client.breaker().status().state != BreakerState::kClosed) {
      ASSERT_FALSE(deadline.passed(clock_));
      process->take(rate);
      sleep_ms(1);
    }
  }
  run_all(rate, 0.3);
  const double asked = processes_[0]->metric("weir_rate_limiter_takes_total{by=\"redis\"}");
  const std::vector<double> together = run_all(rate, 2);
  EXPECT_GT(processes_[0]->metric("weir_rate_limiter_takes_total{by=\"redis\"}"), asked);
  EXPECT_NEAR(sum(together), 1'000 * elapsed_, 0.1 * 1'000 * elapsed_);
}

INSTANTIATE_TEST_SUITE_P(
    Every, RedisLimiterInOutage,
    testing::Values(Outage{"Frozen", [](test::TcpProxy& proxy) { proxy.freeze(); }},
                    Outage{"Gone", [](test::TcpProxy& proxy) { proxy.refuse(); }},
                    Outage{"Slow", [](test::TcpProxy& proxy) { proxy.delay(os::milliseconds(100)); }}),
    [](const auto& param) { return param.param.name; });

TEST_F(RedisLimiter, ASilentRedisCostsACallFiftyMillisecondsATenthOfASecond) {
  RedisLimiterOptions options = fresh_options();
  options.operation_timeout = os::milliseconds(50);
  start(1, options);
  const Rate rate{.per_second = 1'000'000, .burst = 1'000'000};
  sleep_ms(200);
  processes_[0]->proxy.freeze();
  const os::SteadyTime started = clock_.steady();
  int slow = 0;
  double longest = 0;
  while (seconds_since(started) < 1) {
    const os::SteadyTime before = clock_.steady();
    processes_[0]->take(rate);
    const double took = seconds_since(before);
    slow += took > 0.040 ? 1 : 0;
    longest = std::max(longest, took);
    sleep_ms(1);
  }
  EXPECT_LE(longest, 0.065);
  EXPECT_LE(slow, 8);
}

TEST_F(RedisLimiter, WithoutRedisFromTheStartItAssumesTheProcessesItWasTold) {
  const std::string nowhere = [] {
    test::TcpProxy proxy;
    return proxy.address();
  }();
  telemetry::Registry registry;
  redis::Client client({.address = nowhere}, clock_, registry);
  RedisLimiterOptions options = fresh_options();
  options.processes_min = 4;
  const auto limiter = create_redis_limiter(options, client, clock_, registry);
  int allowed = 0;
  const Rate rate{.per_second = 1, .burst = 100};
  while (limiter->take(TenantId::from_stored(1), "samples", rate, 1).allowed) ++allowed;
  EXPECT_EQ(allowed, 25);
}

TEST_F(RedisLimiter, AProcessThatEndsIsNotCountedAnyMore) {
  RedisLimiterOptions options = fresh_options();
  options.heartbeat = os::milliseconds(50);
  start(3, options);
  processes_.pop_back();
  for (const auto& process : processes_) wait_for_count(*process, 2);
}

}  // namespace
}  // namespace weir::tenant
