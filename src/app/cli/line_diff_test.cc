#include "app/cli/line_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> diff(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  std::vector<std::string> out;
  for (const DiffLine& line : line_diff(first, second)) {
    const char sign = line.side == DiffLine::Side::kBoth    ? ' '
                      : line.side == DiffLine::Side::kFirst ? '-'
                                                            : '+';
    out.push_back(sign + line.text);
  }
  return out;
}

TEST(LineDiff, KeepsWhatBothHave) {
  EXPECT_THAT(diff({"a", "b", "c"}, {"a", "x", "c", "d"}), ElementsAre(" a", "-b", "+x", " c", "+d"));
  EXPECT_THAT(diff({"a", "b", "a", "b"}, {"b", "a", "b"}), ElementsAre("-a", " b", " a", " b"));
}

TEST(LineDiff, OneSideMayBeEmpty) {
  EXPECT_THAT(diff({}, {"a"}), ElementsAre("+a"));
  EXPECT_THAT(diff({"a"}, {}), ElementsAre("-a"));
  EXPECT_THAT(diff({}, {}), IsEmpty());
}

TEST(LineDiff, DoesNotCompareVeryMuch) {
  const std::vector<std::string> many(1'001, "a");
  EXPECT_EQ(line_diff(many, std::vector<std::string>(999, "a")).size(), 1'001u);
  EXPECT_EQ(line_diff(many, many).size(), 2'002u);
}

}  // namespace
}  // namespace weir::app::cli
