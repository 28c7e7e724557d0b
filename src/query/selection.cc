#include <algorithm>

#include "query/evaluation.h"
#include "query/functions.h"
#include "query/refusals.h"

// How selectors and subqueries become columns: the part of Evaluation that reads the store.
namespace weir::query {
namespace {

// Calls `emit(step, index)` for each step at which a series has a current sample: the newest one at or before
// the step, if it is younger than the lookback and no stale marker. Steps ascend, so one pass over the
// samples serves all of them.
template <typename Emit>
void for_current_samples(const SampleColumns& samples, const Steps& times, int64_t lookback_ms, Emit emit) {
  size_t next = 0;
  for (size_t step = 0; step < times.count; ++step) {
    const TimestampMs at = times.at(step);
    while (next < samples.size() && samples.timestamps_ms[next] <= at) ++next;
    if (next == 0) continue;
    const size_t current = next - 1;
    if (samples.timestamps_ms[current] > at - lookback_ms && !is_stale(samples.values[current]))
      emit(step, current);
  }
}

store::SelectRequest request_of(const MatrixSelector& matrix, const Windows& windows,
                                const std::optional<store::WindowReduction::Kind>& reduction) {
  const Steps& ends = windows.ends;
  store::SelectRequest request{matrix.selector.matchers,
                               {ends.first_ms - windows.range_ms + 1, ends.last_ms()}};
  if (reduction) request.reduction = {*reduction, ends.first_ms, ends.step_ms, ends.count, windows.range_ms};
  return request;
}

// Where a subquery skips samples, what a hint says of the sample before is not true of the one before in its
// window.
HistogramPtr without_reset_hint(const HistogramPtr& histogram) {
  const CounterResetHint hint = histogram->reset_hint;
  if (hint == CounterResetHint::kUnknown || hint == CounterResetHint::kGauge) return histogram;
  Histogram copy = *histogram;
  copy.reset_hint = CounterResetHint::kUnknown;
  return std::make_shared<const Histogram>(std::move(copy));
}

// The first multiple of `step_ms` after `after_ms`.
TimestampMs first_aligned_after(TimestampMs after_ms, int64_t step_ms) {
  TimestampMs first = step_ms * (after_ms / step_ms);
  if (first <= after_ms) first += step_ms;
  return first;
}

}  // namespace

Steps Evaluation::shifted(const Steps& steps, const TimeShift& shift) const {
  const auto fixed = [&](TimestampMs at_ms) { return Steps{at_ms - shift.offset_ms, 0, steps.count}; };
  switch (shift.at) {
    case TimeShift::At::kNone:
      break;
    case TimeShift::At::kTime:
      return fixed(shift.at_ms);
    case TimeShift::At::kStart:
      return fixed(query_.start_ms);
    case TimeShift::At::kEnd:
      return fixed(query_.end_ms);
  }
  return steps.shifted_back(shift.offset_ms);
}

Status Evaluation::read(store::SelectRequest request, const ReadingOptions& options, SeriesKernel kernel,
                        SeriesReadVisitor visit) {
  TimeRange& range = request.range;
  range.mint_ms = std::max<TimestampMs>(range.mint_ms, 0);  // there is nothing before
  if (range.mint_ms > range.maxt_ms) return {};
  request.series_max = budget_.series_left();
  budget_.begin_read();
  auto set = store_.select(query_.context.tenant, request, query_.context.deadline);
  if (!set.ok()) return refused(std::move(set).error(), request);
  Status read = read_series(**set, options, budget_, kernel, visit);
  if (read.ok()) return read;
  if (!budget_.has_refused()) read = refused(std::move(read).error(), request);
  return budget_.end_read(std::move(read).error(), (*set)->series_about());
}

Error Evaluation::refused(Error error, const store::SelectRequest& request) {
  constexpr uint64_t kCountedMax = 2'000'000;  // a set of labels each
  if (error.code != Code::kResourceExhausted) return error;
  const Limits& limits = query_.context.limits;
  const uint64_t before = limits.query_series_max - request.series_max;
  const uint64_t most = std::max(std::min(2 * limits.query_series_max, kCountedMax), request.series_max);
  const store::LabelRequest all{request.matchers, request.range, most + 1};
  const auto found = store_.series(query_.context.tenant, all, query_.context.deadline);
  if (!found.ok() || found->size() <= request.series_max) return error;
  return too_many_series({found->size(), found->size() <= most, before}, limits);
}

ReadingOptions Evaluation::reading(const Steps& steps, bool drop_stale) const {
  return {steps.count, drop_stale, query_.options.pool, query_.options.pool_threads};
}

Status Evaluation::stream(const VectorSelector& selector, const Steps& steps, StreamVisitor visit) {
  return stream_current(selector, steps, {}, visit);
}

Result<Vector> Evaluation::filtered(const VectorSelector& selector, const Steps& steps,
                                    const store::ValueFilter& filter) {
  return current_values(selector, steps, {.filter = filter});
}

Result<Vector> Evaluation::sample_times(const VectorSelector& selector, const Steps& steps,
                                        bool with_histograms) {
  const auto time_of = [](const SampleColumns& samples, size_t index) {
    return static_cast<double>(samples.timestamps_ms[index]) / 1000;
  };
  return current_values(selector, steps, {.field = time_of, .with_histograms = with_histograms});
}

Status Evaluation::stream_current(const VectorSelector& selector, const Steps& steps,
                                  const CurrentValues& wanted, StreamVisitor visit) {
  const int64_t lookback_ms = query_.options.lookback.count();
  const Steps times = shifted(steps, selector.shift);
  const auto put_current = [&](const SampleColumns& samples, Column& out) {
    for_current_samples(samples, times, lookback_ms,
                        [&](size_t step, size_t index) { out[step] = wanted.field(samples, index); });
  };
  const auto kernel = [&](const SampleColumns& samples, Budget&, Column& out) -> Status {
    put_current(samples, out);
    return {};
  };
  HistogramColumn histograms;
  const auto pass_on = [&](SeriesRead series) -> Status {
    histograms.clear();
    if (series.has_histograms()) {
      series.values.assign(steps.count, absent());
      put_current(series.samples, series.values);
      if (wanted.with_histograms) {
        histograms.resize(steps.count);
        for_current_samples(series.samples, times, lookback_ms, [&](size_t step, size_t index) {
          histograms[step] = series.samples.histograms[index];
        });
        if (std::ranges::all_of(histograms, [](const HistogramPtr& at) { return at == nullptr; }))
          histograms.clear();
      }
    }
    if (!has_values(series.values)) return {};
    return visit({series.labels, series.values, histograms});
  };
  store::SelectRequest request{selector.matchers, {times.first_ms - lookback_ms + 1, times.last_ms()}};
  request.filter = wanted.filter;
  return read(request, reading(steps, false), kernel, pass_on);
}

Result<Vector> Evaluation::current_values(const VectorSelector& selector, const Steps& steps,
                                          const CurrentValues& wanted) {
  Vector out;
  RETURN_IF_ERROR(stream_current(selector, steps, wanted, [&](StreamedSeries series) -> Status {
    RETURN_IF_ERROR(budget_.hold(out.size() + 1, steps.count));
    out.push_back({Labels(series.labels), std::move(series.values), std::move(series.histograms)});
    return {};
  }));
  return out;
}

Windows Evaluation::windows(const Expr& expr, const Steps& steps) const {
  const Expr& inner = unwrap(expr);
  if (const auto* subquery = inner.as<Subquery>())
    return {shifted(steps, subquery->shift), subquery->range_ms};
  const auto* matrix = inner.as<MatrixSelector>();
  CHECK(matrix != nullptr, "the type checker let something through as a range vector");
  return {shifted(steps, matrix->selector.shift), matrix->range_ms};
}

Status Evaluation::visit_each(const Expr& expr, const Windows& windows, Reduction reduction,
                              SeriesVisitor visit) {
  const Expr& inner = unwrap(expr);
  if (const auto* subquery = inner.as<Subquery>()) return visit_subquery(*subquery, windows, visit);
  const auto* matrix = inner.as<MatrixSelector>();
  CHECK(matrix != nullptr, "the type checker let something through as a range vector");
  const auto nothing = [](const SampleColumns&, Budget&, Column&) { return Status(); };
  return read(request_of(*matrix, windows, reduction), {.steps = 0, .drop_stale = true}, nothing,
              [&](SeriesRead series) { return visit(series.labels, series.samples); });
}

Status Evaluation::read_windows(const Expr& selector, const Windows& windows, Reduction reduction,
                                const Steps& steps, SeriesKernel kernel, SeriesReadVisitor visit) {
  return profiled_visits(selector, steps, visit, [&](SeriesReadVisitor counted) -> Status {
    const auto& matrix = *unwrap(selector).as<MatrixSelector>();
    return read(request_of(matrix, windows, reduction), reading(steps, true), kernel, counted);
  });
}

// Evaluates the inner expression once, on the grid of the subquery's step that covers the windows of all
// steps.
Status Evaluation::visit_subquery(const Subquery& subquery, const Windows& windows, SeriesVisitor visit) {
  const int64_t step_ms = subquery.step_ms > 0
                              ? subquery.step_ms
                              : std::max<int64_t>(1, query_.options.default_subquery_step.count());
  const TimestampMs first_ms = first_aligned_after(windows.ends.first_ms - windows.range_ms, step_ms);
  const TimestampMs last_ms = windows.ends.last_ms();
  if (first_ms > last_ms) return {};
  const Steps grid{first_ms, step_ms, static_cast<size_t>((last_ms - first_ms) / step_ms) + 1};
  ASSIGN_OR_RETURN(const Vector inner, vector(*subquery.expr, grid));
  SampleColumns samples;
  for (const Series& series : inner) {
    samples.clear();
    for (size_t step = 0; step < grid.count; ++step) {
      if (is_absent(series.values[step])) continue;
      if (series.histogram(step) != nullptr) {
        samples.push_back(grid.at(step), without_reset_hint(series.histograms[step]));
      } else {
        samples.push_back(grid.at(step), series.values[step]);
      }
    }
    samples.align_histograms();
    RETURN_IF_ERROR(budget_.work(grid.count));
    RETURN_IF_ERROR(visit(series.labels, samples));
  }
  return {};
}

}  // namespace weir::query
