#pragma once

#include <string>
#include <vector>

#include "os/files.h"
#include "rules/rule_file.h"
#include "rules/unit_test/outcome.h"
#include "rules/unit_test/unit_test_file.h"

namespace weir::rules::unit_test {

/// The rules that a file of unit tests names.
struct RuleSet {
  std::vector<RuleGroup> groups;  ///< In the order in which they are evaluated.
  std::vector<std::string> unmatched;
  std::vector<RefusedRuleFile> refused;  ///< With any, `groups` is not to be used.
};

/// Reads them. `path` is that of the file of tests: what it names is relative to its directory. A file that
/// two patterns match is read once. Groups come in the order of the files, but those of `group_eval_order` in
/// that order; what it does not name goes with the first of them.
RuleSet load_rules(os::FileSystem& files, const std::string& path, const UnitTestFile& tests,
                   UnknownFields unknown);

}  // namespace weir::rules::unit_test
