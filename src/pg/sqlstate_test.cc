#include "pg/sqlstate.h"

#include <gtest/gtest.h>

namespace weir::pg {
namespace {

TEST(Sqlstate, MostSpecificRowDecides) {
  EXPECT_EQ(code_of_sqlstate("08006"), Code::kUnavailable);
  EXPECT_EQ(code_of_sqlstate("57P03"), Code::kUnavailable);
  EXPECT_EQ(code_of_sqlstate("57014"), Code::kDeadlineExceeded);
  EXPECT_EQ(code_of_sqlstate("53300"), Code::kUnavailable);
  EXPECT_EQ(code_of_sqlstate("53100"), Code::kResourceExhausted);
  EXPECT_EQ(code_of_sqlstate("23505"), Code::kAlreadyExists);
  EXPECT_EQ(code_of_sqlstate("23514"), Code::kFailedPrecondition);
  EXPECT_EQ(code_of_sqlstate("40P01"), Code::kFailedPrecondition);
  EXPECT_EQ(code_of_sqlstate("42P01"), Code::kFailedPrecondition);
  EXPECT_EQ(code_of_sqlstate("42501"), Code::kPermissionDenied);
  EXPECT_EQ(code_of_sqlstate("42601"), Code::kInternal);
  EXPECT_EQ(code_of_sqlstate("XX001"), Code::kCorruption);
  EXPECT_EQ(code_of_sqlstate(""), Code::kInternal);
}

TEST(Sqlstate, ReadsRefusals) {
  const Error denied = error_of_refusal(
      "connection to server at \"10.0.0.1\", port 5432 failed: FATAL:  28P01: password authentication failed "
      "for "
      "user \"u\"\nLOCATION:  auth_failed, auth.c:338\n");
  EXPECT_EQ(denied.code, Code::kPermissionDenied);
  EXPECT_EQ(denied.message, "postgres: password authentication failed for user \"u\" (SQLSTATE 28P01)");
  const Error starting = error_of_refusal("... failed: FATAL:  57P03: the database system is starting up\n");
  EXPECT_EQ(starting.code, Code::kUnavailable);
  const Error nobody = error_of_refusal(
      "connection to server at \"10.0.0.1\", port 5432 failed: Connection refused\n\tIs the server running?");
  EXPECT_EQ(nobody, unavailable("postgres: no server answers: Connection refused"));
  EXPECT_EQ(error_of_refusal("FATAL:  28p01 : odd").code, Code::kUnavailable);
  EXPECT_EQ(error_of_refusal("FATAL:  28").code, Code::kUnavailable);
  EXPECT_EQ(error_of_refusal("").code, Code::kUnavailable);
}

}  // namespace
}  // namespace weir::pg
