#include "rules/unit_test/rule_set.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "os/path_pattern.h"

namespace weir::rules::unit_test {
namespace {

std::string beside(const std::string& path, const std::string& named) {
  const std::filesystem::path relative(named);
  if (named.empty() || relative.is_absolute()) return named;
  return (std::filesystem::path(path).parent_path() / relative).lexically_normal().string();
}

// What Go's path.Match calls a bad pattern, as far as that is likely: a class without an end.
bool is_bad_pattern(std::string_view pattern) {
  const size_t open = pattern.rfind('[');
  const bool escaped = open != std::string_view::npos && open > 0 && pattern[open - 1] == '\\';
  return open != std::string_view::npos && !escaped && pattern.find(']', open) == std::string_view::npos;
}

void load(os::FileSystem& files, const std::string& path, UnknownFields unknown, RuleSet& out) {
  const RuleFileLimits limits;
  auto text = os::read_file(files, path, limits.bytes_max);
  if (!text.ok()) {
    out.refused.push_back({path, "", {{{}, text.error().message}}});
    return;
  }
  RuleFile file = parse_rule_file(*text, limits, unknown);
  if (!file.problems.empty()) {
    out.refused.push_back({path, *std::move(text), std::move(file.problems)});
    return;
  }
  for (RuleGroup& group : file.groups) out.groups.push_back(std::move(group));
}

}  // namespace

RuleSet load_rules(os::FileSystem& files, const std::string& path, const UnitTestFile& tests,
                   UnknownFields unknown) {
  RuleSet out;
  std::set<std::string> loaded;
  for (const std::string& named : tests.rule_files) {
    if (is_bad_pattern(named)) {
      out.refused.push_back({named, "", {{{}, "the pattern has a \"[\" without an end"}}});
      continue;
    }
    const std::vector<std::string> paths = os::matching_paths(files, beside(path, named));
    if (paths.empty()) out.unmatched.push_back(named);
    for (const std::string& one : paths) {
      if (loaded.insert(one).second) load(files, one, unknown, out);
    }
  }
  std::map<std::string_view, size_t> order;
  for (size_t i = 0; i < tests.group_eval_order.size(); ++i) order.emplace(tests.group_eval_order[i], i);
  const auto place = [&](const RuleGroup& group) {
    const auto at = order.find(group.name);
    return at == order.end() ? size_t{0} : at->second;
  };
  std::stable_sort(out.groups.begin(), out.groups.end(),
                   [&](const RuleGroup& a, const RuleGroup& b) { return place(a) < place(b); });
  return out;
}

}  // namespace weir::rules::unit_test
