#include "store/timescale/sample_batch.h"

#include <algorithm>

#include "base/same_bits.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {

SampleBatch::SampleBatch(std::span<const AppliedRecord> records, const RetentionBounds& retention,
                         const SeriesCache& cache) {
  size_t count = 0;
  for (const AppliedRecord& record : records) {
    for (size_t i = 0; i < record.series_count(); ++i) count += record.series(i).sample_count;
  }
  pending_.reserve(count);
  absl::flat_hash_map<SeriesCache::Key, size_t> places;
  for (const AppliedRecord& record : records) {
    const TimestampMs cutoff = retention.oldest_ms(record.tenant).value_or(kTimeMinMs);
    read(record, std::max(cutoff, kTimeMinMs), cache, places);
  }
}

void SampleBatch::read(const AppliedRecord& record, TimestampMs cutoff, const SeriesCache& cache,
                       absl::flat_hash_map<SeriesCache::Key, size_t>& places) {
  TimestampMs hour = -1;  // the one noted last; neighbours share theirs
  for (size_t s = 0; s < record.series_count(); ++s) {
    const Batch::Series& series = record.series(s);
    const LabelsView labels = record.batch->labels(series);
    const auto times = record.batch->timestamps_ms(series);
    const auto values = record.batch->values(series);
    SeriesUse* use = nullptr;
    size_t place = 0;
    for (size_t i = 0; i < times.size(); ++i) {
      if (is_replace_mark(values[i])) continue;
      if (times[i] < cutoff || times[i] > kTimeMaxMs) {
        ++too_old_;
        continue;
      }
      if (use == nullptr) {  // A series all of whose samples are too old is not made.
        const SeriesCache::Key key = cache.key(record.tenant, labels);
        place = places.try_emplace(key, series_.size()).first->second;
        if (place == series_.size())
          series_.push_back({record.tenant, labels, key, {kEmptyMin, kEmptyMax}, {}});
        use = &series_[place];
      }
      if (const TimestampMs begin = floor_to(times[i], kHourMs); begin != hour) {
        hour = begin;
        hours_.emplace(record.tenant, hour);
      }
      use->range = {std::min(use->range.mint_ms, times[i]), std::max(use->range.maxt_ms, times[i])};
      pending_.push_back({place, times[i], values[i], record.batch->replaces(series, i)});
    }
  }
}

void SampleBatch::build() {
  rows_.clear();
  later_.clear();
  const auto id = [this](const Pending& pending) { return series_[pending.series].known.id; };
  const auto before = [&](const Pending& a, const Pending& b) {
    return id(a) != id(b) ? id(a) < id(b) : a.time < b.time;
  };
  // Stable: of equal times the first sent stays first. Scrapes come in order, so there is often nothing to
  // do.
  if (!std::is_sorted(pending_.begin(), pending_.end(), before)) {
    std::stable_sort(pending_.begin(), pending_.end(), before);
  }
  rows_.reserve(pending_.size());
  for (const Pending& pending : pending_) {
    if (!rows_.empty() && rows_.back().series_id == id(pending) && rows_.back().time == pending.time) {
      Row& row = rows_.back();
      // What goes at once counts as if it had been the other's value all the time.
      if (pending.replaces) row = {row.series_id, row.time, pending.value, true};
      later_.push_back({rows_.size() - 1, pending.value});
      continue;
    }
    rows_.push_back({id(pending), pending.time, pending.value, pending.replaces});
    range_ = {std::min(range_.mint_ms, pending.time), std::max(range_.maxt_ms, pending.time)};
  }
}

std::vector<Row> SampleBatch::replacing_rows() const {
  std::vector<Row> replacing;
  std::ranges::copy_if(rows_, std::back_inserter(replacing), &Row::replaces);
  return replacing;
}

CommitReport SampleBatch::judge(uint64_t inserted, std::span<const Stored> stored) const {
  CommitReport report;
  report.too_old = too_old_;
  report.appended = inserted;
  report.conflicts = stored.size();
  report.duplicates = rows_.size() - inserted - stored.size();
  absl::flat_hash_map<size_t, double> winners;
  for (const Stored& row : stored) winners.emplace(row.row, row.value);
  for (const Later& later : later_) {
    const auto winner = winners.find(later.row);
    const double kept = winner != winners.end() ? winner->second : rows_[later.row].value;
    ++(same_bits(kept, later.value) ? report.duplicates : report.conflicts);
  }
  return report;
}

}  // namespace weir::store::timescale
