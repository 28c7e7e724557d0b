#include "redis/reply_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::redis {
namespace {

TEST(ReplyError, HasACodeForEachFamily) {
  EXPECT_EQ(to_error("LOADING Redis is loading the dataset in memory").code, Code::kUnavailable);
  EXPECT_EQ(to_error("READONLY You can't write against a read only replica.").code, Code::kUnavailable);
  EXPECT_EQ(to_error("ERR max number of clients reached").code, Code::kUnavailable);
  EXPECT_EQ(to_error("OOM command not allowed when used memory > 'maxmemory'.").code,
            Code::kResourceExhausted);
  EXPECT_EQ(to_error("NOAUTH Authentication required.").code, Code::kPermissionDenied);
  EXPECT_EQ(to_error("NOSCRIPT No matching script. Please use EVAL.").code, Code::kNotFound);
  EXPECT_EQ(to_error("MOVED 3999 127.0.0.1:6381").code, Code::kUnsupported);
  EXPECT_EQ(to_error("WRONGTYPE Operation against a key").code, Code::kInternal);
  EXPECT_EQ(to_error("BUSYKEY Target key name already exists.").code, Code::kInternal);
  EXPECT_EQ(to_error("").code, Code::kInternal);
}

TEST(ReplyError, KeepsTheServersTextButNeitherArgumentsNorControls) {
  EXPECT_EQ(to_error("WRONGTYPE Operation").message, "WRONGTYPE Operation");
  EXPECT_EQ(to_error("ERR unknown command 'SETT', with args beginning with: 'key' 'secret' ").message,
            "ERR unknown command 'SETT'");
  EXPECT_EQ(to_error("ERR a\x1b[31mb\n").message, "ERR a?[31mb?");
  EXPECT_EQ(to_error("ERR " + std::string(1'000, 'x')).message.size(), 200U);
}

TEST(ReplyError, OfAuthRepeatsNothingThatCouldBeThePassword) {
  for (const char* text :
       {"WRONGPASS invalid username-password pair or user is disabled.",
        "ERR unknown command 'AUTH', with args beginning with: 'hunter2' ", "ERR invalid password hunter2"}) {
    const Error error = to_auth_error(text);
    EXPECT_EQ(error.code, Code::kPermissionDenied) << text;
    EXPECT_THAT(error.message, testing::Not(testing::HasSubstr("hunter2")));
  }
  EXPECT_EQ(to_auth_error("LOADING Redis is loading").code, Code::kUnavailable);
}

}  // namespace
}  // namespace weir::redis
