#include "stream/late_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::stream {
namespace {

constexpr double kSavedSeconds = 10;

/// The samples of a record that are older than a bound.
Batch older_than(TimestampMs bound_ms, const store::AppliedRecord& record) {
  Batch late;
  for (size_t i = 0; i < record.series_count(); ++i) {
    const Batch::Series& series = record.series(i);
    const auto times = record.batch->timestamps_ms(series);
    bool begun = false;
    for (size_t k = 0; k < times.size(); ++k) {
      if (times[k] >= bound_ms) continue;
      if (!begun) late.begin_series(record.batch->labels(series).bytes());
      begun = true;
      late.add_sample(times[k], record.batch->values(series)[k]);
    }
  }
  return late;
}

bool has_older(TimestampMs bound_ms, const store::AppliedRecord& record) {
  for (size_t i = 0; i < record.series_count(); ++i) {
    const auto times = record.batch->timestamps_ms(record.series(i));
    if (!times.empty() && std::ranges::min(times) < bound_ms) return true;
  }
  return false;
}

}  // namespace

Status LateTable::look_at(PartitionId partition, const store::AppliedRecord& record, Deadline deadline) {
  const auto oldest_ms = parts_.oldest_ms(record.tenant);
  if (!oldest_ms || !has_older(*oldest_ms, record)) return ok_status();
  const Batch late = older_than(*oldest_ms, record);
  const wire::DeadLetter letter =
      late_letter(parts_.codec, {partition, record.offset}, late, parts_.clock.wall_ms(),
                  fmt::format("{} samples are older than the retention, which ends at {} ms",
                              late.sample_count(), *oldest_ms));
  if (!take(record.tenant, letter.payload.size(), late.sample_count())) return ok_status();
  return parts_.dead_letters.put(record.tenant, letter, deadline);
}

/// Whether the tenant has so many bytes left; counts the samples either way.
bool LateTable::take(TenantId tenant, uint64_t bytes, uint64_t samples) {
  std::lock_guard lock(mutex_);
  const auto [at, added] = tenants_.try_emplace(tenant);
  Tenant& state = at->second;
  const os::SteadyTime now = parts_.clock.steady();
  if (added) name(tenant, state);
  const double most = kSavedSeconds * static_cast<double>(options_.bytes_per_second);
  const double seconds = added ? kSavedSeconds : std::chrono::duration<double>(now - state.counted).count();
  state.counted = now;
  state.bytes_left =
      std::min(most, state.bytes_left + seconds * static_cast<double>(options_.bytes_per_second));
  const bool kept = static_cast<double>(bytes) <= state.bytes_left;
  if (kept) state.bytes_left -= static_cast<double>(bytes);
  (kept ? state.kept : state.dropped)->add(samples);
  return kept;
}

void LateTable::name(TenantId tenant, Tenant& state) {
  const bool own = tenants_.size() <= options_.tenants_max;
  const telemetry::LabelPairs labels = {{"tenant", own ? fmt::to_string(tenant.value()) : "other"}};
  state.kept =
      &parts_.registry.counter("weir_late_table_samples_total",
                               "Samples behind retention that are kept among the dead letters.", labels);
  state.dropped = &parts_.registry.counter(
      "weir_late_table_dropped_samples_total",
      "Samples behind retention that are not kept, as their tenant has sent too many.", labels);
}

}  // namespace weir::stream
