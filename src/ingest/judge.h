#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "model/limits.h"

namespace weir::ingest {

/// Why samples are refused.
enum class Reason : uint8_t {
  kMissingMetricName,
  kLabelsPerSeries,
  kLabelNameBytes,
  kLabelValueBytes,
  kSeriesBytes,
  kNegativeTimestamp,
  kTooFarInFuture,
  kTimestampOutOfRange,
  kInvalidHistogram,  ///< Found by who decodes the body, so that no batch holds one.
};
inline constexpr size_t kReasonCount = 9;

/// The stable code of a reason, as answers and metrics show it: "missing_metric_name", "labels_per_series",
/// ...
std::string_view reason_code(Reason reason);

/// The last instant that can be stored: 9999-12-31T23:59:59.999Z.
inline constexpr TimestampMs kTimestampMsMax = 253'402'300'799'999;

/// Why one series of a batch (with all its samples), or some samples of it, were refused.
struct Rejection {
  uint32_t series_index = 0;  ///< Index of the series in the batch as sent.
  std::string_view reason;    ///< `reason_code`; lives for ever.
  std::string message;        ///< One sentence: the series, what was found, the limit.
  uint64_t limit = 0;         ///< 0 when the reason has none.
  uint32_t samples = 0;       ///< Samples refused.
};
/// Rejections beyond these are only counted.
inline constexpr size_t kRejectionsKept = 100;

/// What is left of a batch, and what became of the rest. Series with neither samples nor exemplars are in
/// neither.
struct Judgement {
  std::vector<uint32_t> whole;  ///< Indexes of the series of which all is good, ascending.
  struct Part {
    uint32_t series_index;
    uint32_t good_samples;
  };
  std::vector<Part> parts;  ///< Series that keep what has a time for which `is_good_time` holds.
  TimestampMs maxt_ms = 0;  ///< The latest time that was good.

  uint64_t good_samples = 0;
  uint64_t good_histograms = 0;                           ///< Of the good samples.
  std::array<uint64_t, kReasonCount> rejected_samples{};  ///< By reason.
  std::vector<Rejection> rejections;  ///< The first `kRejectionsKept`, in order of series.

  uint64_t good_exemplars = 0;
  ExemplarFaults dropped_exemplars{};  ///< Dropping an exemplar rejects nothing.

  bool is_good_time(TimestampMs timestamp_ms) const { return 0 <= timestamp_ms && timestamp_ms <= maxt_ms; }
};

/// Judges every sample of `batch` against the tenant's limits in one pass. A series that breaks a limit is
/// refused whole, for the first reason in the order of `Reason`; a sample or an exemplar with a bad time is
/// refused alone. Pure.
Judgement judge(const Batch& batch, const Limits& limits, TimestampMs now_ms);

}  // namespace weir::ingest
