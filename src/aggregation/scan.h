#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "aggregation/input_walk.h"
#include "model/labels.h"

namespace weir::aggregation {

/// The samples of many series over one range, in memory, in ascending order of labels: what a walk gives, for
/// several who want the same. Stale markers and histograms are left out, and series without samples.
/// Immutable.
class Scan {
 public:
  /// Takes all that is left of a walk. Null when it would hold more than `bytes_max`. Errors: those of the
  /// walk.
  static Result<std::shared_ptr<const Scan>> take(InputWalk walk, TimeRange range, size_t bytes_max);

  const TimeRange& range() const { return range_; }
  size_t series_count() const { return series_.size(); }
  LabelsView labels(size_t i) const {
    return LabelsView(
        std::string_view(label_bytes_).substr(begin(i).labels, series_[i].labels - begin(i).labels));
  }
  /// Ascending.
  std::span<const TimestampMs> times_ms(size_t i) const { return column(times_ms_, i); }
  std::span<const double> values(size_t i) const { return column(values_, i); }
  size_t size_bytes() const;

 private:
  /// Where a series ends in the columns.
  struct Series {
    size_t labels;
    size_t samples;
  };
  explicit Scan(TimeRange range) : range_(range) {}
  Series begin(size_t i) const { return i == 0 ? Series{0, 0} : series_[i - 1]; }
  template <typename T>
  std::span<const T> column(const std::vector<T>& all, size_t i) const {
    return std::span(all).subspan(begin(i).samples, series_[i].samples - begin(i).samples);
  }

  TimeRange range_;
  std::string label_bytes_;
  std::vector<Series> series_;
  std::vector<TimestampMs> times_ms_;
  std::vector<double> values_;
};

}  // namespace weir::aggregation
