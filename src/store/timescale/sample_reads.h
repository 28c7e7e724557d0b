#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "pg/connection.h"
#include "store/timescale/series_search.h"

namespace weir::store::timescale {

/// Where reads of one selection go.
struct ReadContext {
  pg::Connection& connection;
  std::string_view schema;
  Deadline deadline;
};

/// Series that are read together, and what was read of each.
class SeriesBatch {
 public:
  explicit SeriesBatch(std::span<const FoundSeries> series);

  std::span<const int64_t> ids() const { return ids_; }
  size_t place_of(int64_t id) const { return places_.at(id); }
  std::vector<SampleColumns>& samples() { return samples_; }
  /// Appends what rows of (series_id, timestamptz[], float8[]) hold.
  Status add(const pg::Rows& rows);
  /// The server aggregates in whatever order it reads: chunks, and in columnstore the newest first.
  void sort_by_time();

 private:
  std::vector<int64_t> ids_;
  absl::flat_hash_map<int64_t, size_t> places_;
  std::vector<SampleColumns> samples_;
};

/// Adds the samples of all series in `range`.
Status read_samples(const ReadContext& context, TimeRange range, SeriesBatch& batch);

}  // namespace weir::store::timescale
