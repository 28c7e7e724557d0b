#pragma once

#include <cstdint>
#include <span>

#include "query/notes.h"
#include "query/range_functions.h"

/// Range functions over series that have histograms.
namespace weir::query {

/// A window in which at least one sample is a histogram.
struct HistogramWindow {
  Window samples;                            ///< Of all kinds; of a histogram the value is its sum.
  std::span<const HistogramPtr> histograms;  ///< As long as the samples; null where one is a double.
  size_t histogram_count = 0;
  /// As long as the samples; 1 where a counter was reset since the sample before, which the first sample's
  /// says nothing of. Only for kernels that want resets.
  std::span<const uint8_t> was_reset;

  size_t size() const { return histograms.size(); }
  bool is_mixed() const { return histogram_count < size(); }
  const Histogram& histogram(size_t i) const { return *histograms[i]; }
};

/// Slides the windows of a call over a series that has histograms, and puts what each yields into `out`,
/// whose columns have a value for each step. Not for the usual series: those of doubles alone are left to
/// `evaluate_range_function`.
class HistogramSlider {
 public:
  struct Call {
    const RangeKernel& kernel;
    const Windows& windows;
    const Steps& steps;
    const ScalarParams& params;
  };
  explicit HistogramSlider(const Call& call) : call_(call) {}

  Status run(const SampleColumns& samples, Budget& budget, Notes& notes, Series& out);

 private:
  Point evaluate(const SampleColumns& samples, size_t step, Notes& notes);
  Point evaluate_doubles(const Window& all, std::span<const HistogramPtr> histograms, Notes& notes);

  const Call call_;
  std::vector<uint8_t> was_reset_;
  std::vector<TimestampMs> double_times_ms_;  // of one window
  std::vector<double> doubles_;
  std::vector<uint32_t> double_resets_;
  SlidingEdges edges_;
};

/// Sets `out` to 1 at each sample, but the first, before which a counter was reset, of either kind; a change
/// of the kind is a reset, too.
void find_counter_resets(std::span<const double> values, std::span<const HistogramPtr> histograms,
                         std::vector<uint8_t>& out);

// The kernels, in the form of HistogramKernel.
Point histograms_rate(const HistogramWindow& window, Notes& notes);
Point histograms_increase(const HistogramWindow& window, Notes& notes);
Point histograms_delta(const HistogramWindow& window, Notes& notes);
Point histograms_irate(const HistogramWindow& window, Notes& notes);
Point histograms_idelta(const HistogramWindow& window, Notes& notes);
Point histograms_resets(const HistogramWindow& window, Notes& notes);
Point histograms_changes(const HistogramWindow& window, Notes& notes);
Point histograms_sum(const HistogramWindow& window, Notes& notes);
Point histograms_avg(const HistogramWindow& window, Notes& notes);
Point histograms_count(const HistogramWindow& window, Notes& notes);
Point histograms_present(const HistogramWindow& window, Notes& notes);
Point histograms_first(const HistogramWindow& window, Notes& notes);
Point histograms_last(const HistogramWindow& window, Notes& notes);
Point histograms_first_time(const HistogramWindow& window, Notes& notes);
Point histograms_last_time(const HistogramWindow& window, Notes& notes);
Point histograms_lag(const HistogramWindow& window, Notes& notes);

}  // namespace weir::query
