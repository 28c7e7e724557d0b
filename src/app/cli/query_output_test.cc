#include "app/cli/query_output.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::HasSubstr;
using Kind = QueryAnswer::Kind;

AnswerSeries series(const std::string& job, std::vector<AnswerPoint> points) {
  return {.labels = {{"__name__", "up"}, {"job", job}}, .points = std::move(points)};
}

TEST(QueryTable, ShowsOneValueASeries) {
  const QueryAnswer answer{.kind = Kind::kVector,
                           .series = {series("a", {{0, "1"}}), series("long", {{0, "0.25"}})},
                           .warnings = {}};
  EXPECT_EQ(to_table(answer, {}),
            "at 1970-01-01 00:00:00 UTC\n"
            "SERIES          VALUE\n"
            "up{job=\"a\"}         1\n"
            "up{job=\"long\"}   0.25\n");
}

TEST(QueryTable, ShowsScalarsAndNothing) {
  EXPECT_EQ(
      to_table({.kind = Kind::kScalar, .series = {{.labels = {}, .points = {{0, "42"}}}}, .warnings = {}},
               {}),
      "42\n");
  EXPECT_EQ(to_table({}, {}), "no series\n");
}

TEST(QueryTable, SumsUpARangeOnOneTimeAxis) {
  const QueryAnswer answer{
      .kind = Kind::kMatrix,
      .series = {series("a", {{0, "0"}, {1'000, "7"}, {2'000, "NaN"}}), series("b", {{2'000, "5"}})},
      .warnings = {}};
  EXPECT_EQ(to_table(answer, {}),
            "1970-01-01 00:00:00 to 1970-01-01 00:00:02 UTC, 3 steps\n"
            "SERIES       MIN  MEAN  MAX  LAST  CURVE\n"
            "up{job=\"a\"}    0   3.5    7   NaN  ▁█\n"
            "up{job=\"b\"}    5     5    5     5    ▁\n");
}

TEST(QueryTable, HistogramsAreTextsOrTheirCounts) {
  QueryAnswer answer{.kind = Kind::kVector,
                     .series = {series("a", {{0, "{count:3, sum:1, (1,2]:3}", "3"}})},
                     .warnings = {}};
  EXPECT_THAT(to_table(answer, {}), HasSubstr("{count:3, sum:1, (1,2]:3}"));
  EXPECT_THAT(to_csv(answer), HasSubstr(",0,\"{count:3, sum:1, (1,2]:3}\"\r\n"));
  answer.kind = Kind::kMatrix;
  answer.series[0].points.push_back({1'000, "{count:5, sum:1, (1,2]:5}", "5"});
  EXPECT_EQ(to_table(answer, {}),
            "1970-01-01 00:00:00 to 1970-01-01 00:00:01 UTC, 2 steps; histograms by their counts\n"
            "SERIES       MIN  MEAN  MAX  LAST  CURVE\n"
            "up{job=\"a\"}    3     4    5     5  ▁█\n");
}

TEST(QueryTable, ARangeOfNaNHasNoNumbers) {
  const QueryAnswer answer{.kind = Kind::kMatrix, .series = {series("a", {{0, "NaN"}})}, .warnings = {}};
  EXPECT_THAT(to_table(answer, {}), HasSubstr("NaN   NaN  NaN   NaN"));
}

TEST(QueryTable, KeepsTheCurveInTheTerminal) {
  AnswerSeries wide = series("a", {});
  for (int i = 0; i < 500; ++i) wide.points.push_back({i * 1'000, std::to_string(i)});
  const QueryAnswer answer{.kind = Kind::kMatrix, .series = {wide}, .warnings = {}};
  std::istringstream lines(to_table(answer, {.width = 70}));
  for (std::string line; std::getline(lines, line);) {
    const auto characters =
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; });
    EXPECT_LE(characters, 70) << line;
  }
}

TEST(QueryTable, IsHarmlessForTheTerminal) {
  const QueryAnswer answer{.kind = Kind::kVector, .series = {series("\x1b[2J", {{0, "1"}})}, .warnings = {}};
  EXPECT_THAT(to_table(answer, {}), testing::Not(HasSubstr("\x1b")));
}

TEST(QueryCsv, QuotesWhatNeedsIt) {
  QueryAnswer answer{.kind = Kind::kVector, .series = {series("a,\"b\"\n", {{1'500, "1"}})}, .warnings = {}};
  answer.series.push_back({.labels = {{"zone", "z"}}, .points = {{2'000, "NaN"}, {3'000, "2"}}});
  EXPECT_EQ(to_csv(answer),
            "__name__,job,zone,timestamp_ms,value\r\n"
            "up,\"a,\"\"b\"\"\n\",,1500,1\r\n"
            ",,z,2000,NaN\r\n"
            ",,z,3000,2\r\n");
  EXPECT_EQ(to_csv({}), "timestamp_ms,value\r\n");
}

TEST(ErrorPointer, PutsACaretUnderThePlace) {
  EXPECT_EQ(point_at_error("1:5: parse error: unexpected end", "sum("),
            "1:5: parse error: unexpected end\n  sum(\n      ^\n");
  EXPECT_EQ(point_at_error("invalid parameter \"query\": 2:1: parse error: x", "a +\n)"),
            "invalid parameter \"query\": 2:1: parse error: x\n  )\n  ^\n");
  EXPECT_EQ(point_at_error("1:4: x", "\xc3\xa4\xc3\xa4!"), "1:4: x\n  \xc3\xa4\xc3\xa4!\n    ^\n")
      << "columns count bytes";
}

TEST(ErrorPointer, LeavesOtherMessagesAlone) {
  for (const char* message : {"no place at all", "1:99: beyond", "9:1: no such line", "0:1: x", "1:0: x",
                              "1:", "a1:2: glued", "99999999999999999999:1: large"}) {
    EXPECT_EQ(point_at_error(message, "up"), std::string(message) + "\n");
  }
}

}  // namespace
}  // namespace weir::app::cli
