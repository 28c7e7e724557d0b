#include "net/http.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_TRUE(headers.has("CONTENT-TYPE"));
  EXPECT_FALSE(headers.has("Content-Typ"));
  EXPECT_EQ(headers.get("Host"), "");
}

TEST(Headers, SetReplacesAllOfThatNameAndKeepsTheOthers) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  headers.set("A", "4");
  headers.set("C", "5");
  const std::vector<std::pair<std::string, std::string>> wanted = {{"A", "4"}, {"B", "2"}, {"C", "5"}};
  EXPECT_EQ(headers.all(), wanted);
}

TEST(HttpResponse, TextAndJsonNameTheirType) {
  EXPECT_EQ(HttpResponse::text(404, "x").headers.get("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(HttpResponse::json(200, "{}").headers.get("Content-Type"), "application/json");
  EXPECT_EQ(HttpResponse::json(201, "{}").status, 201);
}

TEST(ReasonPhrase, KnowsTheCommonOnes) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(503), "Service Unavailable");
  EXPECT_EQ(reason_phrase(299), "Unknown");
}

}  // namespace
}  // namespace weir::net
