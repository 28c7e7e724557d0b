#include "base/suggest.h"

#include <array>

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr std::array<std::string_view, 4> kWords = {"listen", "data_directory", "role", "retention"};

TEST(Suggest, FindsTypingErrors) {
  EXPECT_EQ(nearest("lissten", kWords), "listen");
  EXPECT_EQ(nearest("datadirectory", kWords), "data_directory");
  EXPECT_EQ(nearest("roel", kWords), "role");  // swapped letters are one edit
  EXPECT_EQ(nearest("xrolx", kWords), "");     // two edits of five letters are too many
  EXPECT_EQ(nearest("rol", kWords), "role");
  EXPECT_EQ(nearest("listen", kWords), "listen");
}

TEST(Suggest, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("compaction", kWords), "");
  EXPECT_EQ(nearest("", kWords), "");
  EXPECT_EQ(nearest("listen", {}), "");
  EXPECT_EQ(nearest(std::string(500, 'x'), kWords), "");
}

TEST(Suggest, IsAQuestion) {
  EXPECT_EQ(did_you_mean("lissten", kWords), "; did you mean \"listen\"?");
  EXPECT_EQ(did_you_mean("zzzzzz", kWords), "");
}

}  // namespace
}  // namespace weir
