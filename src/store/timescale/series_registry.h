#pragma once

#include <span>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "store/timescale/series_cache.h"

namespace weir::store::timescale {

/// A series of a commit: who it is and when its samples are.
struct SeriesUse {
  TenantId tenant;
  LabelsView labels;  ///< Bytes of the commit's batch.
  SeriesCache::Key key;
  TimeRange range;    ///< Of its samples in this commit.
  KnownSeries known;  ///< Filled by `resolve`.
};

/// Finds the ids of series, and makes series that the database lacks. Safe from any thread.
class SeriesRegistry {
 public:
  SeriesRegistry(std::string schema, uint64_t cache_max, os::milliseconds seen_step);

  /// Fills `known` of all uses, which are distinct. What is not cached is read, and what is not there is
  /// made, in transactions of its own (at most 2,000 series each): a series without samples harms nobody, and
  /// one that others wait for would. Returns how many series were made.
  Result<uint64_t> resolve(pg::Connection& connection, std::span<SeriesUse> uses, Deadline deadline);

  /// The uses whose samples lie outside of what is stored as seen, with `known.seen` made wider: to be stored
  /// in the transaction of the samples, and remembered once that is committed.
  std::vector<SeriesUse> widened(std::span<const SeriesUse> uses) const;
  void remember(std::span<const SeriesUse> uses);
  void forget(std::span<const SeriesUse> uses);

  SeriesCache& cache() { return cache_; }

 private:
  using Uses = std::span<SeriesUse* const>;
  /// Reads ids; returns those that are not there.
  Result<std::vector<SeriesUse*>> read(pg::Connection& connection, Uses uses, Deadline deadline);
  Result<uint64_t> make(pg::Connection& connection, Uses uses, Deadline deadline);
  Result<uint64_t> insert(pg::Connection& connection, Uses uses, Deadline deadline);
  TimeRange wide(TimeRange range, int64_t phase_ms) const;

  const std::string schema_;
  const int64_t step_ms_;
  SeriesCache cache_;
};

}  // namespace weir::store::timescale
