#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "query/histogram_buckets.h"
#include "query/kahan.h"

/// The arithmetic of native histograms, for both ways to add doubles. Prometheus' rules (model/histogram,
/// FloatHistogram): buckets are kept by index, the finer resolution is reduced to the coarser, the smaller
/// zero bucket grows to the larger, and custom bounds that differ are reduced to those in common.
namespace weir::query {

/// Added as it comes.
struct PlainCell {
  double sum = 0;

  void add(const PlainCell& other) { sum += other.sum; }
  void multiply(double factor) { sum *= factor; }
  void divide(double divisor) { sum /= divisor; }
  double value() const { return sum; }
  bool is_zero() const { return sum == 0; }
};

/// Added with Kahan's and Neumaier's compensation.
struct KahanCell {
  KahanSum total;

  KahanCell() = default;
  // A compensation of -0 leaves what nothing is added to as it is: -0 + 0 would be 0.
  explicit KahanCell(double value) : total(value, -0.0) {}

  void add(const KahanCell& other) {
    total.add(other.total.sum());
    if (other.total.compensation() != 0) total.add(other.total.compensation());
  }
  void multiply(double factor) { total = KahanSum(total.sum() * factor, total.compensation() * factor); }
  void divide(double divisor) { total = KahanSum(total.sum() / divisor, total.compensation() / divisor); }
  double value() const { return total.value(); }
  bool is_zero() const { return total.sum() == 0 && total.compensation() == 0; }
};

/// What came to light when one histogram was added to another.
struct HistogramMerge {
  bool compatible = true;          ///< False: exponential buckets and custom ones. Nothing was changed.
  bool hints_conflict = false;     ///< One counter was reset, the other one not.
  bool bounds_reconciled = false;  ///< Custom bounds differed.
};

/// The bounds that both have. Both ascend.
std::vector<double> common_bounds(const std::vector<double>& a, const std::vector<double>& b);

/// The hint of a sum; `conflict` is set where one counter was reset and the other one not.
CounterResetHint common_hint(CounterResetHint a, CounterResetHint b, bool& conflict);

/// A histogram taken apart.
template <typename Cell>
struct HistogramCells {
  struct Entry {
    int32_t index = 0;
    Cell cell;
  };
  using Entries = std::vector<Entry>;  ///< By index, each once.

  int32_t schema = 0;
  double zero_threshold = 0;
  std::vector<double> custom_bounds;
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  Cell count;
  Cell sum;
  Cell zero;
  Entries positive;
  Entries negative;

  explicit HistogramCells(const Histogram& from)
      : schema(from.layout.schema),
        zero_threshold(from.layout.zero_threshold),
        custom_bounds(from.layout.custom_bounds),
        reset_hint(from.reset_hint),
        count{from.count},
        sum{from.sum},
        zero{from.zero_count},
        positive(entries_of(from.layout.positive_spans, from.positive_buckets)),
        negative(entries_of(from.layout.negative_spans, from.negative_buckets)) {}

  bool is_custom() const { return schema == kHistogramSchemaCustom; }

  template <typename Change>
  void for_each_cell(Change change) {
    change(count);
    change(sum);
    change(zero);
    for (Entry& entry : positive) change(entry.cell);
    for (Entry& entry : negative) change(entry.cell);
  }

  void multiply(double factor) {
    for_each_cell([&](Cell& cell) { cell.multiply(factor); });
    if (factor < 0) reset_hint = CounterResetHint::kGauge;
  }

  /// By zero no bucket remains.
  void divide(double divisor) {
    for_each_cell([&](Cell& cell) { cell.divide(divisor); });
    if (divisor < 0) reset_hint = CounterResetHint::kGauge;
    if (divisor != 0) return;
    positive.clear();
    negative.clear();
  }

  /// Adds what is taken apart already, which it uses up.
  HistogramMerge merge(HistogramCells other) {
    HistogramMerge result;
    if (is_custom() != other.is_custom()) return {false};
    reset_hint = common_hint(reset_hint, other.reset_hint, result.hints_conflict);
    count.add(other.count);
    sum.add(other.sum);
    if (is_custom()) {
      result.bounds_reconciled = merge_custom(other);
      return result;
    }
    while (zero_threshold != other.zero_threshold) {
      HistogramCells& narrower = zero_threshold < other.zero_threshold ? *this : other;
      narrower.widen_zero(std::max(zero_threshold, other.zero_threshold));
    }
    other.drop_within_zero();
    zero.add(other.zero);
    const int32_t coarser = std::min(schema, other.schema);
    reduce(coarser);
    other.reduce(coarser);
    merge_entries(positive, other.positive);
    merge_entries(negative, other.negative);
    return result;
  }

  /// The zero bucket takes in the buckets below a larger threshold, which grows further where it would part a
  /// bucket that has observations.
  void widen_zero(double threshold) {
    while (grow(positive, threshold) || grow(negative, threshold)) {
    }
    zero_threshold = threshold;
    take_in(positive);
    take_in(negative);
  }

  /// To a coarser resolution, or the same.
  void reduce(int32_t to_schema) {
    if (schema == to_schema) return;
    reduce(positive, schema - to_schema);
    reduce(negative, schema - to_schema);
    schema = to_schema;
  }

  /// Gives custom buckets the indexes that they have among `bounds`, some of the present ones. Indexes may
  /// repeat afterwards.
  void relabel(const std::vector<double>& bounds) {
    for (Entry& entry : positive) {
      const auto at = static_cast<size_t>(entry.index);
      const auto bound = at < custom_bounds.size()
                             ? std::lower_bound(bounds.begin(), bounds.end(), custom_bounds[at])
                             : bounds.end();
      entry.index = static_cast<int32_t>(bound - bounds.begin());
    }
    custom_bounds = bounds;
  }

  Histogram put_together() const {
    Histogram out;
    out.layout.schema = schema;
    out.layout.zero_threshold = zero_threshold;
    out.layout.custom_bounds = custom_bounds;
    out.reset_hint = reset_hint;
    out.count = count.value();
    out.sum = sum.value();
    out.zero_count = zero.value();
    put_together(positive, out.layout.positive_spans, out.positive_buckets);
    put_together(negative, out.layout.negative_spans, out.negative_buckets);
    return out;
  }

  /// Adds entries in the order of their indexes, which may repeat.
  static void merge_entries(Entries& into, const Entries& from) {
    Entries missing;
    size_t at = 0;
    for (const Entry& entry : from) {
      while (at < into.size() && into[at].index < entry.index) ++at;
      if (at < into.size() && into[at].index == entry.index) {
        into[at].cell.add(entry.cell);
      } else if (!missing.empty() && missing.back().index == entry.index) {
        missing.back().cell.add(entry.cell);
      } else {
        missing.push_back(entry);
      }
    }
    const auto middle = static_cast<std::ptrdiff_t>(into.size());
    into.insert(into.end(), missing.begin(), missing.end());
    std::inplace_merge(into.begin(), into.begin() + middle, into.end(),
                       [](const Entry& a, const Entry& b) { return a.index < b.index; });
  }

 private:
  static Entries entries_of(const std::vector<HistogramSpan>& spans, const std::vector<double>& counts) {
    Entries entries;
    entries.reserve(counts.size());
    for_each_bucket(spans, counts, [&](int32_t index, double value) {
      entries.push_back({index, Cell{value}});
    });
    return entries;
  }

  static void put_together(const Entries& entries, std::vector<HistogramSpan>& spans,
                           std::vector<double>& counts) {
    constexpr int32_t kOffsetMax = std::numeric_limits<int32_t>::max();
    counts.reserve(entries.size());
    int64_t end = 0;
    for (const Entry& entry : entries) {
      // A gap that no offset can tell is parted.
      for (; entry.index - end > kOffsetMax; end += kOffsetMax) spans.push_back({kOffsetMax, 0});
      if (spans.empty() || entry.index != end) spans.push_back({static_cast<int32_t>(entry.index - end), 0});
      ++spans.back().length;
      counts.push_back(entry.cell.value());
      end = int64_t{entry.index} + 1;
    }
  }

  static void reduce(Entries& entries, int32_t by) {
    Entries out;
    for (Entry& entry : entries) {
      const auto index = static_cast<int32_t>(((int64_t{entry.index} - 1) >> by) + 1);
      if (!out.empty() && out.back().index == index) {
        out.back().cell.add(entry.cell);
      } else {
        out.push_back({index, entry.cell});
      }
    }
    entries = std::move(out);
  }

  bool merge_custom(HistogramCells& other) {
    const bool same = custom_bounds == other.custom_bounds;
    if (!same) {
      const std::vector<double> bounds = common_bounds(custom_bounds, other.custom_bounds);
      relabel(bounds);
      other.relabel(bounds);
      Entries own = std::exchange(positive, {});
      merge_entries(positive, own);
    }
    merge_entries(positive, other.positive);
    if (!same) std::erase_if(positive, [](const Entry& entry) { return entry.cell.is_zero(); });
    return !same;
  }

  // Whether the threshold had to move to the end of a bucket that it parts.
  bool grow(const Entries& entries, double& threshold) const {
    for (const Entry& entry : entries) {
      if (exponential_bound(schema, int64_t{entry.index} - 1) >= threshold) return false;
      const double end = exponential_bound(schema, entry.index);
      if (end <= threshold) continue;
      if (entry.cell.is_zero()) return false;
      threshold = end;
      return true;
    }
    return false;
  }

  void take_in(Entries& entries) {
    auto end = entries.begin();
    while (end != entries.end() && exponential_bound(schema, int64_t{end->index} - 1) < zero_threshold) {
      zero.add(end->cell);
      ++end;
    }
    entries.erase(entries.begin(), end);
  }

  // Buckets inside the zero bucket have nothing to say of their own.
  void drop_within_zero() {
    for (Entries* entries : {&positive, &negative}) {
      const auto outside = std::find_if(entries->begin(), entries->end(), [&](const Entry& entry) {
        return exponential_bound(schema, entry.index) > zero_threshold;
      });
      entries->erase(entries->begin(), outside);
    }
  }
};

}  // namespace weir::query
