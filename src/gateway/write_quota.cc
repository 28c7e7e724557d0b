#include "gateway/write_quota.h"

#include <fmt/format.h>

namespace weir::gateway {

std::optional<QuotaRefusal> take_quota(Services& services, TenantId tenant, uint64_t samples) {
  const Limits& limits = services.options.limits;
  if (limits.samples_per_second == Limits::kUnlimited) return std::nullopt;
  const tenant::Rate rate{limits.samples_per_second, limits.samples_burst};
  const tenant::Allowance allowance = services.writing().limiter.take(tenant, "samples", rate, samples);
  if (allowance.allowed) return std::nullopt;
  if (allowance.retry_after.count() == 0) {
    return QuotaRefusal{
        413, invalid_argument(fmt::format(
                 "{} samples in one write: the limit is {} (ingest.samples_burst); send smaller writes",
                 samples, rate.burst))};
  }
  return QuotaRefusal{
      429,
      resource_exhausted(fmt::format("{} samples are beyond the tenant's limit of {} a second "
                                     "(ingest.samples_per_second): send them again in {} ms",
                                     samples, rate.per_second, allowance.retry_after.count())),
      allowance.retry_after};
}

net::HttpResponse with_retry_after(net::HttpResponse response, const QuotaRefusal& refusal) {
  if (refusal.retry_after.count() > 0) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(refusal.retry_after);
    response.headers.set("Retry-After", fmt::to_string(seconds.count()));
  }
  return response;
}

}  // namespace weir::gateway
