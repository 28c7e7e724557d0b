#include "gateway/escaped_name.h"

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

TEST(EscapedName, IsReadAsPrometheusWritesIt) {
  EXPECT_EQ(unescaped_name("job"), "job");
  EXPECT_EQ(unescaped_name("U__lieu_20_exact"), "lieu exact");
  EXPECT_EQ(unescaped_name("U__a__b"), "a_b");
  EXPECT_EQ(unescaped_name("U__temp_e9_rature_2e_eau"), "temp\xc3\xa9rature.eau");
  EXPECT_EQ(unescaped_name("U___1F600_"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(unescaped_name("U__"), "");
}

TEST(EscapedName, WhatIsNoneStandsForItself) {
  for (const char* text : {"U_", "U", "u__a", "U__a_", "U__a_2", "U__a_zz_", "U___110000_", "U___d800_",
                           "U___0000020_", "U___+20_", "U___-1_"}) {
    EXPECT_EQ(unescaped_name(text), text);
  }
}

}  // namespace
}  // namespace weir::gateway
