#include "query/aggregate_histograms.h"

#include <algorithm>

#include "query/histogram_total.h"
#include "query/notes.h"

namespace weir::query {
namespace {

/// The histograms of one group, step by step.
template <typename Total>
class GroupTotals {
 public:
  GroupTotals(Evaluation& evaluation, const Expr& about, const Vector& input, std::span<const size_t> members)
      : evaluation_(evaluation), about_(about), notes_(evaluation, about), input_(input), members_(members) {}

  Status put_into(Series& out) {
    for (size_t step = 0; step < out.values.size(); ++step) {
      HistogramTotal<Total> total;
      ASSIGN_OR_RETURN(const bool compatible, add_up(step, total));
      if (total.empty()) continue;
      Point point = compatible ? result(total, !is_absent(out.values[step])) : Point();
      if (point.histogram != nullptr) RETURN_IF_ERROR(evaluation_.budget().make(*point.histogram));
      out.put(step, std::move(point));
    }
    return {};
  }

 private:
  // False when they do not go together.
  Result<bool> add_up(size_t step, HistogramTotal<Total>& total) {
    bool compatible = true;
    for (const size_t member : members_) {
      const Histogram* histogram = input_[member].histogram(step);
      if (histogram == nullptr) continue;
      RETURN_IF_ERROR(
          evaluation_.budget().work(histogram->positive_buckets.size() + histogram->negative_buckets.size()));
      if (!compatible) continue;
      compatible = total.add(*histogram);
      if (!compatible) {
        const std::string_view metric = input_[member].labels.view().get(kMetricName);
        Notes(evaluation_, about_, std::string(metric)).add(Note::kMixedSchemas);
      }
    }
    notes_.add_if(total.bounds_reconciled(), Note::kAggregationReconciled);
    return compatible;
  }

  // Absent when there are doubles, too.
  Point result(const HistogramTotal<Total>& total, bool has_doubles) {
    notes_.add_if(has_doubles, Note::kMixedAggregation);
    if (has_doubles) return {};
    notes_.add_if(total.hints_conflict(), Note::kAggregationConflict);
    return Point(compacted(total.value()));
  }

  Evaluation& evaluation_;
  const Expr& about_;
  Notes notes_;
  const Vector& input_;
  std::span<const size_t> members_;
};

}  // namespace

Status aggregate_histograms(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                            std::span<const size_t> members, Series& out) {
  const bool any =
      std::ranges::any_of(members, [&](size_t member) { return input[member].has_histograms(); });
  if (!any) return {};
  const Expr& about = *aggregate.expr;
  return aggregate.op == AggregateOp::kSum
             ? GroupTotals<HistogramSum>(evaluation, about, input, members).put_into(out)
             : GroupTotals<HistogramMean>(evaluation, about, input, members).put_into(out);
}

}  // namespace weir::query
