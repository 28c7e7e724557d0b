#include "query/range_functions.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "absl/container/flat_hash_set.h"
#include "query/counter_names.h"
#include "query/extended_range.h"
#include "query/label_sets.h"
#include "query/param_checks.h"
#include "query/range_histograms.h"
#include "query/sliding_extreme.h"
#include "query/sliding_sum.h"

namespace weir::query {
namespace {

Result<ScalarParams> scalar_params(Evaluation& evaluation, const Call& call, const Steps& steps) {
  std::vector<Column> columns;
  for (const ExprPtr& arg : call.args) {
    if (arg->type() != ValueType::kScalar) continue;
    ASSIGN_OR_RETURN(Column column, evaluation.scalar(*arg, steps));
    columns.push_back(std::move(column));
  }
  RETURN_IF_ERROR(evaluation.budget().hold(columns.size(), steps.count));
  ScalarParams params{columns.size(), {}};
  params.values.reserve(columns.size() * steps.count);
  for (size_t step = 0; step < steps.count; ++step) {
    for (const Column& column : columns) params.values.push_back(column[step]);
  }
  return params;
}

void find_resets(std::span<const double> values, std::vector<uint32_t>& out) {
  out.clear();
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] < values[i - 1]) out.push_back(static_cast<uint32_t>(i));
  }
}

/// Slides windows over the samples of one series.
class Slider {
 public:
  Slider(const RangeKernel& kernel, const Windows& windows, const Steps& steps, const ScalarParams& params)
      : kernel_(kernel), windows_(windows), steps_(steps), params_(params) {}

  Status run(const SampleColumns& samples, Budget& budget, Column& out) {
    using Kind = store::WindowReduction::Kind;
    edges_ = {};
    if (kernel_.reduction == Kind::kMin) return run_extreme(least_, samples, budget, out);
    if (kernel_.reduction == Kind::kMax) return run_extreme(greatest_, samples, budget, out);
    if (kernel_.reduction == Kind::kSum && samples.left_out.empty() && sums_.reset(samples.values))
      return run_sum(samples, budget, out);
    first_reset_ = last_reset_ = left_out_ = 0;
    if (kernel_.wants_resets) find_resets(samples.values, resets_);
    for (size_t step = 0; step < steps_.count; ++step) {
      move_to(samples, windows_.ends.at(step));
      if (edges_.empty()) continue;
      // A kernel that knows the resets does not look at every sample.
      RETURN_IF_ERROR(budget.work(kernel_.wants_resets ? 1 : edges_.size()));
      out[step] = kernel_.run(window(samples, step));
    }
    return {};
  }

 private:
  template <typename Extreme>
  Status run_extreme(Extreme& extreme, const SampleColumns& samples, Budget& budget, Column& out) {
    extreme.reset(samples.values);
    RETURN_IF_ERROR(budget.work(samples.size()));
    for (size_t step = 0; step < steps_.count; ++step) {
      edges_.move_to(samples.timestamps_ms, windows_.ends.at(step), windows_.range_ms);
      if (!edges_.empty()) out[step] = extreme.of(edges_.begin, edges_.end);
    }
    return budget.work(steps_.count);
  }

  Status run_sum(const SampleColumns& samples, Budget& budget, Column& out) {
    RETURN_IF_ERROR(budget.work(samples.size()));
    const bool mean = kernel_.run == &avg_over_time;
    for (size_t step = 0; step < steps_.count; ++step) {
      edges_.move_to(samples.timestamps_ms, windows_.ends.at(step), windows_.range_ms);
      if (edges_.empty()) continue;
      const double sum = sums_.of(edges_.begin, edges_.end);
      out[step] = mean ? sum / static_cast<double>(edges_.size()) : sum;
    }
    return budget.work(steps_.count);
  }

  void move_to(const SampleColumns& samples, TimestampMs end_ms) {
    const SlidingEdges before = edges_;
    edges_.move_to(samples.timestamps_ms, end_ms, windows_.range_ms);
    if (!samples.left_out.empty()) {
      left_out_ += left_out_between(samples, before.end, edges_.end);
      left_out_ -= left_out_between(samples, before.begin, edges_.begin);
    }
    while (last_reset_ < resets_.size() && resets_[last_reset_] < edges_.end) ++last_reset_;
    // A fall on the first sample of the window is not seen from inside it.
    while (first_reset_ < last_reset_ && resets_[first_reset_] <= edges_.begin) ++first_reset_;
  }

  static uint64_t left_out_between(const SampleColumns& samples, size_t begin, size_t end) {
    return std::accumulate(samples.left_out.begin() + static_cast<std::ptrdiff_t>(begin),
                           samples.left_out.begin() + static_cast<std::ptrdiff_t>(end), uint64_t{0});
  }

  Window window(const SampleColumns& samples, size_t step) const {
    Window window;
    window.timestamps_ms = std::span(samples.timestamps_ms).subspan(edges_.begin, edges_.size());
    window.values = std::span(samples.values).subspan(edges_.begin, edges_.size());
    window.resets = std::span(resets_).subspan(first_reset_, last_reset_ - first_reset_);
    window.resets_base = static_cast<uint32_t>(edges_.begin);
    window.left_out = left_out_;
    window.end_ms = windows_.ends.at(step);
    window.begin_ms = window.end_ms - windows_.range_ms;
    window.step_ms = steps_.at(step);
    window.params = params_.at(step);
    return window;
  }

  const RangeKernel& kernel_;
  const Windows& windows_;
  const Steps& steps_;
  const ScalarParams& params_;
  SlidingExtreme<std::less<>> least_;
  SlidingExtreme<std::greater<>> greatest_;
  SlidingSum sums_;
  std::vector<uint32_t> resets_;
  SlidingEdges edges_;
  size_t first_reset_ = 0;
  size_t last_reset_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace

const Expr& range_arg(const Call& call) {
  const auto at = std::find_if(call.args.begin(), call.args.end(),
                               [](const ExprPtr& arg) { return arg->type() == ValueType::kMatrix; });
  return **at;
}

Status check_unique(const Vector& vector) {
  absl::flat_hash_set<std::string_view> seen;
  seen.reserve(vector.size());
  for (const Series& series : vector) {
    if (!seen.insert(series.labels.view().bytes()).second) {
      return failed_precondition("vector cannot contain metrics with the same labelset");
    }
  }
  return {};
}

Status stream_range_function(Evaluation& evaluation, const Call& call, const RangeKernel& kernel,
                             const Steps& steps, Evaluation::StreamVisitor visit) {
  ASSIGN_OR_RETURN(const ScalarParams params, scalar_params(evaluation, call, steps));
  ParamChecks checks(evaluation, call, params);
  const Expr& arg = range_arg(call);
  const Windows windows = evaluation.windows(arg, steps);
  HistogramSlider histogram_slider({kernel, windows, steps, params});
  CounterNames names(evaluation, call);
  const auto slide = [&](const SampleColumns& samples, Budget& budget, Column& out) {
    return Slider(kernel, windows, steps, params).run(samples, budget, out);
  };
  const auto slide_histograms = [&](SeriesRead read) -> Status {
    if (checks.are_needed()) RETURN_IF_ERROR(checks.of_samples(windows, read.samples));
    Series series{{}, Column(steps.count, absent())};
    Notes notes(evaluation, *call.args[0], std::string(read.labels.get(kMetricName)));
    RETURN_IF_ERROR(histogram_slider.run(read.samples, evaluation.budget(), notes, series));
    if (!has_values(series.values)) return {};
    if (has_doubles(series)) names.check(read.labels);
    return visit({read.labels, series.values, series.histograms});
  };
  HistogramColumn none;
  const auto pass_on = [&](SeriesRead read) -> Status {
    if (read.has_histograms()) return slide_histograms(read);
    if (!has_values(read.values)) return {};
    if (checks.are_needed()) RETURN_IF_ERROR(checks.of_values(read.values));
    names.check(read.labels);
    return visit({read.labels, read.values, none});
  };
  if (unwrap(arg).as<MatrixSelector>() != nullptr)
    return evaluation.read_windows(arg, windows, kernel.reduction, steps, slide, pass_on);
  Column values;
  return evaluation.visit_range(arg, windows, {},
                                [&](LabelsView labels, const SampleColumns& samples) -> Status {
                                  values.assign(steps.count, absent());
                                  if (samples.histograms.empty())
                                    RETURN_IF_ERROR(slide(samples, evaluation.budget(), values));
                                  return pass_on({labels, samples, values});
                                });
}

Result<Value> evaluate_range_function(Evaluation& evaluation, const Call& call, const RangeKernel& kernel,
                                      const Steps& steps) {
  if (const Expr& arg = range_arg(call); edges_of(arg) != Edges::kPlain)
    return evaluate_extended_range(evaluation, call, arg, steps);
  Vector out;
  RETURN_IF_ERROR(stream_range_function(
      evaluation, call, kernel, steps, [&](Evaluation::StreamedSeries series) -> Status {
        RETURN_IF_ERROR(evaluation.budget().hold(out.size() + 1, steps.count));
        Labels labels = kernel.keeps_name ? Labels(series.labels) : drop_metric(series.labels);
        out.push_back({std::move(labels), std::move(series.values), std::move(series.histograms)});
        return {};
      }));
  if (!kernel.keeps_name) RETURN_IF_ERROR(check_unique(out));
  return Value(std::move(out));
}

}  // namespace weir::query
