#include "app/cli/unit_test_report.h"

#include <fmt/format.h>

#include "app/cli/line_diff.h"
#include "app/cli/problem_text.h"
#include "base/duration.h"
#include "wire/json_writer.h"

namespace weir::app::cli {
namespace {

using rules::unit_test::Failure;
using rules::unit_test::FileOutcome;
using rules::unit_test::TestOutcome;

std::string_view kind_name(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::kProblem:
      return "problem";
    case Failure::Kind::kRule:
      return "rule";
    case Failure::Kind::kAlert:
      return "alert";
    case Failure::Kind::kExpression:
      return "expr";
  }
  return "";
}

std::string diff_text(const Failure& failure, const Terminal& terminal) {
  std::string out;
  for (const DiffLine& line : line_diff(failure.expected, failure.got)) {
    const std::string text = printable(line.text);
    if (line.side == DiffLine::Side::kBoth) out += fmt::format("    {}\n", text);
    if (line.side == DiffLine::Side::kFirst)
      out += fmt::format("  {}\n", styled(terminal, Style::kRed, "- " + text));
    if (line.side == DiffLine::Side::kSecond)
      out += fmt::format("  {}\n", styled(terminal, Style::kGreen, "+ " + text));
  }
  return out;
}

// `alert "Down" at 5m`, or nothing for a problem, which says itself what it is about.
std::string subject_text(const Failure& failure) {
  if (failure.kind == Failure::Kind::kProblem) return {};
  return fmt::format("{} \"{}\" at {}: ", kind_name(failure.kind), printable(failure.subject),
                     format_duration(failure.eval_time_ms));
}

std::string summary(const FileOutcome& file) {
  const size_t failed = file.failed_count();
  const size_t count = file.tests.size();
  const std::string_view noun = count == 1 ? "test" : "tests";
  if (!file.passed() && failed == 0) return fmt::format("{}: no test was run\n", file.path);
  return failed == 0 ? fmt::format("{}: {} {} passed\n", file.path, count, noun)
                     : fmt::format("{}: {} of {} {} failed\n", file.path, failed, count, noun);
}

void lines_json(std::string_view name, const std::vector<std::string>& lines, wire::JsonWriter& json) {
  json.key(name);
  json.begin_array();
  for (const std::string& line : lines) json.text(line);
  json.end_array();
}

void failure_json(const Failure& failure, wire::JsonWriter& json) {
  json.begin_object();
  json.count("line", failure.mark.line);
  json.count("column", failure.mark.column);
  json.text("kind", kind_name(failure.kind));
  if (failure.kind != Failure::Kind::kProblem) {
    json.text("subject", failure.subject);
    json.text("eval_time", format_duration(failure.eval_time_ms));
  }
  json.text("message", failure.message);
  lines_json("expected", failure.expected, json);
  lines_json("got", failure.got, json);
  json.end_object();
}

void tests_json(const FileOutcome& file, wire::JsonWriter& json) {
  json.key("tests");
  json.begin_array();
  for (const TestOutcome& test : file.tests) {
    json.begin_object();
    json.text("name", test.name);
    json.boolean("passed", test.passed());
    json.key("failures");
    json.begin_array();
    for (const Failure& failure : test.failures) failure_json(failure, json);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void refused_json(const FileOutcome& file, wire::JsonWriter& json) {
  json.key("rule_files");
  json.begin_array();
  for (const rules::unit_test::RefusedRuleFile& refused : file.refused) {
    json.begin_object();
    json.text("file", refused.path);
    problems_json("problems", refused.problems, json);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string failure_text(const FileOutcome& file, const TestOutcome& test, const Failure& failure,
                         const Terminal& terminal) {
  std::string message = failure.message;
  if (message.empty()) message = "not as expected (- expected, + found)";
  const std::string what = fmt::format("test \"{}\": {}", printable(test.name), subject_text(failure));
  if (failure.expected.empty() && failure.got.empty())
    return problem_text(file.path, file.text, {failure.mark, message}, what, terminal);
  return fmt::format("{}:{}: {}{}\n{}", file.path, to_text(failure.mark), what, message,
                     diff_text(failure, terminal));
}

std::string unit_test_text(const FileOutcome& file, const Terminal& terminal) {
  if (!file.error.empty()) return fmt::format("{}: {}\n", file.path, printable(file.error));
  std::string out;
  for (const rules::Problem& problem : file.problems)
    out += problem_text(file.path, file.text, problem, "", terminal);
  for (const rules::Problem& warning : file.warnings)
    out += problem_text(file.path, file.text, warning, "warning: ", terminal);
  for (const std::string& pattern : file.unmatched)
    out += fmt::format("{}: warning: rule_files: no file matches \"{}\"\n", file.path, printable(pattern));
  for (const rules::unit_test::RefusedRuleFile& refused : file.refused) {
    for (const rules::Problem& problem : refused.problems)
      out += problem_text(refused.path, refused.text, problem, "", terminal);
  }
  for (const TestOutcome& test : file.tests) {
    for (const Failure& failure : test.failures) out += failure_text(file, test, failure, terminal);
  }
  return out + summary(file);
}

std::string unit_test_json(const std::vector<FileOutcome>& files) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("files");
  json.begin_array();
  for (const FileOutcome& file : files) {
    json.begin_object();
    json.text("file", file.path);
    json.boolean("passed", file.passed());
    json.text("error", file.error);
    problems_json("problems", file.problems, json);
    problems_json("warnings", file.warnings, json);
    lines_json("unmatched", file.unmatched, json);
    refused_json(file, json);
    tests_json(file, json);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace weir::app::cli
