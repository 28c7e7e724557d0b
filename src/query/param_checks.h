#pragma once

#include <vector>

#include "query/range_functions.h"

namespace weir::query {

/// Looks at the scalar arguments of a range function where it has something to work on, as Prometheus does:
/// what is wrong with them at other steps is not told. Lives for one call of one thread.
class ParamChecks {
 public:
  ParamChecks(Evaluation& evaluation, const Call& call, const ScalarParams& params);

  /// Whether the function has arguments that can be wrong.
  bool are_needed() const { return kind_ != Kind::kNone; }
  /// For each series of doubles, with what the function made of its windows: absent where one has no samples.
  /// Warns, or fails with kFailedPrecondition.
  Status of_values(const Column& values);
  /// The same for each series with histograms.
  Status of_samples(const Windows& windows, const SampleColumns& samples);

 private:
  enum class Kind { kNone, kStrategy, kQuantile, kFactors };
  static Kind kind_of(const Call& call);
  Status check(size_t step);

  Evaluation& evaluation_;
  const Call& call_;
  const ScalarParams& params_;
  const Kind kind_;
  std::vector<bool> checked_;  // by step
};

}  // namespace weir::query
