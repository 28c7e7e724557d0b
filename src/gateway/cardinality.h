#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/tenant_id.h"
#include "model/time_range.h"
#include "os/clock.h"
#include "store/store.h"

namespace weir::gateway {

/// Of what a tenant has how many, the largest first: what `/api/v1/status/tsdb` tells.
struct Cardinality {
  using Counts = std::vector<std::pair<std::string, uint64_t>>;

  uint64_t series = 0;
  uint64_t label_pairs = 0;
  Counts series_by_metric;
  Counts values_by_label;
  Counts value_bytes_by_label;
  Counts series_by_pair;  ///< "name=value".
};

/// Counts the series that may have samples in the range, and keeps `limit` entries of each list. Takes memory
/// for each distinct label. Errors are those of Store::select.
Result<Cardinality> count_series(store::Store& store, TenantId tenant, TimeRange range, size_t limit,
                                 Deadline deadline);

}  // namespace weir::gateway
