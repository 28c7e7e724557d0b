#include "rules/duplicate_rules.h"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace weir::rules {

std::vector<Problem> duplicate_rules(const std::vector<RuleGroup>& groups) {
  std::vector<Problem> found;
  std::map<std::pair<std::string_view, TextMap>, size_t> lines;
  for (const RuleGroup& group : groups) {
    for (const Rule& rule : group.rules) {
      TextMap labels = rule.labels;
      labels.insert(group.labels.begin(), group.labels.end());
      const auto [first, is_new] = lines.try_emplace({rule.name(), std::move(labels)}, rule.mark.line);
      if (is_new) continue;
      found.push_back({rule.mark, fmt::format("rule: \"{}\" with the same labels is already at line {}; "
                                              "what both make would be mixed up",
                                              rule.name(), first->second)});
    }
  }
  return found;
}

}  // namespace weir::rules
