#include "query/extended_range.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "query/counter_names.h"
#include "query/extended_histograms.h"
#include "query/functions.h"
#include "query/label_sets.h"
#include "query/range_functions.h"

// The rules are those of Prometheus' proposal 52, "extended range selectors semantics".
namespace weir::query {
namespace {

struct Knot {
  TimestampMs time_ms;
  double value;
};

/// The samples of one series that one step may look at, and the edges of its range. Not empty.
struct Reach {
  std::span<const TimestampMs> times_ms;
  std::span<const double> values;
  TimestampMs begin_ms = 0;  ///< Of the range, exclusive.
  TimestampMs end_ms = 0;
  Edges edges = Edges::kPlain;

  Knot at(size_t index) const { return {times_ms[index], values[index]}; }
};

// The value at a time between two samples. A counter that fell has begun from zero.
double on_line(const Knot& from, const Knot& to, TimestampMs time_ms, bool is_counter) {
  const double begin = is_counter && to.value < from.value ? 0 : from.value;
  return begin + (to.value - begin) * static_cast<double>(time_ms - from.time_ms) /
                     static_cast<double>(to.time_ms - from.time_ms);
}

/// The values at both edges of a range, and the samples [first, last) that lie between them.
struct Edged {
  double left;
  double right;
  size_t first;
  size_t last;
};

std::optional<Edged> edged(const Reach& reach, bool is_counter) {
  const auto samples = reached_samples(reach.times_ms, reach.begin_ms, reach.end_ms, reach.edges);
  if (!samples) return std::nullopt;
  const auto [first, last] = *samples;
  const bool smoothed = reach.edges == Edges::kSmoothed;
  Edged out{reach.values[first], reach.values[last], first, last + 1};
  if (smoothed && reach.times_ms[first] < reach.begin_ms) {
    out.left = on_line(reach.at(first), reach.at(first + 1), reach.begin_ms, is_counter);
  }
  if (smoothed && reach.times_ms[last] > reach.end_ms) {
    out.right =
        last == 0 ? reach.values[0] : on_line(reach.at(last - 1), reach.at(last), reach.end_ms, is_counter);
  }
  if (reach.times_ms[first] <= reach.begin_ms) ++out.first;
  if (reach.times_ms[last] >= reach.end_ms) --out.last;
  return out;
}

double change(const Reach& reach) {
  const auto range = edged(reach, false);
  return range ? range->right - range->left : absent();
}

// What a counter went up, in spite of resets.
double counter_change(const Reach& reach) {
  const auto range = edged(reach, true);
  if (!range) return absent();
  double lost = 0;
  double before = range->left;
  const auto pass = [&](double value) {
    if (value < before) lost += before;
    before = value;
  };
  for (size_t i = range->first; i < range->last; ++i) pass(reach.values[i]);
  pass(range->right);
  return range->right - range->left + lost;
}

double counter_rate(const Reach& reach) {
  const double increase = counter_change(reach);
  return is_absent(increase) ? increase
                             : increase / (static_cast<double>(reach.end_ms - reach.begin_ms) / 1000);
}

// How many samples of the range count, seen beside the one before, which may be before the range.
template <typename Counts>
double count_pairs(const Reach& reach, Counts counts) {
  const auto begin = reach.times_ms.begin();
  auto next = static_cast<size_t>(std::upper_bound(begin, reach.times_ms.end(), reach.begin_ms) - begin);
  if (next == reach.times_ms.size()) return absent();
  size_t count = 0;
  for (next = std::max<size_t>(next, 1); next < reach.values.size(); ++next) {
    if (counts(reach.values[next - 1], reach.values[next])) ++count;
  }
  return static_cast<double>(count);
}

double changes(const Reach& reach) {
  return count_pairs(reach, differs);
}

double resets(const Reach& reach) {
  return count_pairs(reach, [](double a, double b) { return b < a; });
}

struct ExtendedFunction {
  std::string_view name;
  double (*run)(const Reach& reach);
  Point (*histograms)(const HistogramReach& reach, Notes& notes);  ///< Where there are some.
  bool smoothed;  ///< May be called with a smoothed range, not only an anchored one.
};
constexpr std::array<ExtendedFunction, 5> kFunctions = {
    {{"changes", changes, extended_changes, false},
     {"delta", change, extended_delta, true},
     {"increase", counter_change, extended_increase, true},
     {"rate", counter_rate, extended_rate, true},
     {"resets", resets, extended_resets, false}}};

Result<const ExtendedFunction*> function_of(const Call& call, Edges edges) {
  std::vector<std::string_view> names;
  for (const ExtendedFunction& function : kFunctions) {
    if (edges == Edges::kSmoothed && !function.smoothed) continue;
    if (function.name == call.function->name) return &function;
    names.push_back(function.name);
  }
  return failed_precondition(fmt::format("{} modifier can only be used with: {} - not with {}", text(edges),
                                         fmt::join(names, ", "), call.function->name));
}

// Where the samples lie that the windows of `plain` may look at.
Windows widened(const Windows& plain, Edges edges, int64_t lookback_ms) {
  if (edges == Edges::kAnchored) return {plain.ends, plain.range_ms + lookback_ms};
  return {plain.ends.shifted_back(-lookback_ms), plain.range_ms + 2 * lookback_ms};
}

/// The reach of each step in the samples of one series.
class ReachSlider {
 public:
  ReachSlider(const SampleColumns& samples, const Windows& plain, const Windows& wide, Edges edges)
      : samples_(samples), plain_(plain), wide_(wide), edges_(edges) {}

  Reach move_to(size_t step) {
    within_.move_to(samples_.timestamps_ms, wide_.ends.at(step), wide_.range_ms);
    const TimestampMs end_ms = plain_.ends.at(step);
    return {within(samples_.timestamps_ms), within(samples_.values), end_ms - plain_.range_ms, end_ms,
            edges_};
  }
  /// Of the same step: nothing where all that may be looked at are doubles.
  std::optional<HistogramReach> with_histograms(const Reach& reach) const {
    if (samples_.histograms.empty()) return std::nullopt;
    const auto histograms = within(samples_.histograms);
    const bool any = std::ranges::any_of(histograms, [](const HistogramPtr& one) { return one != nullptr; });
    if (!any) return std::nullopt;
    return HistogramReach{reach.times_ms, reach.values, histograms,
                          reach.begin_ms, reach.end_ms, reach.edges};
  }

 private:
  template <typename T>
  std::span<const T> within(const std::vector<T>& column) const {
    return std::span(column).subspan(within_.begin, within_.size());
  }

  const SampleColumns& samples_;
  const Windows& plain_;
  const Windows& wide_;
  const Edges edges_;
  SlidingEdges within_;
};

// The selector with the windows that its smoothed values look at: (step - lookback, step + lookback].
Expr around_steps(const VectorSelector& selector, int64_t lookback_ms) {
  return Expr{{}, MatrixSelector{selector, 2 * lookback_ms}};
}

Status put(Evaluation& evaluation, size_t step, Point point, Series& series) {
  if (point.histogram != nullptr) RETURN_IF_ERROR(evaluation.budget().make(*point.histogram));
  series.put(step, std::move(point));
  return {};
}

double smoothed_value(const Reach& reach, TimestampMs at_ms) {
  const auto begin = reach.times_ms.begin();
  const auto next = static_cast<size_t>(std::lower_bound(begin, reach.times_ms.end(), at_ms) - begin);
  if (next < reach.times_ms.size() && reach.times_ms[next] == at_ms) return reach.values[next];
  if (next == 0) return absent();
  if (next == reach.times_ms.size()) return reach.values[next - 1];
  return on_line(reach.at(next - 1), reach.at(next), at_ms, false);
}

}  // namespace

Edges edges_of(const Expr& range) {
  const auto* matrix = unwrap(range).as<MatrixSelector>();
  return matrix == nullptr ? Edges::kPlain : matrix->selector.edges;
}

Result<Value> evaluate_extended_range(Evaluation& evaluation, const Call& call, const Expr& arg,
                                      const Steps& steps) {
  const Edges edges = edges_of(arg);
  ASSIGN_OR_RETURN(const ExtendedFunction* function, function_of(call, edges));
  const Windows plain = evaluation.windows(arg, steps);
  const Windows wide = widened(plain, edges, evaluation.lookback_ms());
  CounterNames names(evaluation, call);
  Vector out;
  const auto add = [&](LabelsView labels, const SampleColumns& samples) -> Status {
    RETURN_IF_ERROR(evaluation.budget().hold(out.size() + 1, steps.count));
    Series series{drop_metric(labels), Column(steps.count, absent())};
    Notes notes(evaluation, arg, std::string(labels.get(kMetricName)));
    ReachSlider slider(samples, plain, wide, edges);
    for (size_t step = 0; step < steps.count; ++step) {
      const Reach reach = slider.move_to(step);
      RETURN_IF_ERROR(evaluation.budget().work(reach.values.size() + 1));
      if (reach.values.empty()) continue;
      const auto histograms = slider.with_histograms(reach);
      RETURN_IF_ERROR(put(evaluation, step,
                          histograms ? function->histograms(*histograms, notes) : function->run(reach),
                          series));
    }
    if (!has_values(series.values)) return {};
    if (has_doubles(series)) names.check(labels);
    out.push_back(std::move(series));
    return {};
  };
  RETURN_IF_ERROR(evaluation.visit_range(arg, wide, {}, add));
  RETURN_IF_ERROR(check_unique(out));
  return Value(std::move(out));
}

Status visit_extended_range(Evaluation& evaluation, const Expr& arg, const Steps& steps,
                            Evaluation::SeriesVisitor visit) {
  const Edges edges = edges_of(arg);
  const Windows plain = evaluation.windows(arg, steps);
  const Windows wide = widened(plain, edges, evaluation.lookback_ms());
  return evaluation.visit_range(
      arg, wide, {}, [&](LabelsView labels, const SampleColumns& samples) -> Status {
        if (!samples.histograms.empty())
          return failed_precondition(
              fmt::format("{} modifier is not supported with histograms", text(edges)));
        const Reach reach = ReachSlider(samples, plain, wide, edges).move_to(0);
        const auto range = reach.values.empty() ? std::nullopt : edged(reach, false);
        if (!range) return {};
        SampleColumns out;
        out.push_back(reach.begin_ms, range->left);
        for (size_t i = range->first; i < range->last; ++i) out.push_back(reach.times_ms[i], reach.values[i]);
        out.push_back(reach.end_ms, range->right);
        return visit(labels, out);
      });
}

Result<Value> smoothed_vector(Evaluation& evaluation, const Expr& about, const VectorSelector& selector,
                              const Steps& steps) {
  const int64_t lookback_ms = evaluation.lookback_ms();
  const Expr around = around_steps(selector, lookback_ms);
  const Windows at_steps = evaluation.windows(around, steps);
  const Windows wide{at_steps.ends.shifted_back(-lookback_ms), 2 * lookback_ms};
  Vector out;
  const auto add = [&](LabelsView labels, const SampleColumns& samples) -> Status {
    RETURN_IF_ERROR(evaluation.budget().hold(out.size() + 1, steps.count));
    Series series{Labels(labels), Column(steps.count, absent())};
    Notes notes(evaluation, about, std::string(labels.get(kMetricName)));
    ReachSlider slider(samples, at_steps, wide, selector.edges);
    for (size_t step = 0; step < steps.count; ++step) {
      RETURN_IF_ERROR(evaluation.budget().work(1));
      const Reach reach = slider.move_to(step);
      const auto histograms = slider.with_histograms(reach);
      const TimestampMs at_ms = at_steps.ends.at(step);
      RETURN_IF_ERROR(put(
          evaluation, step,
          histograms ? smoothed_histogram(*histograms, at_ms, notes) : smoothed_value(reach, at_ms), series));
    }
    out.push_back(std::move(series));
    return {};
  };
  RETURN_IF_ERROR(evaluation.visit_range(around, wide, {}, add));
  drop_empty(out);
  return Value(std::move(out));
}

}  // namespace weir::query
