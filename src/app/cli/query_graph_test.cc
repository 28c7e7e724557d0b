#include "app/cli/query_graph.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/graph_axis.h"
#include "app/cli/table.h"

namespace weir::app::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = QueryAnswer::Kind;

constexpr TimestampMs kStart = 1'700'000'000'000;  // 2023-11-14 22:13:20 UTC
constexpr GraphRange kMinutes{kStart, kStart + 600'000, 60'000};

/// A value a minute; "" for none.
AnswerSeries series(const std::string& job, const std::vector<std::string>& values) {
  AnswerSeries made{.labels = {{"__name__", "up"}, {"job", job}}, .points = {}};
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].empty()) made.points.push_back({kStart + static_cast<int64_t>(i) * 60'000, values[i]});
  }
  return made;
}

QueryAnswer answer(std::vector<AnswerSeries> all) {
  return {.kind = Kind::kMatrix, .series = std::move(all), .warnings = {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// What is drawn right of the axis of values, the top row first.
std::vector<std::string> drawn(const std::string& graph) {
  std::vector<std::string> rows;
  for (const std::string& line : lines_of(graph)) {
    const size_t edge = std::min(line.find("┤"), line.find("│"));
    if (edge != std::string::npos) rows.push_back(line.substr(edge + 3));
  }
  return rows;
}

constexpr Terminal kUtf8{.width = 40, .height = 16, .utf8 = true};
constexpr Terminal kAscii{.width = 40, .height = 16};

TEST(QueryGraph, FitsALineIntoAsciiTerminals) {
  const auto graph = to_graph(answer({series("a", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"})}),
                              kMinutes, kAscii);
  EXPECT_EQ(graph,
            "2023-11-14 22:13:20 to 2023-11-14 22:23:20 UTC\n"
            "10 +                                 ***\n"
            "   |                             ****\n"
            "   |                         ****\n"
            "   |                    *****\n"
            " 5 +                ****\n"
            "   |           *****\n"
            "   |       *****\n"
            "   |   ****\n"
            " 0 +***\n"
            "   +------+----------------+------------\n"
            "        22:15            22:20\n"
            "  SERIES       MIN  MEAN  MAX  LAST\n"
            "* up{job=\"a\"}    0     5   10    10\n");
}

TEST(QueryGraph, DrawsDotsWhereTheTerminalHasThem) {
  const auto graph = to_graph(answer({series("a", {"0", "10"})}), {kStart, kStart + 60'000, 60'000}, kUtf8);
  const auto rows = drawn(graph);
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_THAT(rows.front(), HasSubstr("⢀⡠⠤"));
  EXPECT_THAT(graph, HasSubstr("━ up{job=\"a\"}"));
}

TEST(QueryGraph, GapsStayGaps) {
  const auto row_of = [](std::vector<std::string> values) {
    return drawn(to_graph(answer({series("a", std::move(values))}), kMinutes, {.width = 46, .utf8 = true}));
  };
  const auto count_filled = [](const std::vector<std::string>& rows) {
    size_t filled = 0;
    for (const std::string& row : rows) filled += display_width(row) - std::ranges::count(row, ' ');
    return filled;
  };
  const std::vector<std::string> whole(11, "1");
  std::vector<std::string> missing = whole, nan = whole, infinite = whole;
  missing[5] = "";
  nan[5] = "NaN";
  infinite[5] = "+Inf";
  const size_t full = count_filled(row_of(whole));
  EXPECT_EQ(full, 40u);
  for (const auto& values : {missing, nan, infinite}) {
    EXPECT_LT(count_filled(row_of(values)), full - 5);
    EXPECT_GT(count_filled(row_of(values)), full - 10);
  }
}

TEST(QueryGraph, APointAloneIsADot) {
  const auto rows = drawn(to_graph(answer({series("a", {"", "", "", "1"})}), kMinutes, kUtf8));
  EXPECT_EQ(std::ranges::count_if(rows, [](const std::string& row) { return !row.empty(); }), 1);
}

TEST(QueryGraph, AConstantIsALine) {
  for (const char* value : {"0", "-3", "5e-324", "1.7976931348623157e308"}) {
    const auto rows =
        drawn(to_graph(answer({series("a", std::vector<std::string>(11, value))}), kMinutes, kUtf8));
    EXPECT_EQ(std::ranges::count_if(rows, [](const std::string& row) { return !row.empty(); }), 1) << value;
  }
}

TEST(QueryGraph, ScalesByWhatIsFinite) {
  const auto graph = to_graph(answer({series("a", {"1", "NaN", "+Inf", "3", "-Inf"})}), kMinutes, kAscii);
  EXPECT_THAT(graph, HasSubstr("3 +"));
  EXPECT_THAT(graph, HasSubstr("1 +"));
  EXPECT_THAT(graph, HasSubstr("-Inf"));
  EXPECT_THAT(to_graph(answer({series("a", {"NaN", "+Inf"})}), kMinutes, kAscii),
              HasSubstr("no finite values\n"));
  const auto extreme = to_graph(answer({series("a", {"-1.7976931348623157e308", "1.7976931348623157e308"})}),
                                kMinutes, kAscii);
  EXPECT_THAT(extreme, Not(HasSubstr("nan")));
  EXPECT_THAT(extreme, Not(HasSubstr("inf")));
}

TEST(QueryGraph, TellsSeriesApart) {
  const auto two = answer({series("a", {"1", "1"}), series("b", {"2", "2"})});
  const auto coloured = to_graph(two, kMinutes, {.colour = true, .utf8 = true});
  EXPECT_THAT(coloured, HasSubstr("\x1b[36m━\x1b[0m up{job=\"a\"}"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[33m━\x1b[0m up{job=\"b\"}"));
  const auto plain = to_graph(two, kMinutes, {.utf8 = true});
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_THAT(plain, HasSubstr("\n* up{job=\"a\"}"));
  EXPECT_THAT(plain, HasSubstr("\n+ up{job=\"b\"}"));
}

TEST(QueryGraph, DrawsEightAndCountsTheRest) {
  std::vector<AnswerSeries> all;
  for (int i = 0; i < 11; ++i) all.push_back(series(std::to_string(i), {std::to_string(i)}));
  const auto graph = to_graph(answer(std::move(all)), kMinutes, {});
  EXPECT_THAT(graph, HasSubstr("job=\"7\""));
  EXPECT_THAT(graph, Not(HasSubstr("job=\"8\"")));
  EXPECT_THAT(graph, HasSubstr("and 3 more series\n"));
}

TEST(QueryGraph, StaysInTheTerminal) {
  std::vector<AnswerSeries> all;
  for (int i = 0; i < 9; ++i) all.push_back(series(std::string(200, 'x'), {"1", "2000000"}));
  for (const size_t width : {70, 100, 250}) {
    for (const size_t height : {20, 24, 60}) {
      const auto lines =
          lines_of(to_graph(answer(all), kMinutes, {.width = width, .height = height, .utf8 = true}));
      EXPECT_LT(lines.size(), height);
      for (const std::string& line : lines) EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(QueryGraph, HasNothingToDrawOfNothing) {
  EXPECT_EQ(to_graph(answer({}), kMinutes, kUtf8), "no series\n");
}

TEST(QueryGraph, IsHarmlessForTheTerminal) {
  EXPECT_THAT(to_graph(answer({series("\x1b[2J", {"1"})}), kMinutes, kUtf8), Not(HasSubstr("\x1b")));
}

TEST(ValueAxis, HasRoundNumbers) {
  EXPECT_THAT(value_axis(0, 10, 2).labels, ElementsAre("0", "5", "10"));
  EXPECT_THAT(value_axis(0.013, 0.092, 4).labels, ElementsAre("0.000", "0.025", "0.050", "0.075", "0.100"));
  EXPECT_THAT(value_axis(1.2e6, 3.9e6, 3).labels, ElementsAre("1M", "2M", "3M", "4M"));
  EXPECT_THAT(value_axis(-30'000, 20'000, 5).labels, ElementsAre("-30k", "-20k", "-10k", "0k", "10k", "20k"));
  EXPECT_THAT(value_axis(1e-9, 3e-9, 2).labels, ElementsAre("1e-09", "2e-09", "3e-09"));
}

TEST(ValueAxis, EnclosesAllValues) {
  for (double low : {-1e308, -7.3, 0.0, 1e-300, 5e-324, 3.7, 1e16, 1e308}) {
    for (double high : {-7.2, 0.0, 1e-323, 3.70001, 12.0, 1e16 + 2, 1.79e308}) {
      if (low > high) continue;
      for (const size_t intervals : {1, 3, 6}) {
        const ValueAxis axis = value_axis(low, high, intervals);
        EXPECT_LT(axis.low, axis.high) << low << " " << high;
        EXPECT_LE(axis.low, low);
        EXPECT_GE(axis.high, high);
        EXPECT_EQ(axis.labels.size(), intervals + 1);
        EXPECT_TRUE(std::isfinite(axis.share(low)) && axis.share(high) <= 1);
      }
    }
  }
}

TEST(TimeTicks, StandAtRoundTimes) {
  const auto text = [](TimestampMs span_ms, size_t columns) {
    std::string out;
    for (const TimeTick& tick : time_ticks(kStart, kStart + span_ms, columns))
      out += fmt::format("{}:{} ", tick.column, tick.label);
    return out;
  };
  EXPECT_EQ(text(600'000, 61), "4:22:14 16:22:16 28:22:18 40:22:20 52:22:22 ");
  EXPECT_EQ(text(10'000, 61), "0:22:13:20 12:22:13:22 24:22:13:24 36:22:13:26 48:22:13:28 60:22:13:30 ");
  EXPECT_EQ(text(2 * 86'400'000, 61), "2:11-15 17:12:00 32:11-16 47:12:00 ") << "midnight has its day";
  EXPECT_EQ(text(0, 61), "");
}

}  // namespace
}  // namespace weir::app::cli
