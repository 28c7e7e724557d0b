#include "app/cli/write_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

TEST(WriteBatch, TakesTextAndJsonLines) {
  WriteBatch batch;
  ASSERT_TRUE(batch.add_line("# HELP up Whether it is up", 1).ok());
  ASSERT_TRUE(batch.add_line("", 2).ok());
  ASSERT_TRUE(batch.add_line("  \t\r", 3).ok());
  ASSERT_TRUE(batch.add_line("up 1\r", 4).ok());
  ASSERT_TRUE(batch.add_line(R"({"name": "a", "value": 2})", 5).ok());
  ASSERT_TRUE(batch.add_line(R"([{"name":"b","value":3},{"name":"c","value":4}])", 6).ok());
  ASSERT_TRUE(batch.add_line("[]", 7).ok());
  EXPECT_EQ(
      batch.body(),
      R"([{"name":"up","value":1},{"name": "a", "value": 2},{"name":"b","value":3},{"name":"c","value":4}])");
  EXPECT_EQ(batch.size(), 4U);
  EXPECT_EQ(batch.line_of(0), 4U);
  EXPECT_EQ(batch.line_of(3), 6U);
  EXPECT_EQ(batch.line_of(4), 0U);
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.body(), "[]");
}

TEST(WriteBatch, ABadLineAddsNothing) {
  WriteBatch batch;
  for (const char* line : {"up", "{", "{}}", "[1]", "[{}", "[{},2]", "up{ 1", "\x01"}) {
    EXPECT_EQ(batch.add_line(line, 1).error().code, Code::kInvalidArgument) << line;
  }
  EXPECT_FALSE(batch.add_line(std::string(10'000, '['), 1).ok()) << "deep nesting";
  EXPECT_TRUE(batch.empty());
}

TEST(WriteBatch, IsFullByCountAndByBytes) {
  WriteBatch batch;
  for (size_t i = 1; i < WriteBatch::kElementsMax; ++i) ASSERT_TRUE(batch.add_line("up 1", i).ok());
  EXPECT_FALSE(batch.full());
  ASSERT_TRUE(batch.add_line("up 1", 0).ok());
  EXPECT_TRUE(batch.full());
  batch.clear();
  ASSERT_TRUE(batch.add_line("up{a=\"" + std::string(WriteBatch::kBytesMax, 'x') + "\"} 1", 1).ok());
  EXPECT_TRUE(batch.full());
}

TEST(Verdict, ReadsTheServersAnswer) {
  const auto verdict = parse_verdict(
      R"({"status":"partial","accepted":2,"rejected":1,"rejections":[{"index":1,"reason":"r","limit":3,"message":"too many"}]})");
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->accepted, 2U);
  EXPECT_EQ(verdict->rejected, 1U);
  ASSERT_EQ(verdict->rejections.size(), 1U);
  EXPECT_EQ(verdict->rejections[0].index, 1U);
  EXPECT_EQ(verdict->rejections[0].message, "too many");
}

TEST(Verdict, RefusesAnythingElse) {
  for (const char* body : {"", "{}", "[]", "1", "{\"detail\":\"no\"}", "<html>"}) {
    EXPECT_FALSE(parse_verdict(body).ok()) << body;
  }
  EXPECT_EQ(parse_verdict(R"({"accepted":-1,"rejected":"x","rejections":[1,{}]})").value().accepted, 0U);
}

}  // namespace
}  // namespace weir::app::cli
