#pragma once

#include <optional>

#include "gateway/services.h"
#include "net/http.h"

namespace weir::gateway {

/// Why a write may not go on now.
struct QuotaRefusal {
  int status = 429;  ///< 413 when so many samples can never pass at once.
  Error error;
  os::milliseconds retry_after{0};  ///< Zero with 413.
};

/// Takes the write's samples, of which each exemplar counts as one, from its tenant's allowance; nothing when
/// they may be written. A tenant without a limit costs nothing here.
std::optional<QuotaRefusal> take_quota(Services& services, TenantId tenant, uint64_t samples);

/// Adds `Retry-After` in whole seconds, rounded up, where waiting helps.
net::HttpResponse with_retry_after(net::HttpResponse response, const QuotaRefusal& refusal);

}  // namespace weir::gateway
