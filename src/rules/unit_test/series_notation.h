#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/histogram.h"
#include "rules/rule_file.h"
#include "rules/template/value.h"

/// Series as Prometheus' tests write them: `metric{a="b"}`, and with a value a step `0+10x3 _x2 stale 7`.
namespace weir::rules::unit_test {

/// Values that follow each other: nothing, doubles or histograms, each the one before and a change.
struct ValueRun {
  enum class Kind { kAbsent, kNumber, kHistogram };
  Kind kind = Kind::kAbsent;
  uint64_t count = 1;  ///< Values, one a step.
  double first = 0;
  std::optional<double> change = {};
  Histogram first_histogram = {};
  std::optional<Histogram> histogram_change = {};
  bool subtracts = false;  ///< Of a change of histograms; that of doubles has a sign.
};

/// The labels of `metric{a="b"}`, `{"a metric", "a label"="b"}` or nothing at all. As in Prometheus, labels
/// without a value are left out behind a name, and stay where there is none before the braces.
/// Errors: kInvalidArgument, mostly with `line:column: ` first.
Result<TextMap> parse_metric(std::string_view text);

/// `metric{a="b"}` of labels, `{}` of none.
std::string metric_notation(const TextMap& labels);

/// Items parted by blanks: `5`, `_`, `_x3` (three steps without a value), `1x3` (four times 1), `1+2x3`,
/// `1-2x3`, `stale`, `{{...}}`, `{{...}}x3`, `{{...}}+{{...}}x3`, `{{...}}-{{...}}x3`. Errors:
/// kInvalidArgument with `line:column: ` first, also for more than `values_max` values; an invalid histogram;
/// histograms that cannot be added.
Result<std::vector<ValueRun>> parse_values(std::string_view text, uint64_t values_max);

/// Walks over the values of runs, which must outlive it.
class ValueCursor {
 public:
  explicit ValueCursor(const std::vector<ValueRun>& runs);

  bool done() const { return run_ >= runs_->size(); }
  /// Nothing where the step has no value.
  const std::optional<templates::SampleValue>& value() const { return value_; }
  void advance();

 private:
  void begin_run();
  void change();

  const std::vector<ValueRun>* runs_;
  size_t run_ = 0;
  uint64_t index_ = 0;  // in the run
  std::optional<templates::SampleValue> value_;
};

}  // namespace weir::rules::unit_test
