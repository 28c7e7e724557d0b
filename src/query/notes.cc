#include "query/notes.h"

#include <algorithm>

#include <fmt/format.h>

#include "query/literals.h"

namespace weir::query {
namespace {

bool is_info(Note note) {
  return note >= Note::kIncompatibleTypes;
}

std::string text_of(Note note, const std::string& subject) {
  switch (note) {
    case Note::kMixedRange:
      return fmt::format("encountered a mix of histograms and floats for metric name {}", quote(subject));
    case Note::kMixedAggregation:
      return "encountered a mix of histograms and floats for aggregation";
    case Note::kMixedClassicNative:
      return "vector contains a mix of classic and native histograms";
    case Note::kMixedSchemas:
      return fmt::format(
          "vector contains a mix of histograms with exponential and custom buckets schemas for metric name "
          "{}",
          quote(subject));
    case Note::kIncompatibleLayout:
      return fmt::format("incompatible bucket layout encountered for binary operator {}", subject);
    case Note::kNotCounter:
      return fmt::format("this native histogram metric is not a counter: {}", quote(subject));
    case Note::kNotGauge:
      return fmt::format("this native histogram metric is not a gauge: {}", quote(subject));
    case Note::kAdditionConflict:
      return "conflicting counter resets during histogram addition";
    case Note::kSubtractionConflict:
      return "conflicting counter resets during histogram subtraction";
    case Note::kAggregationConflict:
      return "conflicting counter resets during histogram aggregation";
    case Note::kIncompatibleTypes:
      return fmt::format("incompatible sample types encountered for binary operator {}", subject);
    case Note::kPerhapsNoCounter:
      return fmt::format("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {}",
                         quote(subject));
    case Note::kIgnoredInAggregation:
      return fmt::format("ignored histogram in {} aggregation", subject);
    case Note::kIgnoredInRange:
      return fmt::format(
          "ignored histograms in a range containing both floats and histograms for metric name {}",
          quote(subject));
    case Note::kQuantileOfNan:
      return "input to histogram_quantile has NaN observations, result is NaN";
    case Note::kQuantileSkewed:
      return "input to histogram_quantile has NaN observations, result is skewed higher";
    case Note::kFractionWithoutNan:
      return "input to histogram_fraction has NaN observations, which are excluded from all fractions";
    case Note::kAdditionReconciled:
      return "mismatched custom buckets were reconciled during addition";
    case Note::kSubtractionReconciled:
      return "mismatched custom buckets were reconciled during subtraction";
    case Note::kAggregationReconciled:
      return "mismatched custom buckets were reconciled during aggregation";
  }
  return {};
}

}  // namespace

void Notes::add(Note note) {
  const uint32_t bit = uint32_t{1} << static_cast<uint32_t>(note);
  if ((added_ & bit) != 0) return;
  added_ |= bit;
  const std::string text = text_of(note, subject_);
  if (is_info(note)) {
    evaluation_.inform(about_, text);
  } else {
    evaluation_.warn(about_, text);
  }
}

void warn_of_quantiles(Evaluation& evaluation, const Expr& about, std::span<const double> quantiles) {
  for (const double q : quantiles) {
    if (q >= 0 && q <= 1) continue;
    evaluation.warn(about,
                    fmt::format("quantile value should be between 0 and 1, got {}", format_general(q)));
  }
}

}  // namespace weir::query
