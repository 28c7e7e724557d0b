#pragma once

#include <string>

#include "pg/pool.h"
#include "store/timescale/timescale_store.h"

namespace weir::store::timescale {

/// Store::fingerprint from the table `hour_version`. Safe from any thread; calls block.
class Fingerprints {
 public:
  /// `pool` and `clock` outlive it.
  Fingerprints(const TimescaleStoreOptions& options, pg::Pool& pool, const os::Clock& clock);

  Result<uint64_t> read(TenantId tenant, TimeRange range, Deadline deadline);

 private:
  /// Whether retention may be taking samples of the range away.
  bool is_vanishing(TenantId tenant, const TimeRange& range) const;

  const std::string sql_;
  const RetentionBounds retention_;
  pg::Pool& pool_;
};

}  // namespace weir::store::timescale
