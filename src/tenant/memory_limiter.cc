#include "tenant/memory_limiter.h"

#include "tenant/buckets.h"
#include "tenant/gcra.h"

namespace weir::tenant {
namespace {

struct Bucket {
  int64_t tat_ns = 0;
  bool is_idle(int64_t now_ns) const { return tat_ns <= now_ns; }
};

class MemoryLimiter final : public RateLimiter {
 public:
  MemoryLimiter(const MemoryLimiterOptions& options, const os::Clock& clock)
      : clock_(clock), buckets_(options.buckets_max) {}

  Allowance take(TenantId tenant, std::string_view dimension, const Rate& rate, uint64_t cost) override {
    const int64_t now = gcra::steady_ns(clock_);
    Allowance allowance{.retry_after = os::milliseconds(1'000)};
    buckets_.with(tenant, dimension, now,
                  [&](Bucket& bucket) { allowance = gcra::take(bucket.tat_ns, now, rate, cost); });
    return allowance;
  }

 private:
  const os::Clock& clock_;
  Buckets<Bucket> buckets_;
};

}  // namespace

std::unique_ptr<RateLimiter> create_memory_limiter(const MemoryLimiterOptions& options,
                                                   const os::Clock& clock) {
  return std::make_unique<MemoryLimiter>(options, clock);
}

}  // namespace weir::tenant
