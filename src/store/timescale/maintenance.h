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
  /// forgets versions of hours that rest, and does what `retire` does.
  Status tidy(Deadline deadline);
  /// Deletes what is too old of tenants that keep less than the tables do, by whole hours.
  Status retire(Deadline deadline);
  /// Brings chunks that are closed into columnstore.
  Status compress(Deadline deadline);

 private:
  /// True once an hour.
  bool is_hour_over();
  Status retire(pg::Connection& connection, Deadline deadline);
  Status retire(pg::Connection& connection, TenantId tenant, TimestampMs cutoff, Deadline deadline);
  Status drop_partitions(pg::Connection& connection, Deadline deadline);
  Status refresh_late(pg::Connection& connection, Deadline deadline);
  Status refresh(pg::Connection& connection, TimeRange range, Deadline deadline);
  std::string sql(std::string_view text) const { return in_schema(text, options_.schema); }

  const TimescaleStoreOptions options_;
  const StoredSettings settings_;
  pg::Pool& pool_;
  os::Clock& clock_;
  Guarded<os::SteadyTime> hourly_at_;
};

}  // namespace weir::store::timescale
