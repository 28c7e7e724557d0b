#include "store/timescale/erasure.h"

#include <algorithm>

#include "pg/binary.h"
#include "store/timescale/series_search.h"

namespace weir::store::timescale {
namespace {

constexpr int kTriesMax = 6;

// The policies look at the last hours alone. Who reads aggregates knows from the database's log of changes
// that they are stale until then; it keeps one range a transaction, so all hours between the first and the
// last are.
constexpr std::string_view kNoteHours = R"sql(
  insert into weir.late_window (bucket)
  select distinct generate_series(greatest(d.lo, date_bin('1 hour', c.range_start, 'epoch')),
                                  least(d.hi, c.range_end - interval '1 microsecond'), '1 hour')
  from timescaledb_information.chunks c, (
    select date_bin('1 hour', min(time), 'epoch') as lo, date_bin('1 hour', max(time), 'epoch') as hi
    from weir.sample where series_id = any($1) and time >= $2 and time <= $3) d
  where c.hypertable_schema = 'weir' and c.hypertable_name = 'sample'
    and c.range_start <= d.hi and c.range_end > d.lo order by 1
  on conflict (bucket) do update set touched = late_window.touched + 1)sql";

constexpr std::string_view kDelete =
    "delete from weir.sample where series_id = any($1) and time >= $2 and time <= $3";

// Deletions have a row of their own: fingerprint.cc.
constexpr std::string_view kNoteVersion = R"sql(
  insert into weir.hour_version (tenant_id, hour, topic, partition, version) values ($1, '-infinity', '', 0, 1)
  on conflict (tenant_id, hour, topic, partition)
  do update set version = hour_version.version + 1, changed = now())sql";

/// The server asks for the whole transaction once more.
bool is_transient(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01";
}

}  // namespace

Result<EraseReport> Erasure::run(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                                 Deadline deadline) {
  if (all_match_absent(matchers))
    return invalid_argument("erase: at least one matcher must not match the empty string");
  range = storable(range);
  EraseReport report;
  if (range.mint_ms > range.maxt_ms) return report;
  for (int left = kTriesMax; true; --left) {
    bool again = false;
    const Status status = pool_.with(deadline, [&](pg::Connection& connection) -> Status {
      Status done = transaction(connection, tenant, matchers, range, deadline, report);
      again = !done.ok() && is_transient(connection.sqlstate());
      return done;
    });
    if (status.ok()) return report;
    if (!again || left == 0 || deadline.passed(clock_)) return status.error();
  }
}

// A writer that meets a row which is being deleted waits for the end of this and then stores its own; what a
// writer commits meanwhile is in another snapshot and stays.
Status Erasure::transaction(pg::Connection& connection, TenantId tenant, std::span<const Matcher> matchers,
                            TimeRange range, Deadline deadline, EraseReport& report) {
  RETURN_IF_ERROR(connection.run("begin isolation level repeatable read", deadline));
  SeriesSearch search(connection, options_.schema, tenant, deadline);
  ASSIGN_OR_RETURN(const std::vector<int64_t> ids, search.find_ids(matchers, range));
  report.series = ids.size();
  if (!ids.empty()) {
    pg::Params params;
    params.int8_array(ids).timestamp(range.mint_ms).timestamp(range.maxt_ms);
    if (settings_.layout == Layout::kHypertable) {
      // Segments that are deleted in part are unpacked, however many that takes.
      RETURN_IF_ERROR(
          connection.run("set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0", deadline));
      RETURN_IF_ERROR(connection.execute(sql(kNoteHours), params.span(), deadline));
    }
    RETURN_IF_ERROR(connection.execute(sql(kDelete), params.span(), deadline));
    pg::Params of_tenant;
    of_tenant.int8(static_cast<int64_t>(tenant.value()));
    RETURN_IF_ERROR(connection.execute(sql(kNoteVersion), of_tenant.span(), deadline));
  }
  return connection.run("commit", deadline);
}

}  // namespace weir::store::timescale
