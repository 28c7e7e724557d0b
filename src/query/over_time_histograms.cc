#include "query/histogram_total.h"
#include "query/range_histograms.h"

namespace weir::query {
namespace {

// Adds up all histograms of a window into a `Total`; null where that cannot be.
template <typename Total>
Point total_of(const HistogramWindow& window, Notes& notes) {
  if (window.is_mixed()) {
    notes.add(Note::kMixedRange);
    return {};
  }
  HistogramTotal<Total> total;
  for (const HistogramPtr& histogram : window.histograms) {
    const bool compatible = total.add(*histogram);
    notes.add_if(total.bounds_reconciled(), Note::kAggregationReconciled);
    notes.add_if(!compatible, Note::kMixedSchemas);
    if (!compatible) return {};
  }
  notes.add_if(total.hints_conflict(), Note::kAggregationConflict);
  return Point(total.value());
}

// A bucket without observations is not there for all that it tells.
bool differs(const Histogram& now, const Histogram& before) {
  return !same_data(now, before) && !same_data(compacted(now), compacted(before));
}

Point sample_at(const HistogramWindow& window, size_t i) {
  return window.histograms[i] != nullptr ? Point(window.histograms[i]) : Point(window.samples.values[i]);
}

}  // namespace

Point histograms_sum(const HistogramWindow& window, Notes& notes) {
  return total_of<HistogramSum>(window, notes);
}

Point histograms_avg(const HistogramWindow& window, Notes& notes) {
  return total_of<HistogramMean>(window, notes);
}

Point histograms_count(const HistogramWindow& window, Notes&) {
  return count_over_time(window.samples);
}

Point histograms_present(const HistogramWindow&, Notes&) {
  return 1;
}

Point histograms_first(const HistogramWindow& window, Notes&) {
  return sample_at(window, 0);
}

Point histograms_last(const HistogramWindow& window, Notes&) {
  return sample_at(window, window.size() - 1);
}

Point histograms_first_time(const HistogramWindow& window, Notes&) {
  return ts_of_first_over_time(window.samples);
}

Point histograms_last_time(const HistogramWindow& window, Notes&) {
  return ts_of_last_over_time(window.samples);
}

Point histograms_lag(const HistogramWindow& window, Notes&) {
  return lag(window.samples);
}

Point histograms_changes(const HistogramWindow& window, Notes&) {
  size_t count = 0;
  for (size_t i = 1; i < window.size(); ++i) {
    const Histogram* before = window.histograms[i - 1].get();
    const Histogram* now = window.histograms[i].get();
    if (before != nullptr && now != nullptr) {
      count += differs(*now, *before) ? 1 : 0;
    } else if (before != now) {
      ++count;
    } else {
      count += differs(window.samples.values[i], window.samples.values[i - 1]) ? 1 : 0;
    }
  }
  return static_cast<double>(count);
}

Point histograms_resets(const HistogramWindow& window, Notes&) {
  size_t count = 0;
  for (size_t i = 1; i < window.size(); ++i) count += window.was_reset[i];
  return static_cast<double>(count);
}

}  // namespace weir::query
