#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/sample.h"

namespace weir {

/// The bounds of a histogram's size, so that no sample outgrows a log record. A histogram of Prometheus' own
/// clients has 160 buckets by default.
inline constexpr size_t kHistogramBucketsMax = 10'000;  ///< Of both signs together.
inline constexpr size_t kHistogramSpansMax = 10'000;    ///< Of both signs together.
inline constexpr size_t kHistogramBoundsMax = 10'000;   ///< Custom bounds.

/// The resolutions of exponential buckets: bounds grow by the factor 2^(2^-schema).
inline constexpr int32_t kHistogramSchemaMin = -4;
inline constexpr int32_t kHistogramSchemaMax = 8;
/// The schema of a histogram whose buckets end at its `custom_bounds`.
inline constexpr int32_t kHistogramSchemaCustom = -53;

/// What the sender knows of the sample before this one. The numbers are those of prometheus.prompb.
enum class CounterResetHint : uint8_t { kUnknown = 0, kReset = 1, kNoReset = 2, kGauge = 3 };
inline constexpr uint64_t kCounterResetHintCount = 4;

/// Consecutive buckets that are present.
struct HistogramSpan {
  int32_t offset =
      0;  ///< Buckets left out since the span before; for the first span, the index it begins at.
  uint32_t length = 0;  ///< Buckets present; may be 0.

  friend bool operator==(const HistogramSpan&, const HistogramSpan&) = default;
};

/// Which buckets a histogram has, and where they end: what neighbours in time nearly always share.
struct HistogramLayout {
  int32_t schema = 0;
  double zero_threshold = 0;  ///< The zero bucket takes observations in [-threshold, threshold].
  std::vector<HistogramSpan> positive_spans;
  std::vector<HistogramSpan> negative_spans;
  std::vector<double> custom_bounds;  ///< Upper bounds, ascending; only with kHistogramSchemaCustom.

  bool is_custom() const { return schema == kHistogramSchemaCustom; }
  /// Buckets that the spans name. Exact for a layout that is valid.
  size_t positive_count() const { return buckets_of(positive_spans); }
  size_t negative_count() const { return buckets_of(negative_spans); }

  /// Bit for bit.
  friend bool operator==(const HistogramLayout& a, const HistogramLayout& b);

 private:
  static size_t buckets_of(const std::vector<HistogramSpan>& spans);
};

/// A native histogram of Prometheus with counts as doubles (its FloatHistogram): one sample of a series. A
/// value. Bucket i of a sign is the i-th that its spans name.
struct Histogram {
  HistogramLayout layout;
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  double count = 0;       ///< Observations.
  double sum = 0;         ///< Of what was observed; the stale marker makes the whole sample one.
  double zero_count = 0;  ///< Observations in the zero bucket.
  std::vector<double> positive_buckets;  ///< Observations in each bucket, absolute, not cumulative.
  std::vector<double> negative_buckets;

  bool is_stale() const { return weir::is_stale(sum); }
  /// Bytes held by the content, this struct included, for ledgers.
  size_t size_bytes() const;

  /// Bit for bit: every NaN equals itself alone, and zeros have signs.
  friend bool operator==(const Histogram& a, const Histogram& b);
};

/// Holds a layout to the rules of Prometheus: a known schema, a zero threshold of 0 or more, spans that
/// ascend without overlap and whose bucket indexes fit 32 bits, custom bounds (finite, ascending, enough for
/// the spans) with the custom schema alone, which has no zero bucket and no negative ones; and to the bounds
/// above. Errors: kInvalidArgument names what was found.
Status validate(const HistogramLayout& layout);

/// The same for a histogram: also, buckets must be as many as its spans name, and no count negative. Counts
/// that are NaN or infinite pass: a division by zero in a sender's recording rule makes them.
Status validate(const Histogram& histogram);

}  // namespace weir
