#include "gateway/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

using ::testing::HasSubstr;

TEST(Problem, IsRfc9457WithOurCode) {
  const net::HttpResponse response = problem(not_found("tenant \"x\""));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(
      response.body,
      R"({"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"tenant \"x\""})");
}

TEST(Problem, SaysWhenTryingAgainHelps) {
  EXPECT_EQ(problem(unavailable("x")).headers.get("Retry-After"), "1");
  EXPECT_FALSE(problem(invalid_argument("x")).headers.has("Retry-After"));
}

TEST(PrometheusError, UsesPrometheusWordsAndStatuses) {
  EXPECT_EQ(prometheus_error(invalid_argument("bad")).body,
            R"({"status":"error","errorType":"bad_data","error":"bad"})");
  EXPECT_EQ(prometheus_error(invalid_argument("bad")).status, 400);
  EXPECT_EQ(prometheus_error(resource_exhausted("limit")).status, 422);
  EXPECT_EQ(prometheus_error(failed_precondition("many-to-many")).status, 422);
  EXPECT_THAT(prometheus_error(deadline_exceeded("slow")).body, HasSubstr(R"("errorType":"timeout")"));
}

TEST(WriteError, LetsSendersRetryWhateverMayPass) {
  for (const Error& error : {resource_exhausted("full"), unavailable("away"), deadline_exceeded("slow"),
                             io_error("disk"), cancelled("stopping")}) {
    EXPECT_EQ(write_error(error).status, 503) << error.message;
    EXPECT_EQ(write_error(error).headers.get("Retry-After"), "1");
  }
  EXPECT_EQ(write_error(invalid_argument("bad")).status, 400);
}

}  // namespace
}  // namespace weir::gateway
