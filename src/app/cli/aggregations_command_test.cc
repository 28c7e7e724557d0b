#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "app/cli/command_line.h"
#include "app/cli/commands.h"
#include "os/sim/manual_clock.h"

namespace weir::app::cli {
namespace {

struct Told {
  int code = 0;
  std::string out;
};

Told check(std::string_view text, bool json = false) {
  std::istringstream in{std::string(text)};
  std::ostringstream out, err;
  os::sim::ManualClock clock;
  Console console{in, out, err, clock, {}};
  const int code = run_aggregations_check({.files = {"-"}, .json = json}, console);
  EXPECT_EQ(err.str(), "");
  return {code, out.str()};
}

constexpr std::string_view kBroken =
    "aggregations:\n"
    "  - name: a\n"
    "    match: up\n"
    "    window: {type: hopping, size: 1m, hop: 7s}\n"
    "    outputs: [sum]\n";

TEST(AggregationsCheck, CountsAggregations) {
  const Told good = check("aggregations:\n- {name: a, match: up, window: 1m, outputs: [sum]}\n");
  EXPECT_EQ(good.code, kExitOk);
  EXPECT_EQ(good.out, "standard input: 1 aggregation found\n");
  EXPECT_EQ(check("").out, "standard input: 0 aggregations found\n");
}

TEST(AggregationsCheck, ShowsTheLineAndThePlace) {
  const Told broken = check(kBroken);
  EXPECT_EQ(broken.code, kExitFailed);
  EXPECT_EQ(broken.out,
            "standard input:4:44: window: hop 7s, size 1m; the size has to be a multiple of the hop\n"
            "      window: {type: hopping, size: 1m, hop: 7s}\n"
            "                                             ^\n");
}

TEST(AggregationsCheck, WritesJson) {
  const Told broken = check(kBroken, true);
  EXPECT_EQ(broken.code, kExitFailed);
  EXPECT_EQ(
      broken.out,
      R"({"files":[{"file":"standard input","aggregations":1,"problems":[{"line":4,"column":44,)"
      R"("message":"window: hop 7s, size 1m; the size has to be a multiple of the hop"}],"warnings":[]}]})"
      "\n");
}

TEST(AggregationsCheck, IsGivenTheFileOfItsHelp) {
  const auto parsed = parse_command_line({"aggregations", "check", "--help"});
  const std::string help = std::get<Stop>(parsed).text;
  const size_t begin = help.find("  aggregations:\n");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(check(help.substr(begin, help.find("\n\n", begin) - begin)).out,
            "standard input: 3 aggregations found\n");
}

}  // namespace
}  // namespace weir::app::cli
