#include "base/check.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(CheckDeathTest, StopsAndSaysWhatWasBelieved) {
  const int two = 2;
  EXPECT_DEATH(CHECK(two == 3, "arithmetic holds"), "check_test.*two == 3.*arithmetic holds");
}

TEST(Check, PassesQuietly) {
  CHECK(true, "truth is true");
}

}  // namespace
}  // namespace weir
