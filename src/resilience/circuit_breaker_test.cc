#include "resilience/circuit_breaker.h"

#include <deque>

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::resilience {
namespace {

using std::chrono::milliseconds;

struct TestBreaker {
  explicit TestBreaker(BreakerOptions options = {}) : breaker("redis", options, clock, 1) {}

  bool call(bool good, milliseconds takes = milliseconds(1)) {
    auto permit = breaker.try_acquire();
    if (!permit.ok()) return false;
    clock.advance(takes);
    good ? permit->success() : permit->failure();
    return true;
  }
  void fail(int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(call(false));
  }
  BreakerState state() const { return breaker.status().state; }

  os::sim::ManualClock clock;
  CircuitBreaker breaker;
};

TEST(CircuitBreaker, OpensOnceEnoughCallsFail) {
  TestBreaker test;
  test.fail(19);
  EXPECT_EQ(test.state(), BreakerState::kClosed);
  test.fail(1);
  EXPECT_EQ(test.state(), BreakerState::kOpen);
  const auto refused = test.breaker.try_acquire();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_TRUE(refused.error().message.starts_with("redis: circuit breaker open")) << refused.error().message;
  EXPECT_EQ(test.breaker.status().opened_total, 1u);
  EXPECT_EQ(test.breaker.status().refused_total, 1u);
}

TEST(CircuitBreaker, StaysClosedBelowTheRatio) {
  TestBreaker test;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(test.call(true));
    ASSERT_TRUE(test.call(true));
    ASSERT_TRUE(test.call(i % 2 == 0));
  }
}

TEST(CircuitBreaker, OpensOnSlowCalls) {
  TestBreaker test({.slow_after = milliseconds(20)});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(test.call(true, milliseconds(20)));
  EXPECT_EQ(test.state(), BreakerState::kOpen);
}

TEST(CircuitBreaker, ForgetsWhatIsOlderThanTheWindow) {
  TestBreaker test;
  test.fail(19);
  test.clock.advance(milliseconds(11'000));
  test.fail(19);
  EXPECT_EQ(test.state(), BreakerState::kClosed);
  EXPECT_EQ(test.breaker.status().calls, 19u);
}

TEST(CircuitBreaker, ProbesOneAtATimeAndCloses) {
  TestBreaker test;
  test.fail(20);
  test.clock.advance(milliseconds(1'200));
  {
    auto probe = test.breaker.try_acquire();
    ASSERT_TRUE(probe.ok());
    EXPECT_EQ(test.state(), BreakerState::kHalfOpen);
    EXPECT_FALSE(test.breaker.try_acquire().ok());
    probe->success();
  }
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(test.state(), BreakerState::kHalfOpen);
    ASSERT_TRUE(test.call(true));
  }
  EXPECT_EQ(test.state(), BreakerState::kClosed);
  test.fail(19);  // What happened before it opened is forgotten.
  EXPECT_EQ(test.state(), BreakerState::kClosed);
}

TEST(CircuitBreaker, WaitsTwiceAsLongAfterEachBadProbe) {
  TestBreaker test({.jitter = 0});
  test.fail(20);
  for (const int64_t wait : {1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    test.clock.advance(milliseconds(wait - 1));
    EXPECT_FALSE(test.call(true)) << wait;
    test.clock.advance(milliseconds(1));
    EXPECT_TRUE(test.call(false)) << wait;
  }
}

TEST(CircuitBreaker, ACallThatItsCallerGaveUpDoesNotCount) {
  TestBreaker test;
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(test.breaker.try_acquire().ok());
  EXPECT_EQ(test.breaker.status().calls, 0u);
  test.fail(20);
  test.clock.advance(milliseconds(1'200));
  ASSERT_TRUE(test.breaker.try_acquire().ok());
  EXPECT_TRUE(test.breaker.try_acquire().ok()) << "the abandoned probe frees the way for the next";
}

TEST(CircuitBreaker, AVerdictFromBeforeItOpenedIsIgnored) {
  TestBreaker test;
  auto late = test.breaker.try_acquire();
  ASSERT_TRUE(late.ok());
  test.fail(20);
  test.clock.advance(milliseconds(1'200));
  ASSERT_TRUE(test.call(true));
  late->failure();
  EXPECT_EQ(test.state(), BreakerState::kHalfOpen);
}

TEST(CircuitBreaker, CountsOnlyTheFaultsOfTheDependency) {
  TestBreaker test;
  const auto settle = [&](Status status) { test.breaker.try_acquire()->settle(status); };
  settle({});
  settle(invalid_argument("x"));
  settle(not_found("x"));
  settle(resource_exhausted("x"));
  EXPECT_EQ(test.breaker.status().failures, 0u);
  settle(unavailable("x"));
  settle(deadline_exceeded("x"));
  settle(io_error("x"));
  EXPECT_EQ(test.breaker.status().failures, 3u);
  EXPECT_EQ(test.breaker.status().calls, 7u);
}

/// The rules of BreakerOptions in the plainest form: every call of the window is kept.
class Model {
 public:
  explicit Model(const BreakerOptions& options) : options_(options) {}

  bool may_call(int64_t now) {
    if (state == BreakerState::kOpen && now >= retry_at_) {
      state = BreakerState::kHalfOpen;
      good_probes_ = 0;
    }
    return state != BreakerState::kOpen;
  }

  void called(int64_t began, int64_t now, bool good) {
    const bool slow = now - began >= options_.slow_after.count();
    if (state == BreakerState::kHalfOpen) {
      if (!good || slow) return open(now);
      if (++good_probes_ == options_.probes) {
        state = BreakerState::kClosed;
        open_for_ = 0;
        calls_.clear();
      }
      return;
    }
    const int64_t slice = options_.window.count() / 10;
    calls_.push_back({now / slice, !good, slow});
    while (calls_.front().slice <= now / slice - 10) calls_.pop_front();
    const auto count = [&](auto which) { return static_cast<double>(std::ranges::count_if(calls_, which)); };
    const double total = static_cast<double>(calls_.size());
    if (total < options_.calls_min) return;
    if (count([](const Call& call) { return call.failed; }) >= options_.failure_ratio * total ||
        count([](const Call& call) { return call.slow; }) >= options_.slow_ratio * total) {
      open(now);
    }
  }

  BreakerState state = BreakerState::kClosed;

 private:
  struct Call {
    int64_t slice;
    bool failed;
    bool slow;
  };

  void open(int64_t now) {
    open_for_ =
        open_for_ == 0 ? options_.open_min.count() : std::min(open_for_ * 2, options_.open_max.count());
    retry_at_ = now + open_for_;
    state = BreakerState::kOpen;
  }

  const BreakerOptions options_;
  std::deque<Call> calls_;
  int64_t retry_at_ = 0;
  int64_t open_for_ = 0;
  uint32_t good_probes_ = 0;
};

TEST(CircuitBreaker, FollowsItsModelForAMillionRandomSteps) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(seed);
  os::Random random(seed);
  const BreakerOptions options{.slow_after = milliseconds(50), .jitter = 0};
  TestBreaker test(options);
  Model model(options);
  uint64_t opened = 0;
  double failing = 0;
  for (int step = 0; step < 1'000'000; ++step) {
    if (random.below(200) == 0) failing = random.unit();
    test.clock.advance(milliseconds(random.below(random.below(50) == 0 ? 5'000 : 100)));
    const auto now = [&] {
      return std::chrono::duration_cast<milliseconds>(test.clock.steady().time_since_epoch()).count();
    };
    const int64_t began = now();
    const bool good = random.unit() >= failing;
    const bool called = test.call(good, milliseconds(random.below(4) == 0 ? 60 : 1));
    const bool expected = model.may_call(began);
    ASSERT_EQ(called, expected) << "step " << step;
    if (expected) model.called(began, now(), good);
    ASSERT_EQ(test.state(), model.state) << "step " << step;
    opened = test.breaker.status().opened_total;
  }
  EXPECT_GT(opened, 100u);
}

}  // namespace
}  // namespace weir::resilience
