#include "gateway/gateway.h"

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

net::Headers headers(std::string host, std::string origin = {}) {
  net::Headers result;
  result.add("Host", std::move(host));
  if (!origin.empty()) result.add("Origin", std::move(origin));
  return result;
}

TEST(CheckOrigin, LetsLoopbackNamesIn) {
  for (const char* host :
       {"localhost", "localhost:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "weir.localhost"}) {
    EXPECT_TRUE(check_origin("POST", headers(host), true).ok()) << host;
  }
}

TEST(CheckOrigin, RefusesARebindingNameOnLoopback) {
  for (const char* host : {"evil.example", "evil.example:8080", "localhost.evil.example", "[2001:db8::1]"}) {
    EXPECT_EQ(check_origin("GET", headers(host), true).error().code, Code::kPermissionDenied) << host;
  }
  EXPECT_TRUE(check_origin("GET", headers("metrics.example"), false).ok());
}

TEST(CheckOrigin, LetsOnlyItsOwnPagesChangeThings) {
  EXPECT_TRUE(check_origin("POST", headers("localhost:8080", "http://localhost:8080"), true).ok());
  EXPECT_FALSE(check_origin("POST", headers("localhost:8080", "http://evil.example"), true).ok());
  EXPECT_FALSE(check_origin("POST", headers("localhost:8080", "null"), true).ok());
  EXPECT_TRUE(check_origin("GET", headers("localhost:8080", "http://evil.example"), true).ok());
}

}  // namespace
}  // namespace weir::gateway
