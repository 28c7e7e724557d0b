#include "net/answer_head.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

/// "chunked", the length, "nothing", or "refused".
std::string framing_of(std::string_view fields, std::string_view status_line = "HTTP/1.1 200 OK") {
  auto head = parse_answer_head(std::string(status_line) + "\r\n" + std::string(fields) + "\r\n");
  if (!head.ok()) return "no head: " + head.error().message;
  const auto framing = answer_framing(*head);
  if (!framing.ok()) return "refused";
  if (framing->chunked) return "chunked";
  return std::to_string(framing->length);
}

TEST(AnswerHead, ReadsStatusAndFields) {
  const auto head = parse_answer_head("HTTP/1.1 204 No Content\r\nA: 1\r\nb:\t2 \r\nA: 3\r\n\r\n");
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->status, 204);
  const std::vector<std::pair<std::string, std::string>> wanted = {{"A", "1"}, {"b", "2"}, {"A", "3"}};
  EXPECT_EQ(head->headers.all(), wanted);
  EXPECT_EQ(parse_answer_head("HTTP/1.0 200\r\n\r\n")->minor_version, 0);
}

TEST(AnswerHead, RefusesWhatIsNotOne) {
  for (const std::string_view text :
       {"", "\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\n\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n",
        "HTTP/1.1 600 X\r\n\r\n", "HTTP/1.1 +20 X\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n A: folded\r\n\r\n", "HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : 1\r\n\r\n", "HTTP/1.1 200 OK\r\n: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\n\r\n", "HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA 1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    EXPECT_FALSE(parse_answer_head(text).ok()) << text;
  }
  EXPECT_FALSE(parse_answer_head(std::string_view("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", 26)).ok());
}

TEST(AnswerHead, BoundsTheNumberOfFields) {
  std::string fields;
  for (size_t i = 0; i < HeadScanner::kFieldsMax; ++i) fields += "A: 1\r\n";
  EXPECT_TRUE(parse_answer_head("HTTP/1.1 200 OK\r\n" + fields + "\r\n").ok());
  EXPECT_FALSE(parse_answer_head("HTTP/1.1 200 OK\r\n" + fields + "A: 1\r\n\r\n").ok());
}

TEST(AnswerHead, EndsWithinItsLimit) {
  const std::string_view head = "HTTP/1.1 200 OK\r\n\r\n";
  EXPECT_EQ(find_answer_end(head, head.size()).value(), head.size());
  EXPECT_EQ(find_answer_end(head.substr(0, 18), 19).value(), 0u);
  EXPECT_EQ(find_answer_end(head, head.size() - 1).error().code, Code::kResourceExhausted);
}

TEST(AnswerFraming, TakesExactlyOneWay) {
  EXPECT_EQ(framing_of("Content-Length: 12\r\n"), "12");
  EXPECT_EQ(framing_of("Transfer-Encoding: Chunked\r\n"), "chunked");
  for (const char* fields :
       {"", "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n", "Content-Length:\r\n",
        "Content-Length: -1\r\n", "Content-Length: 0x1\r\n", "Content-Length: 18446744073709551616\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n"}) {
    EXPECT_EQ(framing_of(fields), "refused") << fields;
  }
  EXPECT_EQ(framing_of("Transfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK"), "refused");
}

TEST(AnswerFraming, HasNoBodyWhereTheStatusHasNone) {
  EXPECT_EQ(framing_of("", "HTTP/1.1 204 No Content"), "0");
  EXPECT_EQ(framing_of("Content-Length: 7\r\n", "HTTP/1.1 304 Not Modified"), "0");
  EXPECT_EQ(framing_of("Transfer-Encoding: chunked\r\n", "HTTP/1.1 204 No Content"), "refused");
}

TEST(BeginsEventStream, WhereNothingElseDelimitsTheEvents) {
  const auto begins = [](std::string_view text) { return begins_event_stream(*parse_answer_head(text)); };
  EXPECT_TRUE(begins("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"));
  EXPECT_TRUE(begins("HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream ; charset=utf-8\r\n\r\n"));
  for (const std::string_view text :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\n\r\n",
        "HTTP/1.1 400 Bad\r\nContent-Type: text/event-stream\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    EXPECT_FALSE(begins(text)) << text;
  }
}

TEST(AnswerKeepsAlive, ByVersionAndToken) {
  const auto keeps = [](std::string_view text) { return answer_keeps_alive(*parse_answer_head(text)); };
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: a, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"));
}

}  // namespace
}  // namespace weir::net
