#include "stream/live/live_query.h"

#include <gtest/gtest.h>

#include "query/parser.h"

namespace weir::stream {
namespace {

std::string canonical(std::string_view text) {
  return canonical_live_query(text, query::ParseLimits()).value();
}

TEST(CanonicalLiveQuery, IsEqualForTextsThatMeanTheSame) {
  EXPECT_EQ(canonical("sum by(job)(rate(up[60s]))"), canonical("sum  by (job) (rate( up[1m] ))  # why"));
  EXPECT_NE(canonical("sum by(job)(up)"), canonical("sum by(instance)(up)"));
  EXPECT_NE(canonical("up"), canonical("up offset 1m"));
}

TEST(CanonicalLiveQuery, KeepsTextsThatDependOnTheirTimesApart) {
  EXPECT_NE(canonical("sum_over_time(up[step() + 5s])"), canonical("sum_over_time(up[2 * step() + 5s])"));
  EXPECT_NE(canonical("up @ start()"), canonical("up @ end()"));
}

TEST(CanonicalLiveQuery, NamesWhatCannotBeStreamed) {
  EXPECT_EQ(canonical_live_query("sum(", {}).error().code, Code::kInvalidArgument);
  const Error range = canonical_live_query("up[5m]", {}).error();
  EXPECT_EQ(range.code, Code::kInvalidArgument);
  EXPECT_NE(range.message.find("must give an instant vector or a scalar"), std::string::npos)
      << range.message;
}

}  // namespace
}  // namespace weir::stream
