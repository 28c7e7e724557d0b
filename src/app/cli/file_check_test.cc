#include "app/cli/file_check.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "os/sim/manual_clock.h"

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

std::string text_of(std::string_view text, yaml::Mark mark, std::string_view message = "m") {
  CheckedFile file{"r.yml", std::string(text)};
  file.problems.push_back({mark, std::string(message)});
  return checked_text(file, {});
}

// Something that finds a thing in each line, and a problem in each "x".
void read_things(CheckedFile& file) {
  size_t line = 1;
  for (const char c : file.text) {
    if (c == 'x') file.problems.push_back({{line, 1}, "an x"});
    if (c == '\n') ++line;
  }
  file.counts = {{"lines", line}, {"things", line - 1}};
}

constexpr FileCheck kThings{.command = "things check", .bytes_max = 20, .read = read_things};

struct Told {
  int code = 0;
  std::string out;
  std::string err;
};

Told told(const std::vector<std::string>& paths, bool json, std::string_view input) {
  std::istringstream in{std::string(input)};
  std::ostringstream out, err;
  os::sim::ManualClock clock;
  Console console{in, out, err, clock, {}};
  const int code = check_files(kThings, paths, json, console);
  return {code, out.str(), err.str()};
}

TEST(FileCheck, ShowsTheLineAndThePlace) {
  EXPECT_EQ(text_of("one\n  two: 2\n", {2, 3}, "two: it is wrong"),
            "r.yml:2:3: two: it is wrong\n"
            "    two: 2\n"
            "    ^\n");
  EXPECT_EQ(text_of("größe: 1\n", {1, 1}), "r.yml:1:1: m\n  größe: 1\n  ^\n");
  EXPECT_THAT(text_of("é: [x]\n", {1, 6}), HasSubstr("\n      ^\n"));
}

TEST(FileCheck, ShowsThePartOfALongLineThatMatters) {
  const std::string text = text_of("a: [b: " + std::string(1'000, 'n') + ", x: 1]\n", {1, 1'010});
  EXPECT_THAT(text, HasSubstr("\n  " + std::string(78, 'n') + ", x: 1]\n  " + std::string(80, ' ') + "^\n"));
}

TEST(FileCheck, CountsWhatIsGood) {
  EXPECT_EQ(told({"-"}, false, "a\n").out, "standard input: 1 thing found\n");
  EXPECT_EQ(told({"-"}, false, "").out, "standard input: 0 things found\n");
  EXPECT_EQ(told({"-"}, false, "a\n").code, kExitOk);
}

TEST(FileCheck, FailsOnProblems) {
  const Told found = told({"-"}, false, "a\nx\n");
  EXPECT_EQ(found.code, kExitFailed);
  EXPECT_EQ(found.out, "standard input:2:1: an x\n  x\n  ^\n");
  EXPECT_EQ(told({"-"}, true, "x").out,
            R"({"files":[{"file":"standard input","lines":1,"things":0,"problems":[{"line":1,"column":1,)"
            R"("message":"an x"}],"warnings":[]}]})"
            "\n");
}

TEST(FileCheck, GoesOnAfterAFileThatCannotBeRead) {
  const Told found = told({"/nonexistent/r.yml", "-"}, false, "a\n");
  EXPECT_EQ(found.code, kExitFailed);
  EXPECT_THAT(found.err, HasSubstr("weir things check: "));
  EXPECT_EQ(found.out, "standard input: 1 thing found\n");
}

}  // namespace
}  // namespace weir::app::cli
