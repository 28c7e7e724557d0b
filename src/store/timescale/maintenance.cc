#include "store/timescale/maintenance.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/time_range.h"
#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {
namespace {

constexpr int64_t kDayMs = 24 * kHourMs;
constexpr os::milliseconds kHourly{kHourMs};

// A fingerprint that a row has changed is found again by nobody once a week has gone by, since what is kept
// under one lives for a day: then the row may go, and a later one may begin anew.
constexpr std::string_view kForgetVersions =
    "delete from weir.hour_version where changed < now() - interval '7 days'";

// Each by one look at the index.
constexpr std::string_view kTenants = R"sql(
  with recursive t(id) as (
    select min(tenant_id) from weir.series
    union all select (select min(tenant_id) from weir.series where tenant_id > t.id) from t where t.id is not null)
  select id from t where id is not null)sql";

// Aggregates of these hours are stale for every tenant once one has lost samples there.
constexpr std::string_view kNoteHours = R"sql(
  insert into weir.late_window (bucket)
  select distinct generate_series(greatest(d.lo, date_bin('1 hour', c.range_start, 'epoch')),
                                  least($2, c.range_end) - interval '1 microsecond', '1 hour')
  from timescaledb_information.chunks c, (
    select date_bin('1 hour', min(seen_from), 'epoch') as lo from weir.series
    where tenant_id = $1 and seen_from < $2) d
  where c.hypertable_schema = 'weir' and c.hypertable_name = 'sample' and c.range_start < $2 and c.range_end > d.lo
  order by 1
  on conflict (bucket) do update set touched = late_window.touched + 1)sql";

struct LateHour {
  TimestampMs bucket;
  int64_t touched;
};

/// Neighbouring hours as one range, whose end is exclusive.
std::vector<TimeRange> joined(const std::vector<LateHour>& hours) {
  std::vector<TimeRange> ranges;
  for (const LateHour& hour : hours) {
    if (!ranges.empty() && ranges.back().maxt_ms == hour.bucket) {
      ranges.back().maxt_ms += kHourMs;
    } else {
      ranges.push_back({hour.bucket, hour.bucket + kHourMs});
    }
  }
  return ranges;
}

}  // namespace

Maintenance::Maintenance(const TimescaleStoreOptions& options, const StoredSettings& settings, pg::Pool& pool,
                         os::Clock& clock)
    : options_(options), settings_(settings), pool_(pool), clock_(clock) {}

Status Maintenance::tidy(Deadline deadline) {
  return pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    if (is_hour_over()) {
      RETURN_IF_ERROR(connection.run(sql(kForgetVersions), deadline));
      RETURN_IF_ERROR(retire(connection, deadline));
    }
    return settings_.layout == Layout::kNative ? drop_partitions(connection, deadline)
                                               : refresh_late(connection, deadline);
  });
}

bool Maintenance::is_hour_over() {
  const os::SteadyTime now = clock_.steady();
  return hourly_at_.with([&](os::SteadyTime& at) {
    if (now < at) return false;
    at = now + kHourly;
    return true;
  });
}

Status Maintenance::retire(Deadline deadline) {
  return pool_.with(deadline, [&](pg::Connection& connection) { return retire(connection, deadline); });
}

Status Maintenance::retire(pg::Connection& connection, Deadline deadline) {
  if (options_.tenant_retention == nullptr) return ok_status();
  ASSIGN_OR_RETURN(const auto rows, connection.execute(sql(kTenants), {}, deadline));
  for (size_t row = 0; row < rows->row_count(); ++row) {
    const TenantId tenant = TenantId::from_stored(static_cast<uint64_t>(int_cell(*rows, row, 0)));
    const os::milliseconds kept = options_.tenant_retention->of(tenant);
    if (kept.count() == 0 || kept == options_.retention) continue;
    const TimestampMs cutoff = floor_to(clock_.wall_ms() - kept.count(), kHourMs);
    RETURN_IF_ERROR(retire(connection, tenant, cutoff, deadline));
  }
  return ok_status();
}

// The procedure commits series by series, so what is done when time runs out stays done.
Status Maintenance::retire(pg::Connection& connection, TenantId tenant, TimestampMs cutoff,
                           Deadline deadline) {
  if (settings_.layout == Layout::kHypertable) {
    pg::Params params;
    params.int8(static_cast<int64_t>(tenant.value())).timestamp(std::max(kTimeMinMs, cutoff));
    RETURN_IF_ERROR(connection.execute(sql(kNoteHours), params.span(), deadline));
  }
  return connection.run(sql(fmt::format("call weir.delete_tenant_before({}, to_timestamp({}))",
                                        tenant.value(), cutoff / 1'000)),
                        deadline);
}

Status Maintenance::drop_partitions(pg::Connection& connection, Deadline deadline) {
  if (options_.retention.count() == 0) return ok_status();
  pg::Params params;
  params.timestamp(std::max(kTimeMinMs, clock_.wall_ms() - options_.retention.count()));
  RETURN_IF_ERROR(connection.execute(sql("select weir.drop_partitions_before($1)"), params.span(), deadline));
  return ok_status();
}

Status Maintenance::refresh_late(pg::Connection& connection, Deadline deadline) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.execute(sql("select bucket, touched from weir.late_window order by 1"), {}, deadline));
  std::vector<LateHour> hours;
  for (size_t row = 0; row < rows->row_count(); ++row) {
    hours.push_back({time_cell(*rows, row, 0), int_cell(*rows, row, 1)});
  }
  for (const TimeRange& range : joined(hours)) RETURN_IF_ERROR(refresh(connection, range, deadline));
  std::vector<TimestampMs> buckets;
  std::vector<int64_t> touched;
  for (const LateHour& hour : hours) {
    buckets.push_back(hour.bucket);
    touched.push_back(hour.touched);
  }
  // An hour that was touched again meanwhile stays for the next time.
  pg::Params params;
  params.timestamp_array(buckets).int8_array(touched);
  RETURN_IF_ERROR(
      connection.execute(sql("delete from weir.late_window w using unnest($1::timestamptz[], $2::bigint[]) "
                             "i(bucket, touched) where w.bucket = i.bucket and w.touched = i.touched"),
                         params.span(), deadline));
  return ok_status();
}

Status Maintenance::refresh(pg::Connection& connection, TimeRange range, Deadline deadline) {
  // A refresh of what retention has dropped below would drop the aggregates too.
  if (options_.retention.count() > 0) {
    const TimestampMs kept = floor_to(clock_.wall_ms() - options_.retention.count(), kDayMs) + kDayMs;
    range.mint_ms = std::max(range.mint_ms, kept);
    if (range.mint_ms >= range.maxt_ms) return ok_status();
  }
  const auto call = [&](std::string_view level, int64_t bucket_ms) -> Status {
    pg::Params params;
    params.timestamp(floor_to(range.mint_ms, bucket_ms))
        .timestamp(floor_to(range.maxt_ms - 1, bucket_ms) + bucket_ms);
    const std::string text = fmt::format("call refresh_continuous_aggregate('weir.{}', $1, $2)", level);
    RETURN_IF_ERROR(connection.execute(sql(text), params.span(), deadline));
    return ok_status();
  };
  RETURN_IF_ERROR(call("sample_1m", kHourMs));
  RETURN_IF_ERROR(call("sample_1h", kHourMs));
  return call("sample_1d", kDayMs);
}

Status Maintenance::compress(Deadline deadline) {
  if (settings_.layout == Layout::kNative) return ok_status();
  return pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    pg::Params params;
    params.timestamp(std::max(kTimeMinMs, clock_.wall_ms() - settings_.chunk_ms));
    RETURN_IF_ERROR(connection.execute(sql("select compress_chunk(c, if_not_compressed => true) from "
                                           "show_chunks('weir.sample', older_than => $1) c"),
                                       params.span(), deadline));
    return ok_status();
  });
}

}  // namespace weir::store::timescale
