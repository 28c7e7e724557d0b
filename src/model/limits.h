#pragma once

#include <cstdint>

namespace weir {

/// What one tenant may send and ask. Zero never means "no limit"; a limit that is off holds the largest
/// value.
struct Limits {
  static constexpr uint64_t kUnlimited = UINT64_MAX;

  uint64_t samples_per_second = kUnlimited;  ///< That the tenant may write, on average ...
  uint64_t samples_burst = kUnlimited;       ///< ... and at once; no write may have more.
  uint32_t labels_per_series_max = 64;
  uint32_t label_name_bytes_max = 1'024;
  uint32_t label_value_bytes_max = 4'096;
  uint32_t series_bytes_max = 32 * 1'024;   ///< All label bytes of one series together.
  int64_t future_ms_max = 10 * 60 * 1'000;  ///< How far ahead of the clock a sample may be dated.
  uint32_t metadata_metrics_max = 20'000;   ///< Metrics whose type, unit and help are kept.
  uint64_t query_samples_max = 50'000'000;  ///< Samples that one query may read.
  uint64_t query_series_max = 1'000'000;    ///< Series that one query may touch.
  uint32_t query_points_per_series_max = 11'000;
  /// Of samples, values and histograms that one query may hold at once; query/budget.h says what counts.
  uint64_t query_memory_bytes_max = 1u << 30;
  int64_t query_timeout_ms = 30'000;
  int64_t query_queue_wait_ms_max = 10'000;  ///< A query that waited longer for a worker is refused.
};

}  // namespace weir
