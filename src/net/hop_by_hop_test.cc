#include "net/hop_by_hop.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

TEST(HopByHop, KnowsTheFieldsOfOneConnection) {
  for (const char* name : {"Connection", "keep-alive", "TE", "Trailer", "transfer-encoding", "UPGRADE",
                           "Proxy-Authorization", "proxy-connection", "Proxy-Authenticate"}) {
    EXPECT_TRUE(is_hop_by_hop(name)) << name;
  }
  for (const char* name : {"Content-Type", "Authorization", "Prox", "Trailers", "X-TE", ""}) {
    EXPECT_FALSE(is_hop_by_hop(name)) << name;
  }
}

TEST(EndToEnd, DropsWhatConnectionNames) {
  Headers headers;
  headers.add("Accept", "a");
  headers.add("Connection", "close , X-Scope-OrgID");
  headers.add("connection", "x-second");
  headers.add("x-scope-orgid", "t");
  headers.add("X-Second", "2");
  headers.add("X-Third", "3");
  headers.add("Upgrade", "h2c");
  headers.add("accept", "b");
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"Accept", "a"}, {"X-Third", "3"}, {"accept", "b"}};
  EXPECT_EQ(end_to_end(headers).all(), wanted);
}

}  // namespace
}  // namespace weir::net
