#pragma once

#include <string>
#include <vector>

#include "aggregation/definition.h"
#include "base/time.h"
#include "model/labels.h"

namespace weir::aggregation {

/// A value of one output series.
struct OutputSample {
  Labels labels;
  TimestampMs at_ms = 0;
  double value = 0;
};

/// Tells the groups of an aggregation apart, and what their outputs are called. A group is known by its
/// labels: those that are grouped by and, where the template asks for it, the metric's name. Immutable.
class Grouping {
 public:
  /// `definition` outlives it.
  explicit Grouping(const Definition& definition);

  Labels group_of(LabelsView series) const;
  /// The selectors of one group's input. With `without` they may accept series of other groups, and they may
  /// accept outputs: `takes` tells.
  std::vector<std::vector<Matcher>> inputs_of(LabelsView group) const;
  /// Whether a series is input. No output of the aggregation is, whatever its selectors say.
  bool takes(LabelsView series) const;
  bool is_output(LabelsView series) const;
  /// Selectors that accept the same series as `takes`. kUnsupported where the names of outputs are too long
  /// for them.
  Result<std::vector<std::vector<Matcher>>> exact_inputs() const;

  Labels output_labels(LabelsView group, const Output& output) const;
  /// Selectors that accept all outputs of a group. They may accept others, too.
  std::vector<std::vector<Matcher>> outputs_of(LabelsView group) const;

 private:
  bool is_kept(std::string_view name) const;
  std::string metric_of(LabelsView group, const Output& output) const;
  std::vector<Matcher> group_matchers(LabelsView group) const;

  const Definition& definition_;
  const bool by_metric_;
  /// What the names of outputs consist of, with a metric's name between one part and the next.
  std::vector<std::vector<std::string>> output_parts_;
};

}  // namespace weir::aggregation
