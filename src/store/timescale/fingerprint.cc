#include "store/timescale/fingerprint.h"

#include "base/hash.h"
#include "os/random.h"
#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/schema.h"
#include "store/timescale/series_search.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {
namespace {

// Chunks go when they are over by the database's clock, which need not be ours.
constexpr int64_t kClocksApartMs = kHourMs;

// A commit gives its hours a number that is larger than any before of its partition, so the largest one in
// the range, by partition, tells of every change there. The salt is what numbers must not outlive: a server
// that was started anew may be a standby or a backup that lacks commits, and a table of another oid is
// another table.
constexpr std::string_view kRead = R"sql(
  select concat_ws(' ', extract(epoch from pg_postmaster_start_time()), 'weir.hour_version'::regclass::oid,
    (select string_agg(concat_ws(' ', topic, partition, version), ',' order by topic, partition) from (
       select topic, partition, max(version) as version from (
         select topic, partition, version from weir.hour_version
         where tenant_id = $1 and hour >= $2 and hour <= $3
         union all
         select topic, partition, version from weir.hour_version
         where tenant_id = $1 and hour = '-infinity') v
       group by topic, partition) w)))sql";

}  // namespace

Fingerprints::Fingerprints(const TimescaleStoreOptions& options, pg::Pool& pool, const os::Clock& clock)
    : sql_(in_schema(kRead, options.schema)),
      retention_(options.retention, options.tenant_retention, clock),
      pool_(pool) {}

// Background jobs of the database drop chunks, in transactions that we have no part in.
bool Fingerprints::is_vanishing(TenantId tenant, const TimeRange& range) const {
  const auto oldest_ms = retention_.oldest_ms(tenant);
  return oldest_ms && range.mint_ms < *oldest_ms + kClocksApartMs;
}

Result<uint64_t> Fingerprints::read(TenantId tenant, TimeRange range, Deadline deadline) {
  if (range.mint_ms > range.maxt_ms) return 0;
  if (is_vanishing(tenant, range)) return os::random_seed();
  const TimeRange stored = storable(range);
  pg::Params params;
  params.int8(static_cast<int64_t>(tenant.value()));
  params.timestamp(floor_to(stored.mint_ms, kHourMs)).timestamp(stored.maxt_ms);
  uint64_t fingerprint = 0;
  RETURN_IF_ERROR(pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    ASSIGN_OR_RETURN(const auto rows, connection.execute(sql_, params.span(), deadline));
    fingerprint = stable_hash(text_cell(*rows, 0, 0), retention_.version());
    return ok_status();
  }));
  return fingerprint;
}

}  // namespace weir::store::timescale
