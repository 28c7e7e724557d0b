#pragma once

#include <cstdint>
#include <span>

#include "query/evaluation.h"
#include "query/functions.h"

namespace weir::query {

/// The samples of one series in the window (begin_ms, end_ms] of one step; never empty.
struct Window {
  std::span<const TimestampMs> timestamps_ms;
  std::span<const double> values;
  /// Places of samples, as indexes into `values`, that are less than the sample before them in the window.
  /// Only for kernels that want them: so that a step costs the resets in its window, not its samples.
  std::span<const uint32_t> resets;
  uint32_t resets_base = 0;  ///< Subtract from each of `resets`.
  /// How many samples of the window the store left out, which the kernel said it can do without.
  uint64_t left_out = 0;
  TimestampMs begin_ms = 0;
  TimestampMs end_ms = 0;
  TimestampMs step_ms = 0;         ///< The time of the step, which offset and `@` do not move.
  std::span<const double> params;  ///< The scalar arguments at this step, in order.

  /// Samples to look at.
  size_t size() const { return values.size(); }
  /// Samples that there are.
  double count() const { return static_cast<double>(values.size() + left_out); }
  double first() const { return values.front(); }
  double last() const { return values.back(); }
};

/// Which of ascending times lie in a window (end - range, end] whose end only moves forward, so that each
/// time is passed once.
struct SlidingEdges {
  size_t begin = 0;
  size_t end = 0;

  bool empty() const { return begin == end; }
  size_t size() const { return end - begin; }
  void move_to(std::span<const TimestampMs> times_ms, TimestampMs end_ms, int64_t range_ms) {
    while (end < times_ms.size() && times_ms[end] <= end_ms) ++end;
    while (begin < end && times_ms[begin] <= end_ms - range_ms) ++begin;
  }
};

/// The scalar arguments of a call, turned so that those of one step lie together.
struct ScalarParams {
  size_t count = 0;
  std::vector<double> values;
  std::span<const double> at(size_t step) const { return std::span(values).subspan(step * count, count); }
};

/// Runs `kernel` over the windows of each series of the call's range vector, which is plain, and visits those
/// with a value. The labels are the series' own, whatever the function makes of its name.
Status stream_range_function(Evaluation& evaluation, const Call& call, const RangeKernel& kernel,
                             const Steps& steps, Evaluation::StreamVisitor visit);

/// The same as a vector; for any range vector.
Result<Value> evaluate_range_function(Evaluation& evaluation, const Call& call, const RangeKernel& kernel,
                                      const Steps& steps);

/// The range vector of a call of a range function.
const Expr& range_arg(const Call& call);

/// Windows of one series may not be joined with another's: equal labels are an error even where values never
/// meet.
Status check_unique(const Vector& vector);

// rate.cc: extrapolation as in Prometheus.
double rate(const Window& window);
double increase(const Window& window);
double delta(const Window& window);
double irate(const Window& window);
double idelta(const Window& window);
double resets(const Window& window);
double changes(const Window& window);

/// What a change from `first`, seen between the first and the last of two or more samples, is to be
/// multiplied with for the whole window (Prometheus' extrapolatedRate, promql/functions.go): it goes on to an
/// edge of the window that samples come near, within 1.1 times their mean distance, else for half that
/// distance. A counter does not begin below zero.
double extrapolation(const Window& window, double first, double change, bool is_counter);

// over_time.cc: one value out of all in the window.
double avg_over_time(const Window& window);
double sum_over_time(const Window& window);
double min_over_time(const Window& window);
double max_over_time(const Window& window);
double count_over_time(const Window& window);
double first_over_time(const Window& window);
double last_over_time(const Window& window);
double present_over_time(const Window& window);
double stddev_over_time(const Window& window);
double stdvar_over_time(const Window& window);
double mad_over_time(const Window& window);
double quantile_over_time(const Window& window);
double ts_of_first_over_time(const Window& window);
double ts_of_last_over_time(const Window& window);
/// How long before the end of the window its last sample is, in seconds. Of MetricsQL.
double lag(const Window& window);
double ts_of_min_over_time(const Window& window);
double ts_of_max_over_time(const Window& window);

// integral.cc
double integral(const Window& window);
/// Whether a number names one of integral's rules.
bool is_integral_strategy(double strategy);

// trend.cc
double deriv(const Window& window);
double predict_linear(const Window& window);
/// NaN where a factor is none, which the caller makes an error of.
double double_exponential_smoothing(const Window& window);
/// Between 0 and 1; NaN passes, as with Prometheus.
bool is_smoothing_factor(double factor);

/// The q-quantile of `values`, which it reorders: interpolated between neighbours; NaN sorts first. NaN for
/// no values and for q NaN; -Inf and +Inf for q below 0 and above 1.
double quantile(double q, std::span<double> values);

}  // namespace weir::query
