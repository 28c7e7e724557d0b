#include "query/range_histograms.h"

#include <algorithm>

#include "query/histogram_math.h"

namespace weir::query {

void find_counter_resets(std::span<const double> values, std::span<const HistogramPtr> histograms,
                         std::vector<uint8_t>& out) {
  out.assign(values.size(), 0);
  for (size_t i = 1; i < values.size(); ++i) {
    const Histogram* before = histograms[i - 1].get();
    const Histogram* now = histograms[i].get();
    if (before != nullptr && now != nullptr) {
      out[i] = is_reset(*now, *before) ? 1 : 0;
    } else {
      out[i] = before != now || values[i] < values[i - 1] ? 1 : 0;
    }
  }
}

Status HistogramSlider::run(const SampleColumns& samples, Budget& budget, Notes& notes, Series& out) {
  edges_ = {};
  if (call_.kernel.wants_resets) find_counter_resets(samples.values, samples.histograms, was_reset_);
  for (size_t step = 0; step < call_.steps.count; ++step) {
    edges_.move_to(samples.timestamps_ms, call_.windows.ends.at(step), call_.windows.range_ms);
    if (edges_.empty()) continue;
    RETURN_IF_ERROR(budget.work(edges_.size()));
    Point point = evaluate(samples, step, notes);
    if (point.histogram != nullptr) RETURN_IF_ERROR(budget.make(*point.histogram));
    out.put(step, std::move(point));
  }
  return {};
}

Point HistogramSlider::evaluate(const SampleColumns& samples, size_t step, Notes& notes) {
  const auto [begin, end] = edges_;
  const size_t size = edges_.size();
  HistogramWindow window;
  window.samples.timestamps_ms = std::span(samples.timestamps_ms).subspan(begin, size);
  window.samples.values = std::span(samples.values).subspan(begin, size);
  // What a store left out were doubles, in windows without histograms.
  for (size_t i = begin; i < std::min(end, samples.left_out.size()); ++i)
    window.samples.left_out += samples.left_out[i];
  window.samples.end_ms = call_.windows.ends.at(step);
  window.samples.begin_ms = window.samples.end_ms - call_.windows.range_ms;
  window.samples.step_ms = call_.steps.at(step);
  window.samples.params = call_.params.at(step);
  window.histograms = std::span(samples.histograms).subspan(begin, size);
  window.histogram_count = size - static_cast<size_t>(std::ranges::count(window.histograms, nullptr));
  if (window.histogram_count == 0 || call_.kernel.histograms == nullptr)
    return evaluate_doubles(window.samples, window.histograms, notes);
  if (call_.kernel.wants_resets) window.was_reset = std::span(was_reset_).subspan(begin, size);
  return call_.kernel.histograms(window, notes);
}

// As if the histograms were not there.
Point HistogramSlider::evaluate_doubles(const Window& all, std::span<const HistogramPtr> histograms,
                                        Notes& notes) {
  double_times_ms_.clear();
  doubles_.clear();
  double_resets_.clear();
  for (size_t i = 0; i < all.size(); ++i) {
    if (histograms[i] != nullptr) continue;
    if (!doubles_.empty() && all.values[i] < doubles_.back())
      double_resets_.push_back(static_cast<uint32_t>(doubles_.size()));
    double_times_ms_.push_back(all.timestamps_ms[i]);
    doubles_.push_back(all.values[i]);
  }
  if (doubles_.empty()) return {};
  notes.add_if(doubles_.size() < all.size(), Note::kIgnoredInRange);
  Window window = all;
  window.timestamps_ms = double_times_ms_;
  window.values = doubles_;
  window.resets = double_resets_;
  return call_.kernel.run(window);
}

}  // namespace weir::query
