#include "query/aggregate_histograms.h"

#include <algorithm>
#include <optional>

#include "query/histogram_math.h"
#include "query/notes.h"

namespace weir::query {
namespace {

/// Adds up the histograms of one group at one step.
template <typename Total>
class StepTotal {
 public:
  StepTotal(Evaluation& evaluation, const Expr& about) : evaluation_(evaluation), about_(about) {}

  void add(const Histogram& histogram, LabelsView labels) {
    if (incompatible_) return;
    resets_ |= histogram.reset_hint == CounterResetHint::kReset;
    continues_ |= histogram.reset_hint == CounterResetHint::kNoReset;
    if (!total_) {
      total_.emplace(histogram);
      return;
    }
    const HistogramMerge merge = total_->add(histogram);
    reconciled_ |= merge.bounds_reconciled;
    if (merge.compatible) return;
    incompatible_ = true;
    Notes(evaluation_, about_, std::string(labels.get(kMetricName))).add(Note::kMixedSchemas);
  }

  bool is_empty() const { return !total_; }

  /// Absent when the histograms did not go together, or there are doubles, too.
  Point result(bool has_doubles, Notes& notes) const {
    notes.add_if(reconciled_, Note::kAggregationReconciled);
    if (incompatible_) return {};
    notes.add_if(has_doubles, Note::kMixedAggregation);
    if (has_doubles) return {};
    notes.add_if(resets_ && continues_, Note::kAggregationConflict);
    return Point(compacted(total_->value()));
  }

 private:
  Evaluation& evaluation_;
  const Expr& about_;
  std::optional<Total> total_;
  bool incompatible_ = false;
  bool resets_ = false;
  bool continues_ = false;
  bool reconciled_ = false;
};

template <typename Total>
Status add_up(Evaluation& evaluation, const Expr& about, const Vector& input, std::span<const size_t> members,
              Series& out) {
  Notes notes(evaluation, about);
  for (size_t step = 0; step < out.values.size(); ++step) {
    StepTotal<Total> total(evaluation, about);
    for (const size_t member : members) {
      const Histogram* histogram = input[member].histogram(step);
      if (histogram == nullptr) continue;
      RETURN_IF_ERROR(
          evaluation.budget().work(histogram->positive_buckets.size() + histogram->negative_buckets.size()));
      total.add(*histogram, input[member].labels);
    }
    if (total.is_empty()) continue;
    Point point = total.result(!is_absent(out.values[step]), notes);
    if (point.histogram != nullptr) RETURN_IF_ERROR(evaluation.budget().make(*point.histogram));
    out.put(step, std::move(point));
  }
  return {};
}

}  // namespace

Status aggregate_histograms(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                            std::span<const size_t> members, Series& out) {
  const bool any =
      std::ranges::any_of(members, [&](size_t member) { return input[member].has_histograms(); });
  if (!any) return {};
  return aggregate.op == AggregateOp::kSum
             ? add_up<HistogramSum>(evaluation, *aggregate.expr, input, members, out)
             : add_up<HistogramMean>(evaluation, *aggregate.expr, input, members, out);
}

}  // namespace weir::query
