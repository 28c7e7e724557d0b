#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/document.h"
#include "yaml/field_reader.h"
#include "yaml/problem.h"

/// Recording and alerting rules, in the files that Prometheus has for them.
namespace weir::rules {

/// Labels or annotations by name.
using TextMap = std::map<std::string, std::string>;

/// A rule: exactly one of `record` and `alert` is not empty.
struct Rule {
  std::string record;  ///< Name of the series that it makes.
  std::string alert;   ///< Name of the alert; its labels and annotations are templates.
  std::string expr;    ///< PromQL that parses.
  int64_t for_ms = 0;
  int64_t keep_firing_for_ms = 0;
  TextMap labels;
  TextMap annotations;
  yaml::Mark mark;  ///< Where it begins.

  const std::string& name() const { return alert.empty() ? record : alert; }
};

/// Rules that are evaluated one after the other, at the same times.
struct RuleGroup {
  std::string name;                        ///< Unique in its file.
  int64_t interval_ms = 0;                 ///< 0: the server's default.
  int64_t limit = 0;                       ///< Series or alerts that a rule may make; 0 or less: any number.
  std::optional<int64_t> query_offset_ms;  ///< Absent: the server's default.
  TextMap labels;                          ///< Of all its rules; a rule's own win.
  std::vector<Rule> rules;
  yaml::Mark mark;  ///< Where it begins.
};

using yaml::Problem;
using yaml::UnknownFields;

struct RuleFileLimits {
  size_t bytes_max = 16u << 20;
  size_t groups_max = 10'000;
  size_t rules_max = 100'000;  ///< Of all groups.
  size_t problems_max = 500;   ///< After so many nothing more is looked for.
};

struct RuleFile {
  std::vector<RuleGroup> groups;  ///< As far as they could be read; to be used only without problems.
  std::vector<Problem> problems;  ///< In the order of the file. With any, Prometheus' server would refuse it.
  std::vector<Problem> warnings;  ///< What is allowed and likely a mistake: rules that are there twice,
                                  ///< empty items, a second document.

  size_t rule_count() const;
};

/// Reads a rule file of Prometheus 3 and finds all problems at once, except that after a fault of YAML's own
/// syntax nothing more is looked for. Pure. What is checked: fields, their types, repeated keys and names of
/// groups; names, durations, PromQL and templates; what recording rules may not have; `limits`.
RuleFile parse_rule_file(std::string_view text, const RuleFileLimits& limits = {},
                         UnknownFields unknown = UnknownFields::kRefuse);

/// The same of a text that is one group: what would be an item of `groups`. Without problems there is exactly
/// one.
RuleFile parse_rule_group(std::string_view text, const RuleFileLimits& limits = {});

}  // namespace weir::rules
