#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/rule_file.h"

// Any bytes are a rule file or have problems, each at a place in them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const rules::RuleFile file = rules::parse_rule_file(text);
  for (const rules::Problem& problem : file.problems) {
    CHECK(problem.mark.line >= 1 && problem.mark.line <= size + 1, problem.message);
    CHECK(problem.mark.column >= 1 && problem.mark.column <= size + 1, problem.message);
  }
  if (!file.problems.empty()) return 0;
  for (const rules::RuleGroup& group : file.groups) {
    for (const rules::Rule& rule : group.rules)
      CHECK(!rule.expr.empty() && rule.record.empty() != rule.alert.empty(), rule.name());
  }
  return 0;
}
