#include "app/cli/table.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

TEST(Table, AlignsColumns) {
  Table table({{"SERIES", Align::kLeft}, {"VALUE", Align::kRight}, {"NOTE", Align::kLeft}});
  table.add_row({"up", "1", ""});
  table.add_row({"a_longer_name", "12345.5", "x"});
  EXPECT_EQ(table.to_string({}),
            "SERIES           VALUE  NOTE\n"
            "up                   1\n"
            "a_longer_name  12345.5  x\n");
  EXPECT_EQ(table.width(), 28U);
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({{"A", Align::kLeft}, {"B", Align::kLeft}});
  table.add_row({"\xc3\xa4\xe2\x82\xac", "1"});
  table.add_row({"abcd", "2"});
  EXPECT_EQ(table.to_string({}), "A     B\n\xc3\xa4\xe2\x82\xac    1\nabcd  2\n");
}

TEST(Table, IsStyledOnlyWhereAllowed) {
  Table table({{"A", Align::kLeft}});
  EXPECT_EQ(table.to_string({.colour = true}), "\x1b[1mA\x1b[0m\n");
  EXPECT_EQ(table.to_string({.out_is_terminal = true}), "A\n");
}

TEST(Sparkline, ScalesBetweenSmallestAndLargest) {
  EXPECT_EQ(sparkline({0, 1, 2, 3, 4, 5, 6, 7}), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline({5, 5}), "▁▁");
  EXPECT_EQ(sparkline({}), "");
  EXPECT_EQ(sparkline({0, kNaN, 1}), "▁ █");
  EXPECT_EQ(sparkline({0, kInf, 1, -kInf}), "▁██▁");
  EXPECT_EQ(sparkline({kNaN}), " ");
  EXPECT_EQ(sparkline({-1e308, 1e308}), "▁█") << "the difference itself would overflow";
}

TEST(Resample, TakesMeansOfNeighbours) {
  EXPECT_THAT(resample({1, 2, 3, 4}, 2), testing::ElementsAre(1.5, 3.5));
  EXPECT_THAT(resample({1, 2, 3}, 5), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(resample({1, kNaN, kNaN, kNaN}, 2), testing::ElementsAre(1, testing::IsNan()));
  EXPECT_THAT(resample({1, 2, 3, 4, 5}, 2), testing::ElementsAre(1.5, 4));
}

TEST(Printable, ReplacesControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\xc3\xa4"),
            "a\xef\xbf\xbd[31mb\xef\xbf\xbd"
            "c\xc3\xa4");
}

}  // namespace
}  // namespace weir::app::cli
