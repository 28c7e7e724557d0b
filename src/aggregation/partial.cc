#include "aggregation/partial.h"

#include <algorithm>
#include <cmath>

#include "aggregation/partial_parts.h"
#include "base/check.h"

namespace weir::aggregation {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Partial::Needs Partial::Needs::of(const Definition& definition) {
  Needs needs;
  needs.quantile_error = definition.quantile_error;
  for (const Output& output : definition.outputs) {
    switch (output.kind) {
      case OutputKind::kCount:
      case OutputKind::kSum:
      case OutputKind::kAvg:
        break;
      case OutputKind::kMin:
      case OutputKind::kMax:
        needs.extremes = true;
        break;
      case OutputKind::kFirst:
      case OutputKind::kLast:
        needs.ends = true;
        break;
      case OutputKind::kIncrease:
      case OutputKind::kRate:
        needs.increase = true;
        break;
      case OutputKind::kStddev:
        needs.moments = true;
        break;
      case OutputKind::kSeries:
        needs.series = true;
        break;
      case OutputKind::kDistinct:
        if (output.label.empty())
          needs.distinct_values = true;
        else
          needs.distinct_labels.push_back(output.label);
        break;
      case OutputKind::kQuantile:
        needs.quantiles = true;
        break;
    }
  }
  std::sort(needs.distinct_labels.begin(), needs.distinct_labels.end());
  const auto repeated = std::unique(needs.distinct_labels.begin(), needs.distinct_labels.end());
  needs.distinct_labels.erase(repeated, needs.distinct_labels.end());
  return needs;
}

Partial::Partial(const Needs& needs) {
  if (needs.moments || needs.ends || needs.increase) numbers_ = std::make_unique<Numbers>();
  if (Sketches::needed(needs)) sketches_ = std::make_unique<Sketches>(needs);
}

Partial::~Partial() = default;
Partial::Partial(Partial&&) noexcept = default;
Partial& Partial::operator=(Partial&&) noexcept = default;

void Partial::add_series(const Needs& needs, LabelsView labels, std::optional<double> before,
                         std::span<const TimestampMs> times_ms, std::span<const double> values) {
  DCHECK(times_ms.size() == values.size(), "each sample has a time and a value");
  if (values.empty()) return;
  if (numbers_) numbers_->add(needs, count_, before, times_ms, values);
  if (sketches_) sketches_->add(needs, labels, values);
  count_ += values.size();
  if (needs.extremes) {
    fold_values<true>(values);
  } else {
    fold_values<false>(values);
  }
}

// Knuth's two-sum gives the same rest as the two cases of Neumaier's without a branch, in less than half of
// the time. Where it meets an infinity or NaN the rest is NaN, and then the sum is made again step by step.
template <bool kExtremes>
void Partial::fold_values(std::span<const double> values) {
  double total = sum_.sum();
  double rest = sum_.compensation();
  double min = min_;
  double max = max_;
  for (const double value : values) {
    const double next = total + value;
    const double part = next - total;
    rest += (total - (next - part)) + (value - part);
    total = next;
    if constexpr (kExtremes) {
      min = value < min ? value : min;
      max = value > max ? value : max;
    }
  }
  min_ = min;
  max_ = max;
  if (std::isfinite(rest)) {
    sum_ = query::KahanSum(total, rest);
  } else {
    for (const double value : values) sum_.add(value);
  }
}

void Partial::merge_later(const Partial& later) {
  DCHECK(this != &later, "a pane does not follow itself");
  if (later.empty()) return;
  if (numbers_) numbers_->merge_later(count_, *later.numbers_, later.count_);
  if (sketches_) sketches_->merge_later(*later.sketches_);
  sum_ = joined(sum_, later.sum_);
  count_ += later.count_;
  min_ = later.min_ < min_ ? later.min_ : min_;
  max_ = later.max_ > max_ ? later.max_ : max_;
}

double Partial::value(const Output& output, int64_t length_ms) const {
  DCHECK(!empty(), "an output is of samples");
  const auto count = static_cast<double>(count_);
  switch (output.kind) {
    case OutputKind::kCount:
      return count;
    case OutputKind::kSum:
      return sum_.value();
    case OutputKind::kMin:
      return min_ <= max_ ? min_ : kNaN;
    case OutputKind::kMax:
      return min_ <= max_ ? max_ : kNaN;
    case OutputKind::kAvg:
      return sum_.value() / count;
    case OutputKind::kFirst:
      return numbers_->ends.first;
    case OutputKind::kLast:
      return numbers_->ends.last;
    case OutputKind::kIncrease:
      return numbers_->increase.value();
    case OutputKind::kRate:
      return numbers_->increase.value() / (static_cast<double>(length_ms) / 1'000);
    case OutputKind::kStddev:
      return std::sqrt(numbers_->moments.squares / count);
    case OutputKind::kSeries:
      return static_cast<double>(sketches_->series.size());
    case OutputKind::kDistinct:
      return sketches_->distinct(output.label);
    case OutputKind::kQuantile:
      return sketches_->quantiles->quantile(output.quantile);
  }
  return kNaN;
}

size_t Partial::size_bytes() const {
  return sizeof(*this) + (numbers_ ? sizeof(Numbers) : 0) + (sketches_ ? sketches_->size_bytes() : 0);
}

}  // namespace weir::aggregation
