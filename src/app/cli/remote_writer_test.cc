#include "app/cli/remote_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

net::HttpResponse refusal(std::string reasons) {
  auto response = net::HttpResponse::text(400, "7 samples accepted, 3 rejected\nseries 0: ...\n");
  if (!reasons.empty()) response.headers.set("X-Weir-Rejected", std::move(reasons));
  return response;
}

TEST(RemoteWriter, CountsByReason) {
  WriteTally tally;
  ASSERT_TRUE(add_verdict(net::HttpResponse{204, {}, {}}, 10, tally).ok());
  ASSERT_TRUE(add_verdict(refusal("too_far_in_future=2,invalid_histogram=1"), 10, tally).ok());
  ASSERT_TRUE(add_verdict(refusal("too_far_in_future=10"), 10, tally).ok());
  EXPECT_EQ(tally.sent, 30u);
  EXPECT_EQ(tally.accepted, 17u);
  EXPECT_EQ(tally.rejected_count(), 13u);
  EXPECT_THAT(tally.rejected, ElementsAre(Pair("invalid_histogram", 1u), Pair("too_far_in_future", 12u)));
}

TEST(RemoteWriter, ARefusalOfTheBodyIsAnError) {
  WriteTally tally;
  EXPECT_THAT(add_verdict(refusal(""), 10, tally).error().message, HasSubstr("400"));
  EXPECT_THAT(add_verdict(net::HttpResponse::text(413, "too large\n"), 10, tally).error().message,
              HasSubstr("too large"));
  EXPECT_EQ(tally.sent, 0u);
}

TEST(RemoteWriter, HostileReasonsCountNoMoreThanWasSent) {
  WriteTally tally;
  ASSERT_TRUE(add_verdict(refusal("a=99999999999999999999,=,b,\x1b=5"), 10, tally).ok());
  EXPECT_LE(tally.accepted, 10u);
  EXPECT_THAT(tally.rejected, testing::Not(testing::Contains(Pair(HasSubstr("\x1b"), testing::_))));
}

}  // namespace
}  // namespace weir::app::cli
