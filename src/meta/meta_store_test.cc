#include "meta/meta_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::meta {
namespace {

std::string message_of(std::string_view name) {
  const Status status = validate_tenant_name(name);
  return status.ok() ? "" : status.error().message;
}

TEST(TenantName, AcceptsEveryAllowedCharacterUpToTheLimit) {
  EXPECT_EQ(message_of("azAZ09!-_.*'()"), "");
  EXPECT_EQ(message_of(std::string(150, 'x')), "");
  EXPECT_EQ(message_of("..."), "");
}

TEST(TenantName, RefusesEverythingElseAndSaysWhy) {
  EXPECT_THAT(message_of(""), testing::HasSubstr("empty"));
  EXPECT_THAT(message_of(std::string(151, 'x')), testing::HasSubstr("151 characters, limit 150"));
  EXPECT_THAT(message_of("ac me"), testing::HasSubstr("byte 0x20 at position 2"));
  EXPECT_THAT(message_of(std::string_view("a\0", 2)), testing::HasSubstr("byte 0x00 at position 1"));
  EXPECT_THAT(message_of(".."), testing::HasSubstr("not allowed"));
}

TEST(TenantName, RefusesEveryOtherByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool mark = c != '\0' && std::string_view("!-_.*'()").find(c) != std::string_view::npos;
    EXPECT_EQ(message_of(std::string("a") + c).empty(), letter || mark) << byte;
  }
}

}  // namespace
}  // namespace weir::meta
