#include "app/cli/file_check.h"

#include <array>
#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/problem_text.h"
#include "os/files.h"
#include "wire/json_writer.h"

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

Result<CheckedFile> check_one(const FileCheck& check, const std::string& path, Console& console) {
  CheckedFile file;
  if (path == "-") {
    file.name = "standard input";
    file.text = read_input(console.in, check.bytes_max);
  } else {
    file.name = path;
    ASSIGN_OR_RETURN(file.text, os::read_file(os::posix_files(), path, check.bytes_max));
  }
  check.read(file);
  return file;
}

// "3 rules", "1 rule".
std::string count_text(std::string_view what, size_t count) {
  return fmt::format("{} {}", count, count == 1 ? what.substr(0, what.size() - 1) : what);
}

}  // namespace

int check_files(const FileCheck& check, const std::vector<std::string>& paths, bool json, Console& console) {
  std::vector<CheckedFile> files;
  int code = kExitOk;
  for (const std::string& path : paths) {
    auto file = check_one(check, path, console);
    if (!file.ok()) {
      code = fail(console, check.command, file.error().message, kExitFailed);
      continue;
    }
    if (!file->problems.empty()) code = kExitFailed;
    if (json) {
      files.push_back(*std::move(file));
    } else {
      console.out << checked_text(*file, console.terminal) << std::flush;
    }
  }
  if (json) console.out << checked_json(files) << "\n";
  return code;
}

std::string checked_text(const CheckedFile& file, const Terminal& terminal) {
  std::string out;
  for (const yaml::Problem& problem : file.problems)
    out += problem_text(file.name, file.text, problem, "", terminal);
  for (const yaml::Problem& warning : file.warnings)
    out += problem_text(file.name, file.text, warning, "warning: ", terminal);
  if (!file.problems.empty()) return out;
  const auto& [what, count] = file.counts.back();
  return out + fmt::format("{}: {} found\n", file.name, count_text(what, count));
}

std::string checked_json(const std::vector<CheckedFile>& files) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("files");
  json.begin_array();
  for (const CheckedFile& file : files) {
    json.begin_object();
    json.text("file", file.name);
    for (const auto& [what, count] : file.counts) json.count(what, count);
    problems_json("problems", file.problems, json);
    problems_json("warnings", file.warnings, json);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace weir::app::cli
