#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "store/retention.h"
#include "store/store.h"
#include "store/timescale/series_registry.h"

namespace weir::store::timescale {

struct Row {
  int64_t series_id;
  TimestampMs time;
  double value;
  bool replaces = false;  ///< Another value that the table has for the series and time goes.
};

/// The samples of one commit, made ready for the table: those too old left out, sorted by series and time,
/// each series and time once. What stands behind the first value of a time is judged when it is known which
/// value the table has.
class SampleBatch {
 public:
  /// Reads the records; `series()` must be resolved before `build`. Samples that `retention` does not keep
  /// are too old.
  SampleBatch(std::span<const AppliedRecord> records, const RetentionBounds& retention,
              const SeriesCache& cache);

  std::span<SeriesUse> series() { return series_; }
  void build();

  std::span<const Row> rows() const { return rows_; }
  /// Those that replace.
  std::vector<Row> replacing_rows() const;
  uint64_t too_old() const { return too_old_; }
  /// Of all rows; empty when there are none.
  TimeRange range() const { return range_; }
  /// The hours that the samples are in, by tenant: each by its begin.
  using TenantHour = std::pair<TenantId, TimestampMs>;
  const std::set<TenantHour>& hours() const { return hours_; }

  /// A row whose series and time the table had, with another value.
  struct Stored {
    size_t row;
    double value;
  };
  /// `inserted` of the rows were new; `stored` are those of the others whose bits differ.
  CommitReport judge(uint64_t inserted, std::span<const Stored> stored) const;

 private:
  struct Later {
    size_t row;  ///< Index into rows_ of the first value of its time.
    double value;
  };
  struct Pending {
    size_t series;  ///< Index into series_.
    TimestampMs time;
    double value;
    bool replaces;
  };
  void read(const AppliedRecord& record, TimestampMs cutoff, const SeriesCache& cache,
            absl::flat_hash_map<SeriesCache::Key, size_t>& places);

  std::vector<SeriesUse> series_;
  std::vector<Pending> pending_;
  std::vector<Row> rows_;
  std::vector<Later> later_;
  std::set<TenantHour> hours_;
  uint64_t too_old_ = 0;
  TimeRange range_{kEmptyMin, kEmptyMax};
  static constexpr TimestampMs kEmptyMin = INT64_MAX, kEmptyMax = INT64_MIN;
};

}  // namespace weir::store::timescale
