#include <algorithm>

#include <fmt/format.h>

#include "app/cli/unit_test_report.h"
#include "base/duration.h"
#include "base/utf8.h"

// Results as JUnit writes them, in promtool's choice of elements.
namespace weir::app::cli {
namespace {

using rules::unit_test::FileOutcome;
using rules::unit_test::TestOutcome;

// XML 1.0 has no control characters but these three, and no text that is not UTF-8.
std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t size = utf8_size(text);
    const std::string_view character = text.substr(0, std::max<size_t>(size, 1));
    const auto first = static_cast<unsigned char>(character[0]);
    if (character == "<") {
      out += "&lt;";
    } else if (character == ">") {
      out += "&gt;";
    } else if (character == "&") {
      out += "&amp;";
    } else if (character == "\"") {
      out += "&#34;";
    } else if (character == "\t" || character == "\n" || character == "\r") {
      out += fmt::format("&#{};", first);
    } else if (size == 0 || first < 0x20 || character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") {
      out += "\uFFFD";
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::string errors_of(const FileOutcome& file) {
  if (!file.error.empty()) return file.error;
  std::string out;
  for (const rules::Problem& problem : file.problems)
    out += fmt::format("{}:{}: {}\n", file.path, to_text(problem.mark), problem.message);
  return out;
}

}  // namespace

std::string unit_test_junit(const std::vector<FileOutcome>& files, TimestampMs now_ms) {
  std::string out = "<testsuites>";
  for (const FileOutcome& file : files) {
    size_t failures = 0;
    for (const TestOutcome& test : file.tests) failures += test.failures.size();
    const std::string error = errors_of(file);
    out += fmt::format(
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" timestamp=\"{}\">",
        escaped(file.path), file.tests.size(), failures, error.empty() ? 0 : 1, format_time(now_ms));
    if (!error.empty())
      out += fmt::format("<testcase name=\"unknown\"><error>{}</error></testcase>", escaped(error));
    for (const TestOutcome& test : file.tests) {
      out += fmt::format("<testcase name=\"{}\">", escaped(test.name));
      for (const auto& failure : test.failures)
        out += fmt::format("<failure>{}</failure>", escaped(failure_text(file, test, failure, {})));
      out += "</testcase>";
    }
    out += "</testsuite>";
  }
  return out + "</testsuites>\n";
}

}  // namespace weir::app::cli
