#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/cli/console.h"
#include "yaml/problem.h"

/// What the commands `... check FILE...` have in common: how files are read, and how problems are told.
namespace weir::app::cli {

/// A file and what was found in it.
struct CheckedFile {
  std::string name;
  std::string text;
  std::vector<yaml::Problem> problems = {};
  std::vector<yaml::Problem> warnings = {};
  /// How many there are of what it holds: {"groups", 1}, {"rules", 3}. The last is what people are told.
  std::vector<std::pair<std::string_view, size_t>> counts = {};
};

/// What makes one such command different from another.
struct FileCheck {
  std::string_view command;  ///< "rules check", as errors name it.
  size_t bytes_max = 0;      ///< Of a file. Of standard input, `read` is given more, and refuses it.
  void (*read)(CheckedFile&) = nullptr;  ///< Looks at the text, and says what it found.
};

/// Checks all of them, "-" being standard input, and writes what was found. The exit code: kExitFailed when
/// one has a problem or cannot be read.
int check_files(const FileCheck& check, const std::vector<std::string>& paths, bool json, Console& console);

/// "rules.yml: 3 rules found", or each problem as `file:line:column: message` with the line and a mark below
/// the place.
std::string checked_text(const CheckedFile& file, const Terminal& terminal);

/// `{"files":[{"file":...,"groups":...,"rules":...,"problems":[{"line":...,"column":...,"message":...}],
/// "warnings":[...]}]}`
std::string checked_json(const std::vector<CheckedFile>& files);

}  // namespace weir::app::cli
