#include <cmath>

#include "query/aggregate.h"
#include "query/aggregate_histograms.h"
#include "query/kahan.h"
#include "query/label_sets.h"
#include "query/notes.h"
#include "query/streaming.h"

namespace weir::query {
namespace {

// One accumulator for each operator: what a group at a step has seen so far. `count` is 0 before the first
// value.

struct DoublesCell {
  static constexpr bool kAddsHistograms = false;
};

struct HistogramsCell {
  static constexpr bool kAddsHistograms = true;
};

struct SumCell : HistogramsCell {
  size_t count = 0;
  KahanSum sum;
  void add(double value) {
    if (count++ == 0) {
      sum = KahanSum(value);
    } else {
      sum.add(value);
    }
  }
  double result() const { return sum.value(); }
};

struct AvgCell : HistogramsCell {
  size_t count = 0;
  KahanMean mean;
  void add(double value) {
    ++count;
    mean.add(value);
  }
  double result() const { return mean.value(); }
};

// NaN yields to any other value.
struct MinCell : DoublesCell {
  size_t count = 0;
  double least = 0;
  void add(double value) {
    if (count++ == 0 || least > value || std::isnan(least)) least = value;
  }
  double result() const { return least; }
};

struct MaxCell : DoublesCell {
  size_t count = 0;
  double greatest = 0;
  void add(double value) {
    if (count++ == 0 || greatest < value || std::isnan(greatest)) greatest = value;
  }
  double result() const { return greatest; }
};

struct CountCell : DoublesCell {
  size_t count = 0;
  void add(double) { ++count; }
  double result() const { return static_cast<double>(count); }
};

struct GroupCell : DoublesCell {
  size_t count = 0;
  void add(double) { ++count; }
  double result() const { return 1; }
};

// Welford's method. A first value that is not finite leaves nothing to vary around.
struct StdvarCell : DoublesCell {
  size_t count = 0;
  double mean = 0;
  double squares = 0;
  void add(double value) {
    if (count++ == 0) {
      mean = value;
      squares = std::isfinite(value) ? 0 : std::nan("");
      return;
    }
    const double distance = value - mean;
    mean += distance / static_cast<double>(count);
    squares += distance * (value - mean);
  }
  double result() const { return squares / static_cast<double>(count); }
};

struct StddevCell : StdvarCell {
  double result() const { return std::sqrt(StdvarCell::result()); }
};

bool ignores_histograms(AggregateOp op) {
  switch (op) {
    case AggregateOp::kMin:
    case AggregateOp::kMax:
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      return true;
    default:
      return false;
  }
}

/// The groups of an aggregation while their series come.
template <typename Cell>
class Fold {
 public:
  Fold(Evaluation& evaluation, const Aggregate& aggregate, const Steps& steps, bool drops_metric)
      : evaluation_(evaluation),
        aggregate_(aggregate),
        steps_(steps),
        drops_metric_(drops_metric),
        index_(GroupKey(aggregate.grouping, aggregate.without, drops_metric)) {}

  /// May take the columns.
  Status add(LabelsView labels, Column& values, HistogramColumn& histograms) {
    RETURN_IF_ERROR(evaluation_.budget().work(steps_.count));
    if (!histograms.empty() && ignores_histograms(aggregate_.op)) ignore(values, histograms);
    const size_t place = index_.place(labels);
    if (place == groups_.size()) {
      RETURN_IF_ERROR(evaluation_.budget().hold(index_.size(), steps_.count));
      groups_.emplace_back().cells.resize(steps_.count);
    }
    Group& group = groups_[place];
    if (Cell::kAddsHistograms && (!histograms.empty() || !group.first.empty()))
      note_first(values, histograms, group);
    if (!Cell::kAddsHistograms || histograms.empty()) {
      add_values(values, group.cells);
      return {};
    }
    for (size_t step = 0; step < steps_.count; ++step) {
      if (histograms[step] == nullptr && !is_absent(values[step])) group.cells[step].add(values[step]);
    }
    group.with_histograms.push_back(with_histograms_.size());
    with_histograms_.push_back(
        {drops_metric_ ? drop_metric(labels) : Labels(labels), std::move(values), std::move(histograms)});
    return {};
  }

  Result<Vector> finish() {
    Vector out;
    out.reserve(groups_.size());
    std::vector<Labels> labels = index_.take_labels();
    for (size_t i = 0; i < groups_.size(); ++i) {
      Series result{std::move(labels[i]), Column(steps_.count, absent())};
      for (size_t step = 0; step < steps_.count; ++step) {
        const Cell& cell = groups_[i].cells[step];
        const bool mixed = !groups_[i].first.empty() && groups_[i].first[step] == First::kDoubleOfMixed;
        if (cell.count > 0 && !mixed) result.values[step] = cell.result();
      }
      RETURN_IF_ERROR(aggregate_histograms(evaluation_, aggregate_, with_histograms_,
                                           groups_[i].with_histograms, result));
      groups_[i].cells = {};
      out.push_back(std::move(result));
    }
    drop_empty(out);
    return out;
  }

 private:
  /// What came first at a step, and whether something of the other kind followed a double.
  enum class First : uint8_t { kNothing, kDouble, kHistogram, kDoubleOfMixed };
  struct Group {
    std::vector<Cell> cells;              // one a step
    std::vector<size_t> with_histograms;  // of `with_histograms_`
    std::vector<First> first;             // one a step; empty before the first histogram
  };

  // Where a double is the first of a group, Prometheus looks at no histogram behind it, and has no result.
  void note_first(Column& values, HistogramColumn& histograms, Group& group) {
    if (group.first.empty()) {
      for (const Cell& cell : group.cells)
        group.first.push_back(cell.count > 0 ? First::kDouble : First::kNothing);
    }
    bool mixed = false;
    for (size_t step = 0; step < values.size(); ++step) {
      if (is_absent(values[step])) continue;
      First& first = group.first[step];
      const bool histogram = !histograms.empty() && histograms[step] != nullptr;
      if (first == First::kNothing) first = histogram ? First::kHistogram : First::kDouble;
      if (!histogram || first == First::kHistogram) continue;
      first = First::kDoubleOfMixed;
      mixed = true;
      values[step] = absent();
      histograms[step] = nullptr;
    }
    Notes(evaluation_, *aggregate_.expr).add_if(mixed, Note::kMixedAggregation);
  }

  static void add_values(std::span<const double> values, std::span<Cell> cells) {
    for (size_t step = 0; step < values.size(); ++step) {
      if (!is_absent(values[step])) cells[step].add(values[step]);
    }
  }

  void ignore(Column& values, HistogramColumn& histograms) {
    bool any = false;
    for (size_t step = 0; step < histograms.size(); ++step) {
      if (histograms[step] == nullptr) continue;
      values[step] = absent();
      any = true;
    }
    histograms.clear();
    Notes notes(evaluation_, *aggregate_.expr, std::string(text(aggregate_.op)));
    notes.add_if(any, Note::kIgnoredInAggregation);
  }

  Evaluation& evaluation_;
  const Aggregate& aggregate_;
  const Steps steps_;
  const bool drops_metric_;
  GroupIndex index_;
  std::vector<Group> groups_;
  Vector with_histograms_;
};

template <typename Cell>
Result<Vector> fold(Evaluation& evaluation, const Aggregate& aggregate, const Steps& steps) {
  const auto stream = stream_of(*aggregate.expr);
  Fold<Cell> groups(evaluation, aggregate, steps, stream && stream->drops_name);
  const auto add = [&](Evaluation::StreamedSeries series) {
    return groups.add(series.labels, series.values, series.histograms);
  };
  if (stream) {
    RETURN_IF_ERROR(visit_stream(evaluation, *stream, steps, add));
    return groups.finish();
  }
  ASSIGN_OR_RETURN(Vector input, evaluation.vector(*aggregate.expr, steps));
  for (Series& series : input) RETURN_IF_ERROR(groups.add(series.labels, series.values, series.histograms));
  return groups.finish();
}

}  // namespace

Result<Vector> aggregate_fold(Evaluation& evaluation, const Aggregate& aggregate, const Steps& steps) {
  switch (aggregate.op) {
    case AggregateOp::kSum:
      return fold<SumCell>(evaluation, aggregate, steps);
    case AggregateOp::kAvg:
      return fold<AvgCell>(evaluation, aggregate, steps);
    case AggregateOp::kMin:
      return fold<MinCell>(evaluation, aggregate, steps);
    case AggregateOp::kMax:
      return fold<MaxCell>(evaluation, aggregate, steps);
    case AggregateOp::kCount:
      return fold<CountCell>(evaluation, aggregate, steps);
    case AggregateOp::kGroup:
      return fold<GroupCell>(evaluation, aggregate, steps);
    case AggregateOp::kStddev:
      return fold<StddevCell>(evaluation, aggregate, steps);
    case AggregateOp::kStdvar:
      return fold<StdvarCell>(evaluation, aggregate, steps);
    default:
      return internal("query: an aggregation without its parameter");
  }
}

}  // namespace weir::query
