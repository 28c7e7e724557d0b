#include <fmt/format.h>
#include <gtest/gtest.h>

#include "net/http.h"

namespace weir::net {
namespace {

using Items = std::vector<std::pair<std::string, std::string>>;

TEST(Params, ParseKeepsOrderAndRepetition) {
  Params params;
  ASSERT_TRUE(params.parse("match[]=up&start=1&match%5B%5D=go_info").ok());
  EXPECT_EQ(params.items(), (Items{{"match[]", "up"}, {"start", "1"}, {"match[]", "go_info"}}));
  EXPECT_EQ(params.all("match[]"), (std::vector<std::string_view>{"up", "go_info"}));
  EXPECT_EQ(params.get("match[]"), "up");
  EXPECT_EQ(params.get("end"), std::nullopt);
}

TEST(Params, DecodesPlusAndEscapesOnce) {
  Params params;
  ASSERT_TRUE(params.parse("query=a+b%2Bc%2525&e=%C3%A9&n=%00").ok());
  EXPECT_EQ(params.get("query"), "a b+c%25");
  EXPECT_EQ(params.get("e"), "\xC3\xA9");
  EXPECT_EQ(params.get("n"), std::string_view("\0", 1));
}

TEST(Params, AcceptsEmptyPiecesNamesAndValues) {
  Params params;
  ASSERT_TRUE(params.parse("&&a&b=&=c&d=e=f&").ok());
  EXPECT_EQ(params.items(), (Items{{"a", ""}, {"b", ""}, {"", "c"}, {"d", "e=f"}}));
}

TEST(Params, AppendsToWhatWasParsedBefore) {
  Params params;
  ASSERT_TRUE(params.parse("a=1").ok());
  ASSERT_TRUE(params.parse("a=2").ok());
  EXPECT_EQ(params.all("a").size(), 2u);
}

TEST(Params, RefusesBadEscapesWithTheirPositionAndAddsNothing) {
  for (const auto& [text, position] : std::vector<std::pair<std::string, int>>{{"%", 0},
                                                                               {"a=%", 2},
                                                                               {"a=%1", 2},
                                                                               {"a=1&b=%zz", 6},
                                                                               {"a=1&b%2=3", 5},
                                                                               {"x=%2", 2},
                                                                               {"x=%%41", 2},
                                                                               {"x=%4 ", 2}}) {
    Params params;
    const Status parsed = params.parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
    EXPECT_EQ(parsed.error().message, fmt::format("bad %-escape at byte {}", position)) << text;
    EXPECT_TRUE(params.items().empty());
  }
}

TEST(Params, LimitsTheirNumber) {
  std::string text = "a";
  for (int i = 1; i < 1'000; ++i) text += "&a";
  Params params;
  EXPECT_TRUE(params.parse(text).ok());
  EXPECT_FALSE(params.parse("b").ok());
  EXPECT_FALSE(Params().parse(text + "&a").ok());
}

TEST(PercentDecode, TakesPlusAsItselfInPaths) {
  EXPECT_EQ(*percent_decode("/a+b%20c", false), "/a+b c");
  EXPECT_EQ(*percent_decode("/a+b%20c", true), "/a b c");
  EXPECT_FALSE(percent_decode("/%4", false).ok());
}

TEST(PercentEncode, DecodesBackToTheSameBytes) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  const std::string encoded = percent_encode(all);
  EXPECT_EQ(encoded.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~%"),
            std::string::npos);
  EXPECT_EQ(*percent_decode(encoded, false), all);
  EXPECT_EQ(*percent_decode(encoded, true), all);
  EXPECT_EQ(percent_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
}

}  // namespace
}  // namespace weir::net
