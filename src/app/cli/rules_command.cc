#include <array>
#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/rules_report.h"
#include "os/files.h"

namespace weir::app::cli {
namespace {

// Some more than is allowed, so that what is too long is seen to be.
std::string read_input(std::istream& in, size_t bytes_max) {
  std::string text;
  std::array<char, 64 * 1024> part{};
  while (text.size() <= bytes_max && in) {
    in.read(part.data(), part.size());
    text.append(part.data(), static_cast<size_t>(in.gcount()));
  }
  return text;
}

Result<CheckedFile> check(const std::string& path, Console& console) {
  const size_t bytes_max = rules::RuleFileLimits().bytes_max;
  CheckedFile file;
  if (path == "-") {
    file.name = "standard input";
    file.text = read_input(console.in, bytes_max);
  } else {
    file.name = path;
    ASSIGN_OR_RETURN(file.text, os::read_file(os::posix_files(), path, bytes_max));
  }
  file.rules = rules::parse_rule_file(file.text);
  return file;
}

}  // namespace

int run_rules_check(const RulesCheckCommand& command, Console& console) {
  std::vector<CheckedFile> files;
  int code = kExitOk;
  for (const std::string& path : command.files) {
    auto file = check(path, console);
    if (!file.ok()) {
      code = fail(console, "rules check", file.error().message, kExitFailed);
      continue;
    }
    if (!file->rules.problems.empty()) code = kExitFailed;
    if (command.json) {
      files.push_back(*std::move(file));
    } else {
      console.out << rules_text(*file, console.terminal) << std::flush;
    }
  }
  if (command.json) console.out << rules_json(files) << "\n";
  return code;
}

}  // namespace weir::app::cli
