#include "query/binary_histograms.h"

#include <fmt/format.h>

#include "query/histogram_math.h"
#include "query/histogram_trim.h"
#include "query/literals.h"

namespace weir::query {
namespace {

std::string operands(BinaryOp op, std::string_view left, std::string_view right) {
  return fmt::format("{}: {} {} {}", quote(text(op)), left, text(op), right);
}

bool add_up(const Histogram& left, const Histogram& right) {
  using Hint = CounterResetHint;
  const bool conflict = (left.reset_hint == Hint::kReset && right.reset_hint == Hint::kNoReset) ||
                        (left.reset_hint == Hint::kNoReset && right.reset_hint == Hint::kReset);
  const bool left_is_custom = left.layout.schema == kHistogramSchemaCustom;
  return left_is_custom == (right.layout.schema == kHistogramSchemaCustom) && !conflict;
}

}  // namespace

bool joins(BinaryOp op, const Histogram* left, const Histogram* right) {
  if (left == nullptr && right == nullptr) return !is_trim(op);
  if (left == nullptr) return op == BinaryOp::kMul;
  if (right == nullptr) return op == BinaryOp::kMul || op == BinaryOp::kDiv || is_trim(op);
  if (op == BinaryOp::kAdd || op == BinaryOp::kSub) return add_up(*left, *right);
  return op == BinaryOp::kEqual || op == BinaryOp::kNotEqual;
}

HistogramCombiner::HistogramCombiner(Evaluation& evaluation, const Expr& expr, const Binary& binary)
    : evaluation_(evaluation),
      binary_(binary),
      layouts_(evaluation, expr, std::string(text(binary.op))),
      two_doubles_(evaluation, expr, operands(binary.op, "float", "float")),
      double_first_(evaluation, expr, operands(binary.op, "float", "histogram")),
      histogram_first_(evaluation, expr, operands(binary.op, "histogram", "float")),
      two_histograms_(evaluation, expr, operands(binary.op, "histogram", "histogram")) {}

Status HistogramCombiner::combine(const Series& left, const Series& right, Series& out) {
  if (!left.has_histograms() && !right.has_histograms() && !is_trim(binary_.op)) return {};
  for (size_t step = 0; step < out.values.size(); ++step) {
    if (is_absent(left.values[step]) || is_absent(right.values[step])) continue;
    const Side first{left.histogram(step), left.values[step]};
    const Side second{right.histogram(step), right.values[step]};
    if (first.histogram == nullptr && second.histogram == nullptr) {
      two_doubles_.add_if(is_trim(binary_.op), Note::kIncompatibleTypes);
      continue;
    }
    RETURN_IF_ERROR(put(out, step, join(first, second)));
  }
  return {};
}

void HistogramCombiner::check_doubles(const Series& series) {
  if (!is_trim(binary_.op)) return;
  for (size_t step = 0; step < series.values.size(); ++step) {
    const bool is_double = !is_absent(series.values[step]) && series.histogram(step) == nullptr;
    two_doubles_.add_if(is_double, Note::kIncompatibleTypes);
  }
}

Status HistogramCombiner::combine_with_scalar(Series& series, const Column& scalar, bool scalar_left) {
  for (size_t step = 0; step < series.histograms.size(); ++step) {
    const HistogramPtr histogram = series.histograms[step];
    if (histogram == nullptr) continue;
    const Side vector{histogram.get(), histogram->sum};
    const Side number{nullptr, scalar[step]};
    RETURN_IF_ERROR(put(series, step, scalar_left ? join(number, vector) : join(vector, number)));
  }
  return {};
}

Status HistogramCombiner::put(Series& out, size_t step, Point point) {
  if (point.histogram != nullptr) RETURN_IF_ERROR(evaluation_.budget().make(*point.histogram));
  out.put(step, std::move(point));
  return {};
}

Point HistogramCombiner::join(const Side& left, const Side& right) {
  if (left.histogram != nullptr && right.histogram != nullptr)
    return join_histograms(*left.histogram, *right.histogram);
  if (left.histogram != nullptr) return scaled(*left.histogram, right.value);
  if (binary_.op == BinaryOp::kMul) return Point(compacted(multiplied(*right.histogram, left.value)));
  double_first_.add(Note::kIncompatibleTypes);
  return {};
}

Point HistogramCombiner::scaled(const Histogram& histogram, double number) {
  switch (binary_.op) {
    case BinaryOp::kMul:
      return Point(compacted(multiplied(histogram, number)));
    case BinaryOp::kDiv:
      return Point(compacted(divided(histogram, number)));
    case BinaryOp::kTrimUpper:
      return Point(trimmed(histogram, number, TrimSide::kBelow));
    case BinaryOp::kTrimLower:
      return Point(trimmed(histogram, number, TrimSide::kAbove));
    default:
      histogram_first_.add(Note::kIncompatibleTypes);
      return {};
  }
}

Point HistogramCombiner::join_histograms(const Histogram& left, const Histogram& right) {
  const BinaryOp op = binary_.op;
  if (op == BinaryOp::kAdd || op == BinaryOp::kSub) return total(left, right);
  if (op != BinaryOp::kEqual && op != BinaryOp::kNotEqual) {
    two_histograms_.add(Note::kIncompatibleTypes);
    return {};
  }
  const bool holds = same_data(left, right) == (op == BinaryOp::kEqual);
  if (binary_.return_bool) return holds ? 1.0 : 0.0;
  return holds ? Point(Histogram(left)) : Point();
}

Point HistogramCombiner::total(const Histogram& left, const Histogram& right) {
  const bool adds = binary_.op == BinaryOp::kAdd;
  PlainHistogramSum sum(left);
  const HistogramMerge merge = adds ? sum.add(right) : sum.subtract(right);
  if (!merge.compatible) {
    layouts_.add(Note::kIncompatibleLayout);
    return {};
  }
  // Prometheus has no result then.
  if (merge.hints_conflict) {
    layouts_.add(adds ? Note::kAdditionConflict : Note::kSubtractionConflict);
    return {};
  }
  layouts_.add_if(merge.bounds_reconciled, adds ? Note::kAdditionReconciled : Note::kSubtractionReconciled);
  Histogram result = compacted(sum.value());
  if (!adds) result.reset_hint = CounterResetHint::kGauge;
  return Point(std::move(result));
}

}  // namespace weir::query
