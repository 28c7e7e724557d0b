#include "app/cli/rules_report.h"

#include <fmt/format.h>

#include "app/cli/problem_text.h"
#include "wire/json_writer.h"

namespace weir::app::cli {

std::string rules_text(const CheckedFile& file, const Terminal& terminal) {
  std::string out;
  for (const rules::Problem& problem : file.rules.problems)
    out += problem_text(file.name, file.text, problem, "", terminal);
  for (const rules::Problem& warning : file.rules.warnings)
    out += problem_text(file.name, file.text, warning, "warning: ", terminal);
  if (!file.rules.problems.empty()) return out;
  const size_t count = file.rules.rule_count();
  return out + fmt::format("{}: {} {} found\n", file.name, count, count == 1 ? "rule" : "rules");
}

std::string rules_json(const std::vector<CheckedFile>& files) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("files");
  json.begin_array();
  for (const CheckedFile& file : files) {
    json.begin_object();
    json.text("file", file.name);
    json.count("groups", file.rules.groups.size());
    json.count("rules", file.rules.rule_count());
    problems_json("problems", file.rules.problems, json);
    problems_json("warnings", file.rules.warnings, json);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace weir::app::cli
