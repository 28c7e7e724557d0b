#pragma once

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "model/histogram.h"
#include "model/labels.h"
#include "model/sample.h"

/// What a node of an expression yields: for each series, its values at all steps at once.
namespace weir::query {

/// The times at which a node is evaluated. `step_ms` may be 0: then all steps are the same time, as behind
/// `@`.
struct Steps {
  TimestampMs first_ms = 0;
  int64_t step_ms = 0;
  size_t count = 1;

  TimestampMs at(size_t step) const { return first_ms + static_cast<int64_t>(step) * step_ms; }
  TimestampMs last_ms() const { return at(count - 1); }
  Steps shifted_back(int64_t by_ms) const { return {first_ms - by_ms, step_ms, count}; }
};

/// Stands in a column where a series has no value. It is the bit pattern of the stale marker, which selectors
/// take out, and a signalling NaN, which no arithmetic yields; so a NaN that is a value is never mistaken for
/// it.
inline double absent() {
  return stale_marker();
}
inline bool is_absent(double value) {
  return is_stale(value);
}

/// Whether two doubles are not the same value; a NaN is the same as another.
inline bool differs(double a, double b) {
  return a != b && !(a != a && b != b);
}

/// One value a step.
using Column = std::vector<double>;

/// Whether there is a value at any step.
inline bool has_values(const Column& column) {
  return !std::all_of(column.begin(), column.end(), is_absent);
}

/// One histogram a step; null where the series has none.
using HistogramColumn = std::vector<HistogramPtr>;

/// One value of a series: a double, or a histogram, or none.
struct Point {
  double value = absent();  ///< Of a histogram, its sum.
  HistogramPtr histogram;

  Point() = default;
  Point(double number) : value(number) {}  // NOLINT(google-explicit-constructor): a double is a point
  explicit Point(Histogram made);
  explicit Point(HistogramPtr shared);
};

struct Series {
  Labels labels;
  Column values;  ///< Of a histogram, its sum: whether there is a value is asked of this column alone.
  /// Empty when no value is a histogram, which is nearly always; else as long as `values`, and null where the
  /// value is a double.
  HistogramColumn histograms = {};

  bool has_histograms() const { return !histograms.empty(); }
  /// Null when the value is a double, or there is none.
  const Histogram* histogram(size_t step) const {
    return histograms.empty() ? nullptr : histograms[step].get();
  }
  Point point(size_t step) const;
  void put(size_t step, Point point);
  void erase(size_t step) {
    values[step] = absent();
    if (!histograms.empty()) histograms[step] = nullptr;
  }
};

/// An instant vector at every step. Labels are unique. Order matters only to `sort` and its like.
using Vector = std::vector<Series>;

/// Whether a value of the series is a double.
bool has_doubles(const Series& series);

/// Takes the histograms out, for what works on doubles alone; whether there was any.
bool drop_histograms(Vector& vector);

/// A scalar is a Column in which nothing is absent.
using Value = std::variant<Vector, Column, std::string>;

/// The memory that a value takes: columns, labels and histograms, of which one that stands at several steps
/// in a row counts once.
uint64_t size_bytes(const Value& value);

}  // namespace weir::query
