#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/evaluation/group_state.h"

/// What a group of rules has to remember beyond the life of a process, as a text of JSON:
/// docs/formats/rule-state.md.
namespace weir::rules {

/// The alerts of one rule. Rules are known by what they are, not by their place: a file may change meanwhile.
struct RememberedRule {
  std::string name;
  TextMap labels;
  std::string expr;
  std::vector<Alert> alerts;
};

struct RememberedGroup {
  TimestampMs evaluated_ms = 0;  ///< The last time that the group was evaluated for.
  std::vector<RememberedRule> rules;
};

/// Only what a rule with alerts has.
RememberedGroup remembered(const GroupState& group, TimestampMs evaluated_ms);
/// Gives each alerting rule of `group` the alerts of the remembered one with its name and labels; where there
/// are several such, the one with its expression or else the first that is left.
void recall(const RememberedGroup& remembered, GroupState& group);

std::string encode_state(const RememberedGroup& group);
/// kCorruption names what is wrong; kUnsupported for a version that this program does not know.
Result<RememberedGroup> decode_state(std::string_view text);

}  // namespace weir::rules
