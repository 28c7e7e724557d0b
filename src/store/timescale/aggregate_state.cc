#include "store/timescale/aggregate_state.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/schema.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {
namespace {

// How invalidations are kept was read in the sources of these versions, 2.x. Since 2.22 a refresh has pending
// ranges.
constexpr int kMinorMin = 17, kMinorPending = 22, kMinorMax = 29;
constexpr int64_t kStaleMax = 10'000;

// The levels are samples, minutes, hours. Each hypertable logs what was modified in it; a refresh moves that
// to the log of the aggregate above, from there (since 2.22) to the pending ranges, whose ends are exclusive,
// and from there into the aggregate, whose hypertable logs it for the next level. Times are microseconds
// since 1970. If the aggregates are not as they were made, or the extension not as it was, everything is
// stale.
constexpr std::string_view kStale = R"sql(
  with level as (
    select m.raw_hypertable_id as samples, m.mat_hypertable_id as minutes, h.mat_hypertable_id as hours
    from _timescaledb_catalog.continuous_agg m
    join _timescaledb_catalog.continuous_agg h on h.raw_hypertable_id = m.mat_hypertable_id
    where m.user_view_schema = 'weir' and m.user_view_name = 'sample_1m'
      and h.user_view_schema = 'weir' and h.user_view_name = 'sample_1h')
  select s.lo::int8, s.hi::int8 from (
    select l.lowest_modified_value as lo, l.greatest_modified_value as hi
    from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log l, level
    where l.hypertable_id in (level.samples, level.minutes)
    union all
    select l.lowest_modified_value, l.greatest_modified_value
    from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log l, level
    where l.materialization_id in (level.minutes, level.hours)
    {}union all
    select $1, $2 where (select count(*) from level) <> 1
      or (select extversion from pg_extension where extname = 'timescaledb') is distinct from $4) s
  where s.hi >= $1 and s.lo <= $2 limit $3)sql";

constexpr std::string_view kPending = R"sql(union all
    select l.lowest_modified_value, l.greatest_modified_value - 1
    from _timescaledb_catalog.continuous_aggs_materialization_ranges l, level
    where l.materialization_id in (level.minutes, level.hours)
    )sql";

constexpr int64_t kTimeMinUs = (kTimeMinMs - 1) * 1'000, kTimeMaxUs = kTimeMaxMs * 1'000 + 999;

/// The millisecond that holds a time of the catalogue; there are infinite ones.
TimestampMs from_us(int64_t time_us) {
  return floor_to(std::clamp(time_us, kTimeMinUs, kTimeMaxUs), 1'000) / 1'000;
}

/// 23 of "2.23.1"; 0 when it is no 2.x.
int minor_of(std::string_view version) {
  int minor = 0;
  if (version.starts_with("2.")) std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor;
}

}  // namespace

AggregateState::AggregateState(std::string_view schema, std::string_view timescale_version,
                               bool has_pending_ranges)
    : stale_sql_(in_schema(fmt::format(kStale, has_pending_ranges ? kPending : ""), schema)),
      version_(timescale_version) {}

Result<std::optional<AggregateState>> AggregateState::probe(pg::Connection& connection,
                                                            std::string_view schema,
                                                            std::string_view timescale_version,
                                                            Deadline deadline, std::string& why_not) {
  const int minor = minor_of(timescale_version);
  if (minor < kMinorMin || minor > kMinorMax) {
    why_not = fmt::format("how version {} keeps invalidations is not known", timescale_version);
    return std::optional<AggregateState>();
  }
  AggregateState state(schema, timescale_version, minor >= kMinorPending);
  // Asking is the test: a table or column that is not there, not readable or of another type is an error.
  const auto ask = [&]() -> Status {
    RETURN_IF_ERROR(state.stale_times(connection, {0, 0}, deadline));
    const std::string hours = in_schema("select bucket, count, min, max from weir.sample_1h limit 0", schema);
    RETURN_IF_ERROR(connection.execute(hours, {}, deadline));
    return ok_status();
  };
  const Status asked = ask();
  if (asked.ok()) return std::optional(std::move(state));
  if (connection.sqlstate().empty()) return asked.error();
  why_not = asked.error().message;
  return std::optional<AggregateState>();
}

Result<std::optional<std::vector<TimeRange>>> AggregateState::stale_times(pg::Connection& connection,
                                                                          TimeRange range,
                                                                          Deadline deadline) const {
  using Times = std::vector<TimeRange>;
  pg::Params params;
  params.int8(range.mint_ms * 1'000).int8(range.maxt_ms * 1'000 + 999).int8(kStaleMax + 1).text(version_);
  ASSIGN_OR_RETURN(const auto rows, connection.execute(stale_sql_, params.span(), deadline));
  if (rows->row_count() > kStaleMax) return std::optional<Times>();
  Times stale;
  for (size_t row = 0; row < rows->row_count(); ++row) {
    stale.push_back({from_us(int_cell(*rows, row, 0)), from_us(int_cell(*rows, row, 1))});
  }
  return std::optional(std::move(stale));
}

}  // namespace weir::store::timescale
