#include "store/timescale/sample_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {
namespace {

constexpr int kTriesMax = 6;
constexpr size_t kPartitionsKept = 10'000;
// What the policy of the minutes looks at again is 3 hours; an hour of reserve, since it runs only now and
// then.
constexpr int64_t kLateMs = 2 * kHourMs;

// With the offset go the versions of the hours that the samples are in, numbered by the partition's commits:
// in one statement, for the sake of the way to the server.
constexpr std::string_view kMoveOffset = R"sql(
  with moved as (
    update weir.consumer_offset set next_offset = greatest(next_offset, $4), commits = commits + 1,
      mint = least(mint, $5), maxt = greatest(maxt, $6)
    where topic = $1 and partition = $2 and epoch = $3 returning commits),
  versions as (
    insert into weir.hour_version (tenant_id, hour, topic, partition, version)
    select i.tenant_id, i.hour, $1, $2, moved.commits
    from moved cross join unnest($7::bigint[], $8::timestamptz[]) i(tenant_id, hour)
    on conflict (tenant_id, hour, topic, partition) do update set version = excluded.version, changed = now())
  select commits from moved)sql";

constexpr std::string_view kWidenSeries = R"sql(
  update weir.series s set seen_from = least(s.seen_from, i.seen_from), seen_to = greatest(s.seen_to, i.seen_to)
  from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) i(id, seen_from, seen_to) where s.id = i.id)sql";

constexpr std::string_view kInsert = R"sql(
  insert into weir.sample (series_id, time, value)
  select * from unnest($1::bigint[], $2::timestamptz[], $3::float8[]) on conflict do nothing)sql";

constexpr std::string_view kEraseOthers = R"sql(
  delete from weir.sample d
  using unnest($1::bigint[], $2::timestamptz[], $3::float8[]) i(series_id, time, value)
  where d.series_id = i.series_id and d.time = i.time and d.time >= $4 and d.time <= $5
    and float8send(d.value) <> float8send(i.value))sql";

// Bits, not values: -0 is not 0 here, and one NaN not another.
constexpr std::string_view kReadOthers = R"sql(
  select i.ord, d.value
  from unnest($1::bigint[], $2::timestamptz[], $3::float8[]) with ordinality i(series_id, time, value, ord)
  join weir.sample d on d.series_id = i.series_id and d.time = i.time
  where float8send(d.value) <> float8send(i.value) and d.time >= $4 and d.time <= $5)sql";

constexpr std::string_view kNoteLate = R"sql(
  insert into weir.late_window (bucket) select * from unnest($1::timestamptz[])
  on conflict (bucket) do update set touched = late_window.touched + 1)sql";

pg::Params row_params(std::span<const Row> rows) {
  std::vector<int64_t> ids;
  std::vector<TimestampMs> times;
  std::vector<double> values;
  ids.reserve(rows.size());
  times.reserve(rows.size());
  values.reserve(rows.size());
  for (const Row& row : rows) {
    ids.push_back(row.series_id);
    times.push_back(row.time);
    values.push_back(row.value);
  }
  pg::Params params;
  params.int8_array(ids).timestamp_array(times).float8_array(values);
  return params;
}

/// With the times of the first and the last, so that the planner finds the chunks.
pg::Params bounded_row_params(std::span<const Row> rows) {
  pg::Params params = row_params(rows);
  const auto by_time = [](const Row& a, const Row& b) { return a.time < b.time; };
  const auto [first, last] = std::minmax_element(rows.begin(), rows.end(), by_time);
  params.timestamp(first->time).timestamp(last->time);
  return params;
}

/// Errors after which the same work may be tried again at once.
bool is_transient(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01";
}

bool is_lost(const Error& error) {
  return error.code == Code::kUnavailable;
}

}  // namespace

SampleWriter::SampleWriter(const TimescaleStoreOptions& options, const StoredSettings& settings,
                           pg::Pool& pool, SeriesRegistry& registry, os::Clock& clock)
    : options_(options),
      settings_(settings),
      pool_(pool),
      registry_(registry),
      clock_(clock),
      retention_(options.retention, options.tenant_retention, clock) {}

Result<CommitReport> SampleWriter::commit(const Commit& commit, Deadline deadline) {
  SampleBatch batch(commit.records, retention_, registry_.cache());
  const PartitionId partition = commit.lease.partition;
  // Who sends things twice does so again and again: then the optimistic COPY would always be in vain.
  const bool had = has_duplicates_.with([&](const auto& set) { return set.contains(partition); });
  How how = had || options_.writer == TimescaleStoreOptions::Writer::kUnnest ? How::kInsert : How::kCopy;
  for (int left = kTriesMax; true; --left) {
    const Try result = attempt(commit, batch, how, deadline);
    if (result.status.ok()) {
      const bool has = result.report.duplicates + result.report.conflicts > 0;
      has_duplicates_.with(
          [&](auto& set) { has ? void(set.insert(partition)) : void(set.erase(partition)); });
      return result.report;
    }
    const bool lost = result.connected && is_lost(result.status.error());
    if (result.asked_commit && lost) {
      ASSIGN_OR_RETURN(const bool committed, is_committed(commit, result.commit_number, deadline));
      if (committed) return result.report;
    }
    const bool conflict = result.sqlstate == "23505" && how == How::kCopy;
    const bool no_partition = result.sqlstate == "23514";
    const bool again =
        conflict || no_partition || lost || result.series_gone || is_transient(result.sqlstate);
    if (!again || left == 0 || deadline.passed(clock_)) return result.status.error();
    if (conflict) how = How::kInsert;
    if (no_partition) partitions_.with([](auto& set) { set.clear(); });
  }
}

SampleWriter::Try SampleWriter::attempt(const Commit& commit, SampleBatch& batch, How how,
                                        Deadline deadline) {
  Try result;
  result.status = pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    result.connected = true;
    Status status = work(connection, commit, batch, how, result, deadline);
    result.sqlstate = connection.sqlstate();
    return status;
  });
  return result;
}

Status SampleWriter::work(pg::Connection& connection, const Commit& commit, SampleBatch& batch, How how,
                          Try& result, Deadline deadline) {
  ASSIGN_OR_RETURN(const uint64_t made, registry_.resolve(connection, batch.series(), deadline));
  batch.build();
  if (settings_.layout == Layout::kNative)
    RETURN_IF_ERROR(ensure_partitions(connection, batch.rows(), deadline));
  RETURN_IF_ERROR(transaction(connection, commit, batch, how, result, deadline));
  result.report.new_series = made;
  return ok_status();
}

Status SampleWriter::transaction(pg::Connection& connection, const Commit& commit, SampleBatch& batch,
                                 How how, Try& result, Deadline deadline) {
  RETURN_IF_ERROR(connection.run("begin", deadline));
  // First, for it takes the lock of the offset's row: who has lost the partition learns it before he writes.
  RETURN_IF_ERROR(move_offset(connection, commit, batch, result, deadline));
  const std::vector<SeriesUse> wider = registry_.widened(batch.series());
  RETURN_IF_ERROR(widen_series(connection, wider, result, deadline));
  Inserted inserted;
  if (const std::vector<Row> replacing = batch.replacing_rows(); !replacing.empty()) {
    RETURN_IF_ERROR(connection.execute(sql(kEraseOthers), bounded_row_params(replacing).span(), deadline));
  }
  if (!batch.rows().empty()) {
    ASSIGN_OR_RETURN(inserted, how == How::kCopy ? copy(connection, batch.rows(), deadline)
                                                 : insert(connection, batch.rows(), deadline));
    if (settings_.layout == Layout::kHypertable)
      RETURN_IF_ERROR(note_late(connection, batch.rows(), deadline));
  }
  result.report = batch.judge(inserted.count, inserted.stored);
  result.asked_commit = true;
  RETURN_IF_ERROR(connection.run("commit", deadline));
  registry_.remember(wider);
  return ok_status();
}

Status SampleWriter::move_offset(pg::Connection& connection, const Commit& commit, const SampleBatch& batch,
                                 Try& result, Deadline deadline) {
  std::vector<int64_t> tenants;
  std::vector<TimestampMs> hours;
  for (const auto& [tenant, hour] : batch.hours()) {
    tenants.push_back(static_cast<int64_t>(tenant.value()));
    hours.push_back(hour);
  }
  const TimeRange range = batch.range();
  pg::Params params;
  params.text(options_.topic).int4(static_cast<int32_t>(commit.lease.partition.value()));
  params.int8(static_cast<int64_t>(commit.lease.epoch.value())).int8(commit.next.value());
  if (range.mint_ms > range.maxt_ms) {
    params.null(1184).null(1184);  // timestamptz
  } else {
    params.timestamp(range.mint_ms).timestamp(range.maxt_ms);
  }
  params.int8_array(tenants).timestamp_array(hours);
  ASSIGN_OR_RETURN(const auto rows, connection.execute(sql(kMoveOffset), params.span(), deadline));
  if (rows->row_count() == 0) {
    return too_old(fmt::format("timescale: epoch {} of partition {} is over: another owner has it",
                               commit.lease.epoch.value(), commit.lease.partition.value()));
  }
  result.commit_number = int_cell(*rows, 0, 0);
  return ok_status();
}

Status SampleWriter::widen_series(pg::Connection& connection, std::span<const SeriesUse> wider, Try& result,
                                  Deadline deadline) {
  if (wider.empty()) return ok_status();
  std::vector<int64_t> ids;
  std::vector<TimestampMs> from, to;
  for (const SeriesUse& use : wider) {
    ids.push_back(use.known.id);
    from.push_back(use.known.seen.mint_ms);
    to.push_back(use.known.seen.maxt_ms);
  }
  pg::Params params;
  params.int8_array(ids).timestamp_array(from).timestamp_array(to);
  ASSIGN_OR_RETURN(const auto rows, connection.execute(sql(kWidenSeries), params.span(), deadline));
  if (rows->affected() == wider.size()) return ok_status();
  registry_.forget(wider);
  result.series_gone = true;
  return failed_precondition("timescale: series were deleted while they were written to");
}

Result<SampleWriter::Inserted> SampleWriter::copy(pg::Connection& connection, std::span<const Row> rows,
                                                  Deadline deadline) {
  pg::CopyRows copy;
  for (const Row& row : rows) {
    copy.begin_row(3);
    copy.int8(row.series_id);
    copy.timestamp(row.time);
    copy.float8(row.value);
  }
  ASSIGN_OR_RETURN(
      const uint64_t count,
      connection.copy_in(sql("copy weir.sample (series_id, time, value) from stdin (format binary)"),
                         copy.finish(), deadline));
  return Inserted{count};
}

Result<SampleWriter::Inserted> SampleWriter::insert(pg::Connection& connection, std::span<const Row> rows,
                                                    Deadline deadline) {
  const pg::Params params = row_params(rows);
  ASSIGN_OR_RETURN(const auto done, connection.execute(sql(kInsert), params.span(), deadline));
  Inserted inserted{done->affected()};
  if (inserted.count == rows.size()) return inserted;
  // A new statement sees what others have committed meanwhile.
  ASSIGN_OR_RETURN(const auto others,
                   connection.execute(sql(kReadOthers), bounded_row_params(rows).span(), deadline));
  for (size_t row = 0; row < others->row_count(); ++row) {
    inserted.stored.push_back(
        {static_cast<size_t>(int_cell(*others, row, 0) - 1), float_cell(*others, row, 1)});
  }
  return inserted;
}

Status SampleWriter::note_late(pg::Connection& connection, std::span<const Row> rows, Deadline deadline) {
  const TimestampMs late = clock_.wall_ms() - kLateMs;
  std::set<TimestampMs> hours;
  for (const Row& row : rows) {
    if (row.time < late) hours.insert(floor_to(row.time, kHourMs));
  }
  if (hours.empty()) return ok_status();
  const std::vector<TimestampMs> all(hours.begin(), hours.end());
  pg::Params params;
  params.timestamp_array(all);
  RETURN_IF_ERROR(connection.execute(sql(kNoteLate), params.span(), deadline));
  return ok_status();
}

Status SampleWriter::ensure_partitions(pg::Connection& connection, std::span<const Row> rows,
                                       Deadline deadline) {
  std::set<TimestampMs> needed;
  for (const Row& row : rows) needed.insert(floor_to(row.time, settings_.chunk_ms));
  partitions_.with([&](const std::set<TimestampMs>& known) {
    std::erase_if(needed, [&](TimestampMs begin) { return known.contains(begin); });
  });
  for (const TimestampMs begin : needed) {
    pg::Params params;
    params.timestamp(begin).timestamp(begin + settings_.chunk_ms);
    RETURN_IF_ERROR(connection.execute(sql("select weir.ensure_partition($1, $2)"), params.span(), deadline));
    partitions_.with([&](std::set<TimestampMs>& known) {
      if (known.size() >= kPartitionsKept) known.clear();
      known.insert(begin);
    });
  }
  return ok_status();
}

Result<bool> SampleWriter::is_committed(const Commit& commit, int64_t commit_number, Deadline deadline) {
  pg::Params params;
  params.text(options_.topic).int4(static_cast<int32_t>(commit.lease.partition.value()));
  // Waits for the row's lock, and so for the end of the transaction in question.
  const std::string text =
      sql("select commits, epoch from weir.consumer_offset where topic = $1 and partition = $2 for update");
  bool committed = false;
  for (int left = kTriesMax; true; --left) {
    const Status status = pool_.with(deadline, [&](pg::Connection& connection) -> Status {
      ASSIGN_OR_RETURN(const auto rows, connection.execute(text, params.span(), deadline));
      if (rows->row_count() == 0 ||
          int_cell(*rows, 0, 1) != static_cast<int64_t>(commit.lease.epoch.value())) {
        return too_old("timescale: another owner took the partition while the outcome was unknown");
      }
      committed = int_cell(*rows, 0, 0) >= commit_number;
      return ok_status();
    });
    if (status.ok()) return committed;
    if (left == 0 || !is_lost(status.error()) || deadline.passed(clock_)) return status.error();
  }
}

}  // namespace weir::store::timescale
