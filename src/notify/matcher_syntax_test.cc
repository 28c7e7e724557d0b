#include "notify/matcher_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::notify {
namespace {

using testing::HasSubstr;

std::string read(std::string_view text) {
  const auto matchers = parse_matchers(text);
  return matchers.ok() ? matchers_text(*matchers) : "error: " + matchers.error().message;
}

TEST(MatcherSyntax, ReadsOneAndMany) {
  EXPECT_EQ(read("severity=page"), R"({severity="page"})");
  EXPECT_EQ(read(" severity = \"page\" "), R"({severity="page"})");
  EXPECT_EQ(read("a!=b,c=~d|e, f!~\"g\""), R"({a!="b",c=~"d|e",f!~"g"})");
  EXPECT_EQ(read("{a=\"b,c\",d=\"}\"}"), R"({a="b,c",d="}"})");
  EXPECT_EQ(read("{a=b,}"), R"({a="b"})");
  EXPECT_EQ(read(""), "{}");
  EXPECT_EQ(read("{}"), "{}");
  EXPECT_EQ(read("a="), R"({a=""})");
  EXPECT_EQ(read("a=b c"), R"({a="b c"})");
}

TEST(MatcherSyntax, KnowsTheEscapesOfBefore) {
  EXPECT_EQ(read(R"(a="x\"y\\z\nw")"), R"({a="x\"y\\z\nw"})");
  EXPECT_EQ(read(R"(a=~"\d+\.b")"), R"({a=~"\\d+\\.b"})");  // other backslashes stand for themselves
  EXPECT_EQ(read(R"(a=~\d+)"), R"({a=~"\\d+"})");
}

TEST(MatcherSyntax, SplitsAtCommasAsBefore) {
  EXPECT_EQ(read(R"(a=\,b=c)"), R"({a="\\",b="c"})");
  EXPECT_EQ(read(R"(a="\",b=",c=d)"), R"({a="\",b=",c="d"})");
  EXPECT_THAT(read(R"(a="\,",b=c)"), HasSubstr("closing quote"));
}

TEST(MatcherSyntax, TakesNamesOfAnyScript) {
  EXPECT_EQ(read("größe=L"), R"({größe="L"})");
  EXPECT_EQ(read(R"("foo bar"="x")"), R"({"foo bar"="x"})");
  EXPECT_EQ(read(R"({"a\u00fcb"=~"c", d=e})"), R"({aüb=~"c",d="e"})");
}

TEST(MatcherSyntax, SaysWhatIsWrong) {
  EXPECT_THAT(read("severity"), HasSubstr("expected =, !=, =~ or !~ after severity"));
  EXPECT_THAT(read("=x"), HasSubstr("expected a label name"));
  EXPECT_THAT(read("a=\"b"), HasSubstr("closing quote"));
  EXPECT_THAT(read("a=\"b\"c"), HasSubstr("behind the closing quote"));
  EXPECT_THAT(read("a=b\"c"), HasSubstr("quote"));
  EXPECT_THAT(read("a=~\"(\""), HasSubstr("missing"));
  EXPECT_THAT(read(R"("a"="b" "c"="d")"), HasSubstr("expected a comma between matchers at byte 9"));
  EXPECT_THAT(read(R"({"a"="b")"), HasSubstr("closing brace"));
  EXPECT_THAT(read(R"("a\q"="b")"), HasSubstr("escapes"));
  EXPECT_THAT(read("a=\xff"), HasSubstr("not UTF-8"));
}

TEST(MatcherSyntax, SortsAsAlertmanager) {
  auto matchers = parse_matchers("b=1,a=2,a!=1,a=1").value();
  sort_matchers(matchers);
  EXPECT_EQ(matchers_text(matchers), R"({a="1",a!="1",a="2",b="1"})");
}

}  // namespace
}  // namespace weir::notify
