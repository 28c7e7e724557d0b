#include "log/kafka/record_headers.h"

#include <gtest/gtest.h>

namespace weir::log::kafka {
namespace {

TEST(TenantHeader, ReadsDecimalIds) {
  EXPECT_EQ(parse_tenant("0"), TenantId::from_stored(0));
  EXPECT_EQ(parse_tenant("42"), TenantId::from_stored(42));
  EXPECT_EQ(parse_tenant("18446744073709551615"), TenantId::from_stored(~uint64_t{0}));
}

TEST(TenantHeader, RefusesAnythingElse) {
  for (const char* text : {"", " ", "-1", "+1", "1 ", " 1", "0x10", "1.0", "18446744073709551616", "acme"})
    EXPECT_FALSE(parse_tenant(text)) << '"' << text << '"';
  EXPECT_FALSE(parse_tenant({"1\0", 2}));
}

}  // namespace
}  // namespace weir::log::kafka
