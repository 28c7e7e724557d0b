#include "query/stepwise.h"

#include <gtest/gtest.h>

#include "query/parser.h"

namespace weir::query {
namespace {

bool stepwise(std::string_view text) {
  const auto expr = parse(text, {}, QueryTimes{0, 3'600'000, 60'000});
  EXPECT_TRUE(expr.ok()) << text;
  return is_stepwise(**expr);
}

// gateway/parted_answer_test.cc evaluates random expressions in parts and as a whole.
TEST(Stepwise, IsWhatEachStepAnswersForItself) {
  for (const char* text :
       {"m", "m offset 5m", "m @ 100", "sum by (a) (rate(m[5m]))", "topk(3, m)", "time()",
        "max_over_time(rate(m[5m])[1h:1m])", "max_over_time((m / n)[1h:1m])", "avg_over_time((-m)[1h:1m])",
        "max_over_time(topk(2, m)[1h:1m])", "last_over_time({job='x'}[5m])", "{job='x'} * 2",
        "max_over_time((m > 1)[1h:1m])", "max_over_time(last_over_time(m[5m])[1h:1m])",
        "histogram_quantile(0.9, sum by (le) (rate(m[5m])))"}) {
    EXPECT_TRUE(stepwise(text)) << text;
  }
}

TEST(Stepwise, IsNotWhatKnowsTheRange) {
  for (const char* text :
       {"m @ start()", "m @ end()", "rate(m[5m] @ end())", "m + start()", "m * range()", "m + step()",
        "rate(m[range()])", "m offset (5m + step())", "max_over_time(m[5m:step()])",
        "topk(scalar(m @ end()), m)", "max_over_time(m[1h:1m] @ start())", "info(m)"}) {
    EXPECT_FALSE(stepwise(text)) << text;
  }
}

TEST(Stepwise, IsNotWhatRefusesSeriesThatNeverMeet) {
  for (const char* text :
       {"rate({job='x'}[5m])", "rate({__name__=~'m|n'}[5m])", "sum(rate({__name__!='m',job='x'}[5m]))",
        "max_over_time({job='x'}[1h:1m])", "max_over_time(last_over_time({job='x'}[5m])[1h:1m])",
        "max_over_time(({job='x'} > 1)[1h:1m])", "max_over_time((m / on (a) group_left (__name__) n)[1h:1m])",
        "max_over_time(sum by (__name__) (m)[1h:1m])", "rate({job='x'}[5m] anchored)"}) {
    EXPECT_FALSE(stepwise(text)) << text;
  }
}

}  // namespace
}  // namespace weir::query
