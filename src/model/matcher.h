#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/labels.h"

namespace weir {

enum class MatchOp { kEqual, kNotEqual, kRegex, kNotRegex };

/// As selectors write it: "=", "!=", "=~", "!~".
std::string_view op_text(MatchOp op);

/// One condition of a selector: `name op "value"`. An absent label matches as the empty string. Regular
/// expressions are RE2, anchored at both ends, `.` matches newlines (as in Prometheus 3), at most 1 KiB of
/// text and 8 MiB of program. Immutable; copies share the program; safe from any thread.
class Matcher {
 public:
  /// kInvalidArgument with RE2's own words when a regular expression does not compile.
  static Result<Matcher> create(MatchOp op, std::string name, std::string value);
  /// A matcher that cannot fail to compile.
  static Matcher equal(std::string name, std::string value);
  /// Matches every series that has a metric name.
  static Matcher any_metric();

  MatchOp op() const { return op_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }

  bool matches(std::string_view label_value) const;
  /// True when a series without the label satisfies the matcher.
  bool matches_absent() const { return matches({}); }
  /// A literal text that every match of a regular expression begins with; empty when none was found, or for
  /// other ops.
  const std::string& literal_prefix() const { return prefix_; }
  /// All texts that a regular expression matches, sorted, where it names them: `a|b`. Else empty.
  const std::vector<std::string>& exact_texts() const;
  /// `name=~"value"` with PromQL escapes.
  std::string to_string() const;

  bool operator==(const Matcher& other) const {
    return op_ == other.op_ && name_ == other.name_ && value_ == other.value_;
  }

  struct Program;

 private:
  Matcher(MatchOp op, std::string name, std::string value)
      : op_(op), name_(std::move(name)), value_(std::move(value)) {}
  MatchOp op_;
  std::string name_;
  std::string value_;
  std::string prefix_;
  std::shared_ptr<const Program> program_;
};

/// Whether a series with these labels satisfies all of them.
bool all_match(std::span<const Matcher> matchers, LabelsView labels);
/// Whether a series without labels satisfies all of them: such a selector names no series.
bool all_match_absent(std::span<const Matcher> matchers);

}  // namespace weir
