#include "net/framing.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/request_head.h"

namespace weir::net {
namespace {

constexpr HeadScanner::Limits kLimits{.header_bytes_max = 200, .target_bytes_max = 50};

/// Scans the text as it would arrive byte by byte, or at once.
HeadScanner scan(std::string_view text, bool bytewise) {
  HeadScanner scanner(kLimits);
  HeadScanner::State state = HeadScanner::State::kNeedMore;
  for (size_t size = bytewise ? 1 : text.size();
       size <= text.size() && state == HeadScanner::State::kNeedMore; ++size) {
    state = scanner.scan(text.substr(0, size));
  }
  return scanner;
}

/// The status with which a whole head is refused, by whichever check; 0 when it is accepted.
int verdict(std::string_view text) {
  HeadScanner scanner(kLimits);
  if (scanner.scan(text) == HeadScanner::State::kRefused) return scanner.refusal().status;
  RequestHead head;
  BodyFraming framing;
  std::string path;
  Params query;
  if (const auto refusal = parse_request_head(scanner.head(text), head)) return refusal->status;
  if (const auto refusal = check_fields(head, framing)) return refusal->status;
  if (const auto refusal = decode_target(head, path, query)) return refusal->status;
  return 0;
}

std::string with_fields(std::string_view fields) {
  return fmt::format("POST / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields);
}
std::string with_target(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a:1\r\n\r\n", target);
}

TEST(HeadScanner, FindsTheEndHoweverTheBytesArrive) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string text = head + "next";
  for (const bool bytewise : {false, true}) {
    const HeadScanner scanner = scan(text, bytewise);
    EXPECT_EQ(scanner.head(text), head);
    EXPECT_EQ(scanner.end(), head.size());
  }
}

TEST(HeadScanner, SkipsOneEmptyLineBeforeTheRequest) {
  const std::string text = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(scan(text, true).head(text), text.substr(2));
  EXPECT_EQ(scan(text, true).end(), text.size());
  EXPECT_EQ(verdict("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(HeadScanner, RefusesAsSoonAsNoLaterByteCanHelp) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET / HTTP/1.1\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\n", 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n", 400},
      {"GET / HTTP/2.0\r\n", 505},
      {"GET " + std::string(200, 'a'), 414},
      {"GET / HTTP/1.1\r\nA: " + std::string(200, 'a'), 431},
  };
  for (const auto& [text, status] : cases) {
    for (const bool bytewise : {false, true})
      EXPECT_EQ(scan(text, bytewise).refusal().status, status) << text;
  }
}

TEST(HeadScanner, LimitsAreExact) {
  EXPECT_EQ(verdict(with_target("/" + std::string(49, 'a'))), 0);
  EXPECT_EQ(verdict(with_target("/" + std::string(50, 'a'))), 414);
  const size_t rest = std::string_view("Host: a\r\nB: \r\n").size();
  EXPECT_EQ(verdict(with_fields("B: " + std::string(200 - rest, 'b') + "\r\n")), 0);
  EXPECT_EQ(verdict(with_fields("B: " + std::string(201 - rest, 'b') + "\r\n")), 431);
}

TEST(HeadScanner, CuttingMovesNoLimit) {
  const size_t rest = std::string_view("Host: a\r\nB: \r\n").size();
  for (const std::string& text : {with_target("/" + std::string(49, 'a')),
                                  with_fields("B: " + std::string(200 - rest, 'b') + "\r\n")}) {
    EXPECT_EQ(scan(text, false).end(), text.size());
    EXPECT_EQ(scan(text, true).end(), text.size());
    EXPECT_EQ(scan(text, true).refusal().message, "");
  }
  for (const std::string& text :
       {"GET / " + std::string(100, 'x') + "\r\n", std::string("\xA4GET / HTTP/1.1\r\n")}) {
    EXPECT_NE(scan(text, false).refusal().message, "") << text;
    EXPECT_NE(scan(text, true).refusal().message, "") << text;
  }
}

TEST(HeadScanner, LimitsTheNumberOfFields) {
  HeadScanner scanner({.header_bytes_max = 1 << 20, .target_bytes_max = 100});
  std::string text = "GET / HTTP/1.1\r\n";
  for (size_t i = 0; i < HeadScanner::kFieldsMax; ++i) text += "A: b\r\n";
  EXPECT_EQ(scanner.scan(text), HeadScanner::State::kNeedMore);
  EXPECT_EQ(scanner.scan(text + "A: b\r\n"), HeadScanner::State::kRefused);
  EXPECT_EQ(scanner.refusal().status, 431);
}

TEST(CheckFields, RefusesAmbiguousBodies) {
  for (const std::string_view fields : {
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\ncontent-length: 2\r\n",
           "Content-Length: 1, 1\r\n",
           "Content-Length:\r\n",
           "Content-Length: +1\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 0x1\r\n",
           "Content-Length: 1 1\r\n",
           "Content-Length: 18446744073709551616\r\n",
           "Content-Length : 1\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding: chunked;q=1\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding : chunked\r\n",
           "Transfer-Encoding:\x0b"
           "chunked\r\n",
       }) {
    EXPECT_EQ(verdict(with_fields(fields)), 400) << fields;
  }
  EXPECT_EQ(verdict("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(CheckFields, ReadsTheFraming) {
  RequestHead head;
  BodyFraming framing;
  head.headers.add("Host", "a");
  EXPECT_FALSE(check_fields(head, framing).has_value());
  EXPECT_TRUE(framing.empty());
  head.headers.add("content-length", "18446744073709551615");
  EXPECT_FALSE(check_fields(head, framing).has_value());
  EXPECT_EQ(framing.length, UINT64_MAX);
  head.headers = {};
  head.headers.add("Host", "a");
  head.headers.add("TRANSFER-ENCODING", "Chunked");
  EXPECT_FALSE(check_fields(head, framing).has_value());
  EXPECT_TRUE(framing.chunked);
}

TEST(CheckFields, WantsOneHost) {
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(verdict("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 0);
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0);
  for (const std::string_view host : {"a/b", "a b", "a@b", "a,b", "a?b", "a#b", "a\\b"}) {
    EXPECT_EQ(verdict(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host)), 400) << host;
  }
}

TEST(CheckFields, KnowsOneExpectation) {
  EXPECT_EQ(verdict(with_fields("Expect: 100-Continue\r\n")), 0);
  EXPECT_EQ(verdict(with_fields("Expect: 200-ok\r\n")), 417);
  EXPECT_EQ(verdict(with_fields("Expect: 100-continue\r\nExpect: 100-continue\r\n")), 417);
}

TEST(DecodeTarget, DecodesThePathOnceAndTheQuery) {
  RequestHead head;
  std::string path;
  Params query;
  head.target = "/a%2Fb%252e+c?x=1+2&y=%26";
  ASSERT_FALSE(decode_target(head, path, query).has_value());
  EXPECT_EQ(path, "/a/b%2e+c");
  EXPECT_EQ(query.get("x"), "1 2");
  EXPECT_EQ(query.get("y"), "&");
}

TEST(DecodeTarget, AcceptsTheFormsOfRfc9112) {
  EXPECT_EQ(verdict(with_target("http://a:1/x?y=z")), 0);
  EXPECT_EQ(verdict(with_target("HTTP://A:1")), 0);
  EXPECT_EQ(verdict(with_target("http://other/x")), 400);
  EXPECT_EQ(verdict("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
  EXPECT_EQ(verdict(with_target("*")), 400);
  EXPECT_EQ(verdict(with_target("x")), 400);
  EXPECT_EQ(verdict("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"), 400);
}

TEST(DecodeTarget, RefusesWhatDoesNotDecode) {
  for (const std::string_view target : {"/%", "/%4", "/%zz", "/%00", "/a%00b", "/a?b=%", "/#a", "/a?b#c"}) {
    EXPECT_EQ(verdict(with_target(target)), 400) << target;
  }
}

TEST(WantsKeepAlive, FollowsVersionAndConnection) {
  const auto keeps = [](int minor, std::string_view connection) {
    RequestHead head;
    head.minor_version = minor;
    if (!connection.empty()) head.headers.add("Connection", std::string(connection));
    return wants_keep_alive(head);
  };
  EXPECT_TRUE(keeps(1, ""));
  EXPECT_FALSE(keeps(1, "close"));
  EXPECT_FALSE(keeps(1, "upgrade , CLOSE"));
  EXPECT_FALSE(keeps(0, ""));
  EXPECT_TRUE(keeps(0, "Keep-Alive"));
  EXPECT_FALSE(keeps(0, "keep-alive, close"));
}

}  // namespace
}  // namespace weir::net
