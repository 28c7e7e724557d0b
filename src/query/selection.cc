#include <algorithm>

#include "query/evaluation.h"
#include "query/functions.h"

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

// Takes stale markers out; most series have none.
void drop_stale(SampleColumns& samples) {
  size_t kept = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (is_stale(samples.values[i])) continue;
    samples.timestamps_ms[kept] = samples.timestamps_ms[i];
    samples.values[kept] = samples.values[i];
    if (!samples.histograms.empty()) samples.histograms[kept] = samples.histograms[i];
    if (!samples.left_out.empty()) samples.left_out[kept] = samples.left_out[i];
    ++kept;
  }
  samples.truncate(kept);
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

Status Evaluation::read(store::SelectRequest request, SeriesVisitor visit) {
  TimeRange& range = request.range;
  range.mint_ms = std::max<TimestampMs>(range.mint_ms, 0);  // there is nothing before
  if (range.mint_ms > range.maxt_ms) return {};
  request.series_max = budget_.series_left();
  ASSIGN_OR_RETURN(const auto set, store_.select(query_.context.tenant, request, query_.context.deadline));
  SampleColumns samples;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) return {};
    samples.clear();
    RETURN_IF_ERROR(set->read(samples));
    samples.align_histograms();
    RETURN_IF_ERROR(budget_.read_series(samples));
    if (samples.size() > 0) RETURN_IF_ERROR(visit(set->labels(), samples));
  }
}

Result<Vector> Evaluation::select(const VectorSelector& selector, const Steps& steps) {
  return current_values(selector, steps, &value_of, true);
}

Result<Vector> Evaluation::filtered(const VectorSelector& selector, const Steps& steps,
                                    const store::ValueFilter& filter) {
  return current_values(selector, steps, &value_of, true, filter);
}

Result<Vector> Evaluation::sample_times(const VectorSelector& selector, const Steps& steps) {
  const auto time_of = [](const SampleColumns& samples, size_t index) {
    return static_cast<double>(samples.timestamps_ms[index]) / 1000;
  };
  return current_values(selector, steps, time_of, false);
}

Result<Vector> Evaluation::current_values(const VectorSelector& selector, const Steps& steps,
                                          SampleField field, bool with_histograms,
                                          std::optional<store::ValueFilter> filter) {
  const int64_t lookback_ms = query_.options.lookback.count();
  const Steps times = shifted(steps, selector.shift);
  Vector out;
  const auto add = [&](LabelsView labels, const SampleColumns& samples) -> Status {
    RETURN_IF_ERROR(budget_.hold(out.size() + 1, steps.count));
    bool added = false;
    for_current_samples(samples, times, lookback_ms, [&](size_t step, size_t index) {
      if (!added) out.push_back({Labels(labels), Column(steps.count, absent())});
      added = true;
      out.back().values[step] = field(samples, index);
    });
    if (!with_histograms || samples.histograms.empty()) return {};
    for_current_samples(samples, times, lookback_ms, [&](size_t step, size_t index) {
      if (samples.histograms[index] != nullptr) out.back().put(step, Point(samples.histograms[index]));
    });
    return {};
  };
  const TimeRange range{times.first_ms - lookback_ms + 1, times.last_ms()};
  store::SelectRequest request{selector.matchers, range};
  request.filter = filter;
  RETURN_IF_ERROR(read(request, add));
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

Status Evaluation::visit_range(const Expr& expr, const Windows& windows, Reduction reduction,
                               SeriesVisitor visit) {
  const Expr& inner = unwrap(expr);
  if (const auto* subquery = inner.as<Subquery>()) return visit_subquery(*subquery, windows, visit);
  const auto* matrix = inner.as<MatrixSelector>();
  CHECK(matrix != nullptr, "the type checker let something through as a range vector");
  const Steps& ends = windows.ends;
  store::SelectRequest request{matrix->selector.matchers,
                               {ends.first_ms - windows.range_ms + 1, ends.last_ms()}};
  if (reduction) request.reduction = {*reduction, ends.first_ms, ends.step_ms, ends.count, windows.range_ms};
  SampleColumns without_stale;
  return read(request, [&](LabelsView labels, const SampleColumns& samples) -> Status {
    if (std::none_of(samples.values.begin(), samples.values.end(), is_stale)) return visit(labels, samples);
    without_stale = samples;
    drop_stale(without_stale);
    return visit(labels, without_stale);
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
