#include "store/embedded/sample_merge.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace weir::store::embedded {

void make_ascending(SampleColumns& columns, size_t begin) {
  columns.align_histograms();
  const auto first = columns.timestamps_ms.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto disorder = std::adjacent_find(first, columns.timestamps_ms.end(), std::greater_equal<>());
  if (disorder == columns.timestamps_ms.end()) return;

  std::vector<size_t> order(columns.size() - begin);
  std::iota(order.begin(), order.end(), begin);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return columns.timestamps_ms[a] < columns.timestamps_ms[b]; });
  SampleColumns sorted;
  sorted.timestamps_ms.reserve(order.size());
  sorted.values.reserve(order.size());
  for (const size_t index : order) {
    const TimestampMs timestamp_ms = columns.timestamps_ms[index];
    if (sorted.size() > 0 && sorted.timestamps_ms.back() == timestamp_ms) sorted.truncate(sorted.size() - 1);
    if (HistogramPtr histogram = columns.histogram(index)) {
      sorted.push_back(timestamp_ms, std::move(histogram));
    } else {
      sorted.push_back(timestamp_ms, columns.values[index]);
    }
  }
  sorted.align_histograms();
  columns.truncate(begin);
  append_in_range(sorted, {sorted.timestamps_ms.front(), sorted.timestamps_ms.back()}, columns);
}

void append_in_range(const SampleColumns& from, const TimeRange& range, SampleColumns& out) {
  const auto& times = from.timestamps_ms;
  const auto first = std::lower_bound(times.begin(), times.end(), range.mint_ms);
  const auto last = std::upper_bound(first, times.end(), range.maxt_ms);
  if (!from.histograms.empty()) {
    out.histograms.resize(out.size());
    out.histograms.insert(out.histograms.end(), from.histograms.begin() + (first - times.begin()),
                          from.histograms.begin() + (last - times.begin()));
  }
  out.timestamps_ms.insert(out.timestamps_ms.end(), first, last);
  out.values.insert(out.values.end(), from.values.begin() + (first - times.begin()),
                    from.values.begin() + (last - times.begin()));
}

void keep_in_range(SampleColumns& columns, size_t begin, const TimeRange& range) {
  auto& times = columns.timestamps_ms;
  auto& values = columns.values;
  auto& histograms = columns.histograms;
  columns.align_histograms();
  const auto first = times.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto from = std::lower_bound(first, times.end(), range.mint_ms) - times.begin();
  const auto to = std::upper_bound(times.begin() + from, times.end(), range.maxt_ms) - times.begin();
  times.erase(times.begin() + to, times.end());
  values.erase(values.begin() + to, values.end());
  times.erase(first, times.begin() + from);
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(begin), values.begin() + from);
  if (histograms.empty()) return;
  histograms.erase(histograms.begin() + to, histograms.end());
  histograms.erase(histograms.begin() + static_cast<std::ptrdiff_t>(begin), histograms.begin() + from);
}

void remove_in_range(SampleColumns& columns, size_t begin, const TimeRange& range) {
  columns.align_histograms();
  auto& times = columns.timestamps_ms;
  auto& values = columns.values;
  const auto first = times.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto from = std::lower_bound(first, times.end(), range.mint_ms) - times.begin();
  const auto to = std::upper_bound(times.begin() + from, times.end(), range.maxt_ms) - times.begin();
  times.erase(times.begin() + from, times.begin() + to);
  values.erase(values.begin() + from, values.begin() + to);
  auto& histograms = columns.histograms;
  if (!histograms.empty()) histograms.erase(histograms.begin() + from, histograms.begin() + to);
}

}  // namespace weir::store::embedded
