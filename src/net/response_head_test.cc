#include "net/response_head.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

constexpr ResponseFraming kFraming{.date = "D"};

TEST(ResponseHead, HasWhatTheServerOwns) {
  HttpResponse response = HttpResponse::text(200, "four", "a/b");
  EXPECT_EQ(response_head(response, kFraming),
            "HTTP/1.1 200 OK\r\nServer: weir\r\nDate: D\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\n");
  EXPECT_NE(response_head(response, {.close = true, .date = "D"}).find("\r\nConnection: close\r\n"),
            std::string::npos);
  EXPECT_NE(
      response_head(response, {.say_keep_alive = true, .date = "D"}).find("\r\nConnection: keep-alive\r\n"),
      std::string::npos);
}

TEST(ResponseHead, SkipsTheApplicationsIdeaOfFraming) {
  HttpResponse response;
  for (const char* name :
       {"content-length", "Transfer-Encoding", "Connection", "date", "SERVER", "Keep-Alive"}) {
    response.headers.add(name, "x");
  }
  EXPECT_EQ(response_head(response, kFraming),
            "HTTP/1.1 200 OK\r\nServer: weir\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, NoValueCanEndItsLine) {
  HttpResponse response;
  response.headers.add("A", std::string("b\r\nSet-Cookie: c\0\n\x7f"
                                        "d\te\xC3\xA9",
                                        24));
  response.headers.add("Bad\r\nName", "x");
  response.headers.add("", "x");
  const std::string head = response_head(response, kFraming);
  EXPECT_NE(head.find("\r\nA: b  Set-Cookie: c   d\te\xC3\xA9\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("Bad"), std::string::npos);
  EXPECT_EQ(head.find("\r\n:"), std::string::npos);
}

TEST(ResponseHead, SomeAnswersHaveNoLength) {
  for (const int status : {204, 304}) {
    HttpResponse response;
    response.status = status;
    EXPECT_EQ(response_head(response, kFraming).find("Content-Length"), std::string::npos) << status;
  }
}

TEST(ResponseHead, SaysNoLengthOfABodyThatEndsWithTheConnection) {
  EXPECT_EQ(response_head(HttpResponse(), {.close = true, .until_close = true, .date = "D"}),
            "HTTP/1.1 200 OK\r\nServer: weir\r\nDate: D\r\nConnection: close\r\n\r\n");
}

TEST(HttpDate, IsAnImfFixdate) {
  EXPECT_EQ(http_date(784'111'777'000), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(1'709'210'096'999), "Thu, 29 Feb 2024 12:34:56 GMT");
}

}  // namespace
}  // namespace weir::net
