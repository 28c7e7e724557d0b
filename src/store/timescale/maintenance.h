#pragma once

#include "base/guarded.h"
#include "pg/pool.h"
#include "store/timescale/schema.h"

namespace weir::store::timescale {

/// What no policy of the database does for us.
class Maintenance {
 public:
  Maintenance(const TimescaleStoreOptions& options, const StoredSettings& settings, pg::Pool& pool,
              os::Clock& clock);

  /// Drops native partitions that are too old; aggregates anew the hours that got late samples; once an hour,
  /// forgets versions of hours that rest.
  Status tidy(Deadline deadline);
  /// Brings chunks that are closed into columnstore.
  Status compress(Deadline deadline);

 private:
  Status forget_versions(pg::Connection& connection, Deadline deadline);
  Status drop_partitions(pg::Connection& connection, Deadline deadline);
  Status refresh_late(pg::Connection& connection, Deadline deadline);
  Status refresh(pg::Connection& connection, TimeRange range, Deadline deadline);
  std::string sql(std::string_view text) const { return in_schema(text, options_.schema); }

  const TimescaleStoreOptions options_;
  const StoredSettings settings_;
  pg::Pool& pool_;
  os::Clock& clock_;
  Guarded<os::SteadyTime> forget_at_;
};

}  // namespace weir::store::timescale
