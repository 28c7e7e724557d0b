#include "query/pretty.h"

#include <gtest/gtest.h>

#include "query/parser.h"
#include "query/printer.h"

namespace weir::query {
namespace {

std::string prettied(std::string_view text) {
  const auto expr = parse(text, {});
  return expr.ok() ? pretty(**expr) : expr.error().message;
}

const std::string kLong = "a_metric_whose_name_is_so_long_that_two_of_it_do_not_fit_into_one_line";

TEST(Pretty, LeavesWhatFitsALine) {
  EXPECT_EQ(prettied("sum(rate(a[5m]))by(b)  /  2"), "sum by (b) (rate(a[5m])) / 2");
  EXPECT_EQ(prettied(kLong + kLong), kLong + kLong) << "nothing to part";
}

TEST(Pretty, PartsWhatDoesNot) {
  EXPECT_EQ(prettied(kLong + " > bool on(x) group_left(y) " + kLong),
            "  " + kLong + "\n> bool on (x) group_left (y)\n  " + kLong);
  EXPECT_EQ(prettied("-topk by (x) (2+1, rate(" + kLong + "[5m] offset 1h))"),
            "-topk by (x) (\n  2 + 1,\n  rate(" + kLong + "[5m] offset 1h)\n)");
  EXPECT_EQ(prettied("clamp(" + kLong + ", 1, scalar(" + kLong + "))"),
            "clamp(\n  " + kLong + ",\n  1,\n  scalar(" + kLong + ")\n)");
  EXPECT_EQ(prettied("(" + kLong + " + " + kLong + ")[1h:] @ end()"),
            "(\n    " + kLong + "\n  +\n    " + kLong + "\n)[1h:] @ end()");
}

TEST(Pretty, MeansTheSame) {
  for (const std::string& text :
       {"max_over_time((" + kLong + " ^ -" + kLong + ")[1h:5m] offset -2m) or sum without () (" + kLong + ")",
        "label_replace(" + kLong + ", \"a\", \"$1\", \"b\", \"(" + kLong + ")\") unless ignoring (c) x"}) {
    const auto expr = parse(text, {}).value();
    const std::string lines = pretty(*expr);
    EXPECT_NE(lines.find('\n'), std::string::npos);
    EXPECT_EQ(print(*parse(lines, {}).value()), print(*expr));
    EXPECT_EQ(prettied(lines), lines);
  }
}

}  // namespace
}  // namespace weir::query
