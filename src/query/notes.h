#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "query/evaluation.h"

namespace weir::query {

/// What there is to say of histograms in an expression. Prometheus has these texts (util/annotations).
enum class Note {
  kMixedRange,          ///< Doubles and histograms in one window.
  kMixedAggregation,    ///< Doubles and histograms in one group.
  kMixedClassicNative,  ///< Classic and native histogram of the same labels.
  kMixedSchemas,        ///< Exponential and custom buckets.
  kIncompatibleLayout,  ///< The same, in an operator.
  kNotCounter,          ///< A gauge where a counter is expected.
  kNotGauge,            ///< The other way round.
  kAdditionConflict,    ///< Reset hints that contradict each other.
  kSubtractionConflict,
  kAggregationConflict,
  kIncompatibleTypes,     ///< A double and a histogram that an operator cannot join.
  kPerhapsNoCounter,      ///< By its name.
  kIgnoredInAggregation,  ///< Histograms where only doubles count.
  kIgnoredInRange,
  kQuantileOfNan,   ///< NaN was observed, and the quantile lies there.
  kQuantileSkewed,  ///< NaN was observed, and moves the quantile.
  kFractionWithoutNan,
  kAdditionReconciled,  ///< Custom bounds differed.
  kSubtractionReconciled,
  kAggregationReconciled,
};

/// Adds notes about one expression to the answer, each once. Lives for a call of one thread.
class Notes {
 public:
  /// `about` lives longer. `subject` is what the texts name: a metric, an operator.
  Notes(Evaluation& evaluation, const Expr& about, std::string subject = {})
      : evaluation_(evaluation), about_(about), subject_(std::move(subject)) {}

  void add(Note note);
  void add_if(bool holds, Note note) {
    if (holds) add(note);
  }

 private:
  Evaluation& evaluation_;
  const Expr& about_;
  const std::string subject_;
  uint32_t added_ = 0;  // a bit for each note
};

/// Warns, once, of quantiles that are none, not being in [0, 1].
void warn_of_quantiles(Evaluation& evaluation, const Expr& about, std::span<const double> quantiles);

}  // namespace weir::query
