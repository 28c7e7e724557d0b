#include "tenant/memory_limiter.h"

#include "contract/rate_limiter_contract.h"
#include "os/sim/manual_clock.h"

namespace weir::tenant {
namespace {

struct MemoryEngine {
  static constexpr double kTolerance = 0.001;
  std::unique_ptr<RateLimiter> create() { return create_memory_limiter({}, manual); }
  os::Clock& clock() { return manual; }
  void advance(os::milliseconds by) { manual.advance(by); }
  TenantId tenant(uint64_t n) { return TenantId::from_stored(n); }
  os::sim::ManualClock manual;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RateLimiterContract, MemoryEngine);

TEST(MemoryLimiter, RefusesNewTenantsWhenAllPlacesAreInUse) {
  os::sim::ManualClock clock;
  const auto limiter = create_memory_limiter({.buckets_max = 100}, clock);
  const Rate rate{.per_second = 1, .burst = 1};
  const auto take = [&](uint64_t tenant) {
    return limiter->take(TenantId::from_stored(tenant), "samples", rate, 1);
  };
  uint64_t allowed = 0;
  for (uint64_t tenant = 0; tenant < 1'000; ++tenant) allowed += take(tenant).allowed ? 1 : 0;
  EXPECT_GE(allowed, 90U);
  EXPECT_LE(allowed, 16U * (100 / 16 + 1));
  EXPECT_FALSE(take(0).allowed) << "a known tenant keeps its bucket";
  EXPECT_EQ(take(5'000).retry_after, os::milliseconds(1'000));
  clock.advance(os::milliseconds(1'000));
  EXPECT_TRUE(take(5'000).allowed) << "idle buckets make room";
}

TEST(MemoryLimiter, AJumpOfTheWallClockChangesNothing) {
  os::sim::ManualClock clock;
  const auto limiter = create_memory_limiter({}, clock);
  const Rate rate{.per_second = 1, .burst = 1};
  EXPECT_TRUE(limiter->take(TenantId::from_stored(1), "samples", rate, 1).allowed);
  clock.set_wall_ms(clock.wall_ms() + 3'600'000);
  EXPECT_FALSE(limiter->take(TenantId::from_stored(1), "samples", rate, 1).allowed);
}

}  // namespace
}  // namespace weir::tenant
