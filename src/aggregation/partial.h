#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregation/definition.h"
#include "base/time.h"
#include "model/labels.h"
#include "query/kahan.h"

namespace weir::aggregation {

/// What has to be known of a group's samples in one pane to make any of the outputs wanted. A pane is a
/// stretch of time that windows consist of: partials of panes that follow each other are merged to that of a
/// window. An output is the same however the time is cut into panes, but for what rounding makes of sums.
/// Owned by one thread. Can be moved; what was moved from is only to be destroyed or assigned to.
class Partial {
 public:
  /// What all partials of one aggregation keep. Constant. Count and sum are kept always.
  struct Needs {
    bool extremes = false;                     ///< Min and max.
    bool moments = false;                      ///< Standard deviation.
    bool ends = false;                         ///< First and last.
    bool increase = false;                     ///< And rate.
    bool series = false;                       ///< 9 to 18 bytes for each series.
    bool distinct_values = false;              ///< Of the samples; up to 16 KiB.
    std::vector<std::string> distinct_labels;  ///< Sorted and unique; up to 16 KiB each.
    bool quantiles = false;                    ///< 8 bytes for each bucket, up to 32 KiB.
    double quantile_error = 0.01;

    static Needs of(const Definition& definition);
  };

  /// `needs` are the same for all that are merged and in every call; they are not kept.
  explicit Partial(const Needs& needs);
  ~Partial();
  Partial(Partial&&) noexcept;
  Partial& operator=(Partial&&) noexcept;

  /// Takes the samples of a series of the group in the pane. Series come in ascending order of labels, each
  /// at most once; one without samples changes nothing.
  /// - `before`: value of the last sample of that series before the pane. Absent when there is none, or it is
  ///   older than the lookback: then the first sample is no rise.
  /// - `times_ms`, `values`: of equal length, times ascending, values without stale markers.
  void add_series(const Needs& needs, LabelsView labels, std::optional<double> before,
                  std::span<const TimestampMs> times_ms, std::span<const double> values);
  /// As if what `later` was given had been given to this one: `later` is another one, of the following pane
  /// of the same group. Either may be empty.
  void merge_later(const Partial& later);

  /// Whether it was given no sample.
  bool empty() const { return count_ == 0; }
  /// Value of an output, one that the needs were made for, for a window of `length_ms`, above 0. Not empty.
  /// A NaN among the values makes NaN of all but counts, extremes, ends and quantiles; an infinity makes NaN
  /// of the standard deviation, and of an increase that goes from one to the same.
  double value(const Output& output, int64_t length_ms) const;
  /// With this object itself.
  size_t size_bytes() const;

 private:
  // There may be millions of partials, so what few of them need lies apart: partial_parts.h.
  struct Numbers;
  struct Sketches;

  template <bool kExtremes>
  void fold_values(std::span<const double> values);

  uint64_t count_ = 0;
  query::KahanSum sum_;
  // The least is above the largest as long as all values are NaN.
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
  std::unique_ptr<Numbers> numbers_;    // null unless moments, ends or increase are needed
  std::unique_ptr<Sketches> sketches_;  // null unless series, distinct values or quantiles are needed
};

}  // namespace weir::aggregation
