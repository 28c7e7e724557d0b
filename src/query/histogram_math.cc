#include "query/histogram_math.h"

#include <bit>

#include "base/same_bits.h"

namespace weir::query {
namespace {

using Cells = HistogramCells<PlainCell>;

bool falls(std::span<const double> now, std::span<const double> before) {
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] < before[i]) return true;
  }
  return false;
}

// Buckets of one layout are compared one by one, which is the usual case.
bool same_layout_rises(const Histogram& now, const Histogram& before) {
  return now.layout == before.layout && now.zero_count >= before.zero_count &&
         !falls(now.positive_buckets, before.positive_buckets) &&
         !falls(now.negative_buckets, before.negative_buckets);
}

// Whether a bucket is missing that had observations, or has fewer now.
bool falls(const Cells::Entries& now, const Cells::Entries& before) {
  size_t at = 0;
  for (const Cells::Entry& entry : before) {
    while (at < now.size() && now[at].index < entry.index) ++at;
    const bool there = at < now.size() && now[at].index == entry.index;
    if (there ? now[at].cell.sum < entry.cell.sum : entry.cell.sum != 0) return true;
  }
  return false;
}

// The buckets of `cells` by fewer bounds.
Cells::Entries reduced(Cells cells, const std::vector<double>& bounds) {
  cells.relabel(bounds);
  Cells::Entries out;
  Cells::merge_entries(out, cells.positive);
  return out;
}

bool custom_falls(const Histogram& now, const Histogram& before) {
  const std::vector<double> bounds = common_bounds(now.layout.custom_bounds, before.layout.custom_bounds);
  return falls(reduced(Cells(now), bounds), reduced(Cells(before), bounds));
}

bool exponential_falls(const Histogram& now, const Histogram& before) {
  const HistogramLayout& layout = now.layout;
  if (layout.schema > before.layout.schema || layout.zero_threshold < before.layout.zero_threshold)
    return true;
  Cells earlier(before);
  earlier.widen_zero(layout.zero_threshold);
  // A threshold inside a bucket that had observations is new, too.
  if (earlier.zero_threshold != layout.zero_threshold || now.zero_count < earlier.zero.sum) return true;
  earlier.reduce(layout.schema);
  const Cells current(now);
  return falls(current.positive, earlier.positive) || falls(current.negative, earlier.negative);
}

struct IndexedBits {
  int32_t index;
  uint64_t bits;
  friend bool operator==(const IndexedBits&, const IndexedBits&) = default;
};

std::vector<IndexedBits> indexed(std::span<const HistogramSpan> spans, std::span<const double> counts) {
  std::vector<IndexedBits> out;
  out.reserve(counts.size());
  for_each_bucket(spans, counts, [&](int32_t index, double count) {
    out.push_back({index, std::bit_cast<uint64_t>(count)});
  });
  return out;
}

bool is_infinite(const KahanCell& cell) {
  return std::isinf(cell.total.sum());
}

// Whether buckets of one sign begin inside the zero bucket, which those of clients do not.
bool reaches_into_zero_bucket(const HistogramLayout& layout, const std::vector<HistogramSpan>& spans) {
  int64_t first = 0;
  for (const HistogramSpan& span : spans) {
    first += span.offset;
    if (span.length > 0) return exponential_bound(layout.schema, first) <= layout.zero_threshold;
  }
  return false;
}

bool reaches_into_zero_bucket(const HistogramLayout& layout) {
  return layout.zero_threshold > 0 && (reaches_into_zero_bucket(layout, layout.positive_spans) ||
                                       reaches_into_zero_bucket(layout, layout.negative_spans));
}

// Of one layout, bucket by bucket: the usual case.
void add_counts(Histogram& sum, const Histogram& other, double sign) {
  sum.count += sign * other.count;
  sum.sum += sign * other.sum;
  sum.zero_count += sign * other.zero_count;
  for (size_t i = 0; i < sum.positive_buckets.size(); ++i)
    sum.positive_buckets[i] += sign * other.positive_buckets[i];
  for (size_t i = 0; i < sum.negative_buckets.size(); ++i)
    sum.negative_buckets[i] += sign * other.negative_buckets[i];
}

Cells::Entries populated(Cells::Entries entries) {
  std::erase_if(entries, [](const Cells::Entry& entry) { return entry.cell.is_zero(); });
  return entries;
}

}  // namespace

std::vector<double> common_bounds(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

CounterResetHint common_hint(CounterResetHint a, CounterResetHint b, bool& conflict) {
  if (a == b) return a;
  if (a == CounterResetHint::kGauge || b == CounterResetHint::kGauge) return CounterResetHint::kGauge;
  conflict = a != CounterResetHint::kUnknown && b != CounterResetHint::kUnknown;
  return CounterResetHint::kUnknown;
}

HistogramMerge PlainHistogramSum::add(const Histogram& other, double sign) {
  if (sum_.layout == other.layout && !reaches_into_zero_bucket(other.layout)) {
    HistogramMerge result;
    sum_.reset_hint = common_hint(sum_.reset_hint, other.reset_hint, result.hints_conflict);
    add_counts(sum_, other, sign);
    return result;
  }
  Cells addend(other);
  addend.for_each_cell([&](PlainCell& cell) { cell.multiply(sign); });
  Cells cells(sum_);
  const HistogramMerge result = cells.merge(std::move(addend));
  if (result.compatible) sum_ = cells.put_together();
  return result;
}

void PlainHistogramSum::reduce(int32_t schema) {
  if (sum_.layout.schema == schema) return;
  Cells cells(sum_);
  cells.reduce(schema);
  sum_ = cells.put_together();
}

HistogramMerge HistogramSum::add(const Histogram& other) {
  return cells_.merge(HistogramCells<KahanCell>(other));
}

bool HistogramSum::overflows() const {
  const auto entry_overflows = [](const auto& entry) { return is_infinite(entry.cell); };
  return is_infinite(cells_.count) || is_infinite(cells_.sum) || is_infinite(cells_.zero) ||
         std::ranges::any_of(cells_.positive, entry_overflows) ||
         std::ranges::any_of(cells_.negative, entry_overflows);
}

HistogramMerge HistogramMean::add(const Histogram& other) {
  if (!incremental_) {
    HistogramSum next = total_;
    const HistogramMerge merge = next.add(other);
    if (!merge.compatible) return merge;
    ++count_;
    if (!next.overflows()) {
      total_ = std::move(next);
      return merge;
    }
    incremental_ = true;
    total_.divide(count_ - 1);
  } else {
    ++count_;
  }
  total_.multiply((count_ - 1) / count_);
  return total_.add(divided(other, count_));
}

Histogram HistogramMean::value() const {
  if (incremental_) return total_.value();
  HistogramSum mean = total_;
  mean.divide(count_);
  return mean.value();
}

Histogram multiplied(Histogram histogram, double factor) {
  histogram.count *= factor;
  histogram.sum *= factor;
  histogram.zero_count *= factor;
  for (double& bucket : histogram.positive_buckets) bucket *= factor;
  for (double& bucket : histogram.negative_buckets) bucket *= factor;
  if (factor < 0) histogram.reset_hint = CounterResetHint::kGauge;
  return histogram;
}

Histogram divided(Histogram histogram, double divisor) {
  histogram.count /= divisor;
  histogram.sum /= divisor;
  histogram.zero_count /= divisor;
  for (double& bucket : histogram.positive_buckets) bucket /= divisor;
  for (double& bucket : histogram.negative_buckets) bucket /= divisor;
  if (divisor < 0) histogram.reset_hint = CounterResetHint::kGauge;
  if (divisor != 0) return histogram;
  histogram.layout.positive_spans.clear();
  histogram.layout.negative_spans.clear();
  histogram.positive_buckets.clear();
  histogram.negative_buckets.clear();
  return histogram;
}

Histogram compacted(const Histogram& histogram) {
  Cells cells(histogram);
  cells.positive = populated(std::move(cells.positive));
  cells.negative = populated(std::move(cells.negative));
  return cells.put_together();
}

Histogram as_gauge(const Histogram& histogram) {
  Histogram gauge = compacted(histogram);
  gauge.reset_hint = CounterResetHint::kGauge;
  return gauge;
}

bool is_reset(const Histogram& now, const Histogram& before) {
  if (now.reset_hint == CounterResetHint::kReset) return true;
  if (now.reset_hint == CounterResetHint::kNoReset) return false;
  if (now.count < before.count) return true;
  if (same_layout_rises(now, before)) return false;
  const bool custom = now.layout.is_custom();
  if (custom != (before.layout.is_custom())) return true;
  return custom ? custom_falls(now, before) : exponential_falls(now, before);
}

bool same_data(const Histogram& a, const Histogram& b) {
  const HistogramLayout& x = a.layout;
  const HistogramLayout& y = b.layout;
  return x.schema == y.schema && same_bits(a.count, b.count) && same_bits(a.sum, b.sum) &&
         x.custom_bounds == y.custom_bounds && x.zero_threshold == y.zero_threshold &&
         same_bits(a.zero_count, b.zero_count) &&
         indexed(x.negative_spans, a.negative_buckets) == indexed(y.negative_spans, b.negative_buckets) &&
         indexed(x.positive_spans, a.positive_buckets) == indexed(y.positive_spans, b.positive_buckets);
}

}  // namespace weir::query
