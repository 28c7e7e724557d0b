#include "redis/reply_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::redis {
namespace {

using Outcome = ReplyReader::Outcome;

std::optional<Outcome> read(ReplyReader& reader, std::string_view bytes) {
  const Status fed = reader.feed(bytes);
  EXPECT_TRUE(fed.ok());
  return reader.next().value();
}

Reply read_one(std::string_view bytes) {
  ReplyReader reader(1'000);
  const std::optional<Outcome> outcome = read(reader, bytes);
  CHECK(outcome && !outcome->error, "one whole reply");
  EXPECT_TRUE(reader.is_empty());
  return outcome->reply;
}

Code code_after(std::string_view bytes, uint64_t limit = 1'000) {
  ReplyReader reader(limit);
  const Status fed = reader.feed(bytes);
  if (!fed.ok()) return fed.error().code;
  const auto outcome = reader.next();
  CHECK(!outcome.ok(), "these bytes are refused");
  return outcome.error().code;
}

TEST(ReplyReader, ReadsEveryKindOfReply) {
  EXPECT_EQ(read_one("+PONG\r\n").text, "PONG");
  EXPECT_EQ(read_one(":-42\r\n").integer, -42);
  EXPECT_EQ(read_one(":-42\r\n").kind, Reply::Kind::kInteger);
  EXPECT_EQ(read_one("$-1\r\n").kind, Reply::Kind::kNull);
  EXPECT_EQ(read_one("*-1\r\n").kind, Reply::Kind::kNull);
  EXPECT_EQ(read_one("$0\r\n\r\n").kind, Reply::Kind::kText);
  EXPECT_EQ(read_one(std::string_view("$5\r\na\0\r\nb\r\n", 11)).text, std::string_view("a\0\r\nb", 5));
  EXPECT_EQ(read_one("*0\r\n").kind, Reply::Kind::kArray);
}

TEST(ReplyReader, ReadsNestedArrays) {
  const Reply reply = read_one("*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n+b\r\n");
  ASSERT_EQ(reply.items.size(), 3U);
  EXPECT_EQ(reply.items[0].integer, 1);
  ASSERT_EQ(reply.items[1].items.size(), 2U);
  EXPECT_EQ(reply.items[1].items[0].text, "a");
  EXPECT_EQ(reply.items[1].items[1].kind, Reply::Kind::kNull);
  EXPECT_EQ(reply.items[2].text, "b");
}

TEST(ReplyReader, ReadsTheSameFromBytesInAnyPieces) {
  const std::string_view bytes = "*3\r\n:12\r\n$5\r\nhello\r\n+OK\r\n";
  ReplyReader reader(1'000);
  for (size_t i = 0; i + 1 < bytes.size(); ++i) ASSERT_FALSE(read(reader, bytes.substr(i, 1))) << i;
  const std::optional<Outcome> outcome = read(reader, bytes.substr(bytes.size() - 1));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reply.items.at(1).text, "hello");
}

TEST(ReplyReader, TellsWhenBytesAreLeftOver) {
  ReplyReader reader(1'000);
  EXPECT_EQ(read(reader, "+one\r\n+two\r\n")->reply.text, "one");
  EXPECT_FALSE(reader.is_empty());
  EXPECT_EQ(reader.next().value()->reply.text, "two");
  EXPECT_TRUE(reader.is_empty());
}

TEST(ReplyReader, AnErrorReplyIsNoValueEvenInsideAnArray) {
  ReplyReader reader(1'000);
  EXPECT_EQ(read(reader, "-ERR no\r\n")->error, "ERR no");
  EXPECT_EQ(read(reader, "*3\r\n:1\r\n-WRONGTYPE a\r\n-ERR b\r\n")->error, "WRONGTYPE a");
  EXPECT_EQ(read(reader, ":1\r\n")->error, std::nullopt);
}

TEST(ReplyReader, RefusesWhatIsNoRespAtAll) {
  for (const char* bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "$x\r\n", "$-2\r\n", "*-2\r\n", ":1a\r\n", "*99999999999\r\n", "\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"}) {
    EXPECT_EQ(code_after(bytes), Code::kUnavailable) << bytes;
  }
}

TEST(ReplyReader, HoldsTheLimitAndNoByteMore) {
  const std::string body(100, 'x');
  const std::string bytes = "$100\r\n" + body + "\r\n";
  ReplyReader exact(bytes.size());
  EXPECT_EQ(read(exact, bytes)->reply.text, body);
  EXPECT_EQ(read(exact, bytes)->reply.text, body) << "the limit is of each reply";
  EXPECT_EQ(code_after(bytes, bytes.size() - 1), Code::kResourceExhausted);
}

TEST(ReplyReader, RefusesALargeArrayBeforeItTakesMemory) {
  EXPECT_EQ(code_after("*2000000000\r\n", 64u << 20), Code::kResourceExhausted);
  EXPECT_EQ(code_after("*2\r\n*10\r\n:1\r\n", 10 * sizeof(Reply)), Code::kResourceExhausted);
}

TEST(ReplyReader, SurvivesAnyBytes) {
  os::Random random(11 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  const std::string_view alphabet = "*$:+-0123456789\r\n\r\nab";
  for (int round = 0; round < 20'000; ++round) {
    ReplyReader reader(10'000);
    std::string bytes;
    for (uint64_t i = random.below(60); i > 0; --i) bytes += alphabet[random.below(alphabet.size())];
    if (!reader.feed(bytes).ok()) continue;
    for (int replies = 0; replies < 100; ++replies) {
      const auto outcome = reader.next();
      if (!outcome.ok() || !outcome.value()) break;
    }
  }
}

}  // namespace
}  // namespace weir::redis
