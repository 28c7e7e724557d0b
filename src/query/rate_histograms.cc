#include <algorithm>
#include <optional>

#include "query/histogram_math.h"
#include "query/range_histograms.h"

namespace weir::query {
namespace {

// The first histogram that counts: one before a reset is none of the increase, whatever its buckets are.
size_t base_of(const HistogramWindow& window, bool is_counter) {
  return is_counter && window.was_reset[1] != 0 ? 1 : 0;
}

// The coarsest resolution of a window; nullopt where exponential and custom buckets meet.
std::optional<int32_t> common_schema(const HistogramWindow& window, size_t base, bool is_counter) {
  int32_t schema = window.histogram(base).layout.schema;
  const bool custom = window.histogram(base).layout.is_custom();
  for (size_t i = is_counter ? base : window.size() - 1; i < window.size(); ++i) {
    if (window.histogram(i).layout.is_custom() != custom) return std::nullopt;
    schema = std::min(schema, window.histogram(i).layout.schema);
  }
  return schema;
}

// What a counter with the buckets of `histogram` begins with.
Histogram nothing_in(const Histogram& histogram) {
  Histogram nothing;
  nothing.layout.schema = histogram.layout.schema;
  nothing.layout.custom_bounds = histogram.layout.custom_bounds;
  return nothing;
}

void note_kinds(const HistogramWindow& window, bool is_counter, Notes& notes) {
  if (is_counter) {
    for (const HistogramPtr& histogram : window.histograms)
      notes.add_if(is_gauge(*histogram), Note::kNotCounter);
  } else {
    const bool gauges = is_gauge(window.histogram(0)) && is_gauge(window.histogram(window.size() - 1));
    notes.add_if(!gauges, Note::kNotGauge);
  }
}

// What was observed between the first sample and the last, in spite of resets.
std::optional<Histogram> change_of(const HistogramWindow& window, bool is_counter, Notes& notes) {
  const size_t base = base_of(window, is_counter);
  const std::optional<int32_t> schema = common_schema(window, base, is_counter);
  if (!schema) {
    notes.add(Note::kMixedSchemas);
    return std::nullopt;
  }
  note_kinds(window, is_counter, notes);
  PlainHistogramSum change(window.histogram(window.size() - 1));
  change.reduce(*schema);
  const HistogramMerge merge =
      change.subtract(base == 0 ? window.histogram(0) : nothing_in(window.histogram(base)));
  notes.add_if(merge.bounds_reconciled, Note::kSubtractionReconciled);
  for (size_t i = base + 1; is_counter && i < window.size(); ++i) {
    if (window.was_reset[i] == 0) continue;
    notes.add_if(change.add(window.histogram(i - 1)).bounds_reconciled, Note::kAdditionReconciled);
  }
  return as_gauge(change.value());
}

Point extrapolated(const HistogramWindow& window, bool is_counter, bool per_second, Notes& notes) {
  if (window.is_mixed()) {
    notes.add(Note::kMixedRange);
    return {};
  }
  if (window.size() < 2) return {};
  const std::optional<Histogram> change = change_of(window, is_counter, notes);
  if (!change) return {};
  const Window& samples = window.samples;
  double factor = extrapolation(samples, window.histogram(0).count, change->count, is_counter);
  if (per_second) factor /= static_cast<double>(samples.end_ms - samples.begin_ms) / 1000;
  return Point(multiplied(*change, factor));
}

// The last two samples.
HistogramWindow last_two(const HistogramWindow& window) {
  HistogramWindow two = window;
  two.samples.timestamps_ms = two.samples.timestamps_ms.last(2);
  two.samples.values = two.samples.values.last(2);
  two.histograms = two.histograms.last(2);
  return two;
}

Point instant_change(const HistogramWindow& window, bool per_second, Notes& notes) {
  if (window.size() < 2) return {};
  const HistogramWindow two = last_two(window);
  if (two.histograms[0] == nullptr && two.histograms[1] == nullptr)
    return per_second ? irate(two.samples) : idelta(two.samples);
  if (two.histograms[0] == nullptr || two.histograms[1] == nullptr) {
    notes.add(Note::kMixedRange);
    return {};
  }
  const Histogram& before = two.histogram(0);
  const Histogram& now = two.histogram(1);
  notes.add_if(per_second && (is_gauge(before) || is_gauge(now)), Note::kNotCounter);
  notes.add_if(!per_second && !(is_gauge(before) && is_gauge(now)), Note::kNotGauge);
  PlainHistogramSum change(now);
  if (!per_second || !is_reset(now, before)) {
    const HistogramMerge merge = change.subtract(before);
    notes.add_if(!merge.compatible, Note::kMixedSchemas);
    if (!merge.compatible) return {};
    notes.add_if(merge.bounds_reconciled, Note::kSubtractionReconciled);
  }
  Histogram result = as_gauge(change.value());
  if (!per_second) return Point(std::move(result));
  const TimestampMs apart_ms = two.samples.timestamps_ms[1] - two.samples.timestamps_ms[0];
  return Point(divided(std::move(result), static_cast<double>(apart_ms) / 1000));
}

}  // namespace

Point histograms_rate(const HistogramWindow& window, Notes& notes) {
  return extrapolated(window, true, true, notes);
}

Point histograms_increase(const HistogramWindow& window, Notes& notes) {
  return extrapolated(window, true, false, notes);
}

Point histograms_delta(const HistogramWindow& window, Notes& notes) {
  return extrapolated(window, false, false, notes);
}

Point histograms_irate(const HistogramWindow& window, Notes& notes) {
  return instant_change(window, true, notes);
}

Point histograms_idelta(const HistogramWindow& window, Notes& notes) {
  return instant_change(window, false, notes);
}

}  // namespace weir::query
