#include "wire/exposition.h"

#include <limits>

#include <gtest/gtest.h>

namespace weir::wire {
namespace {

std::string line(const Labels& labels, double value, NameEscaping escaping = NameEscaping::kQuote) {
  std::string out;
  append_exposition(labels, 1'500, value, escaping, out);
  return out;
}

TEST(Exposition, WritesASampleALine) {
  EXPECT_EQ(line(Labels::of({{"__name__", "up"}, {"a", "1"}, {"b", "x\"\\\ny"}}), 2.5),
            "up{a=\"1\",b=\"x\\\"\\\\\\ny\"} 2.5 1500\n");
  EXPECT_EQ(line(Labels::of({{"__name__", "up"}}), std::numeric_limits<double>::infinity()),
            "up +Inf 1500\n");
  EXPECT_EQ(line(Labels::of({{"a", "1"}}), 1), "{a=\"1\"} 1 1500\n");
}

TEST(Exposition, QuotesOrReplacesOtherNames) {
  const Labels labels = Labels::of({{"__name__", "my.mètric"}, {"a b", "c"}});
  EXPECT_EQ(line(labels, 1), "{\"my.mètric\",\"a b\"=\"c\"} 1 1500\n");
  EXPECT_EQ(line(labels, 1, NameEscaping::kUnderscore), "my_m_tric{a_b=\"c\"} 1 1500\n");
  std::string out;
  append_untyped_family("my.metric", NameEscaping::kQuote, out);
  append_untyped_family("2x", NameEscaping::kUnderscore, out);
  EXPECT_EQ(out, "# TYPE \"my.metric\" untyped\n# TYPE _x untyped\n");
}

}  // namespace
}  // namespace weir::wire
