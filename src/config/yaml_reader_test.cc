#include "config/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/loader.h"

namespace weir::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// "key=value@line:column" of each entry.
std::vector<std::string> read(std::string_view text) {
  const auto entries = read_yaml(text);
  if (!entries.ok()) return {"error " + entries.error().message};
  std::vector<std::string> out;
  for (const FileEntry& entry : *entries) {
    out.push_back(entry.key + "=" + entry.value + "@" + std::to_string(entry.line) + ":" +
                  std::to_string(entry.column));
  }
  return out;
}

std::string error_of(std::string_view text) {
  const auto entries = read_yaml(text);
  return entries.ok() ? "" : entries.error().message;
}

TEST(YamlReader, FlattensGroups) {
  EXPECT_THAT(read("server:\n  listen: a:1\n  roles: [query, ruler]\nstorage.path: 'x y'\n"),
              testing::ElementsAre("server.listen=a:1@2:11", "server.roles=query,ruler@3:10",
                                   "storage.path=x y@4:15"));
}

TEST(YamlReader, ReadsEveryStyleOfText) {
  EXPECT_THAT(read("{a: {b: \"x\\ty\", c: ''}, d: |\n  two\n  lines\n}"),
              testing::Contains(HasSubstr("error")));
  EXPECT_THAT(read("a: \"x\\ty\"\nb: ''\nc: >-\n  two\n  lines\n"),
              testing::ElementsAre("a=x\ty@1:4", "b=@2:4", "c=two lines@3:4"));
  EXPECT_THAT(read("a: 007\nb: on\nc: 1e3\n"), testing::ElementsAre("a=007@1:4", "b=on@2:4", "c=1e3@3:4"));
}

TEST(YamlReader, AnEmptyFileIsAnEmptyConfiguration) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "--- {}\n", "\xef\xbb\xbf"}) {
    EXPECT_THAT(read(text), testing::IsEmpty()) << text;
  }
}

TEST(YamlReader, RefusesRepeatedKeys) {
  EXPECT_THAT(error_of("a: 1\na: 2\n"), StartsWith("2:1: a: set twice"));
  EXPECT_THAT(error_of("s:\n  a: 1\n  b: 2\n  a: 1\n"), StartsWith("4:3: s.a: set twice"));
  EXPECT_THAT(error_of("s:\n  a: 1\ns:\n  b: 1\n"), StartsWith("3:1: s: set twice"));
  EXPECT_THAT(error_of("s.a: 1\ns:\n  a: 2\n"), StartsWith("3:3: s.a: set twice"));
}

TEST(YamlReader, RefusesWhatAConfigurationDoesNotNeed) {
  EXPECT_THAT(error_of("a: &x 1\nb: *x\n"), HasSubstr("an anchor"));
  EXPECT_THAT(error_of("a: *x\n"), HasSubstr("1:"));
  EXPECT_THAT(error_of("a: !!str 1\n"), HasSubstr("a tag"));
  EXPECT_THAT(error_of("a: 1\n---\nb: 2\n"), HasSubstr("a second document"));
  EXPECT_THAT(error_of("just text\n"), HasSubstr("expected keys"));
  EXPECT_THAT(error_of("- a\n- b\n"), HasSubstr("a list where a key is expected"));
  EXPECT_THAT(error_of("a: [[1]]\n"), HasSubstr("a list where a key is expected"));
  EXPECT_THAT(error_of("a: [{b: 1}]\n"), HasSubstr("keys inside a list"));
  EXPECT_THAT(error_of("? {a: 1}\n: 2\n"), HasSubstr("keys inside a list or a key"));
  EXPECT_THAT(error_of("? [a]\n: 2\n"), HasSubstr("a list where a key is expected"));
}

TEST(YamlReader, RefusesAKeyWithoutValue) {
  for (const char* text : {"a:\n", "a: ~\n", "a: null\n", "s:\n  a:\n  b: 1\n", "a: [~]\n", "~: 1\n"}) {
    EXPECT_THAT(error_of(text), testing::ContainsRegex("no value|no key")) << text;
  }
}

TEST(YamlReader, RefusesBadSyntaxWithItsPosition) {
  for (const char* text :
       {"a: [1\n", "a: 'x\n", "a: 'x", "a: \"x\n", "a: \"x", "a: b: c\n", "\ta: 1\n", "a: \"\\q\"\n",
        "%YAML 9.9\n---\na: 1\n", "a: @x\n", "a: 1\n b: 2\n", "}", ", a: 1"}) {
    EXPECT_THAT(error_of(text), testing::ContainsRegex("^[0-9]+:[0-9]+: ")) << text;
  }
}

TEST(YamlReader, RefusesBytesThatAreNotText) {
  EXPECT_EQ(error_of("a: 1\nb: \xff\n"), "2:4: byte 0xff is not UTF-8");
  EXPECT_EQ(error_of(std::string_view("a: 1\0", 5)), "1:5: byte 0x00 is a control character");
  EXPECT_EQ(error_of("a: 1\n\x04\nb: 2\n"), "2:1: byte 0x04 is a control character");
  for (const char* bad :
       {"\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xe2\x82", "\x80"}) {
    EXPECT_THAT(error_of(std::string("a: ") + bad), HasSubstr("is not UTF-8"));
  }
  EXPECT_THAT(read("a: \xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8a\n"),
              testing::ElementsAre(StartsWith("a=\xc3\xa4")));
}

TEST(YamlReader, BoundsDepth) {
  std::string nested = "x";
  for (size_t i = 0; i < kFileDepthMax; ++i) nested = "{k: " + nested + "}";
  EXPECT_EQ(error_of(nested), "");
  nested = "{k: " + nested + "}";
  const auto deep = read_yaml(nested);
  ASSERT_FALSE(deep.ok());
  EXPECT_EQ(deep.error().code, Code::kResourceExhausted);
  EXPECT_FALSE(read_yaml(std::string(100'000, '[')).ok());
  EXPECT_FALSE(read_yaml(std::string(100'000, '{')).ok());
}

TEST(YamlReader, RefusesABombOfAliases) {
  std::string bomb = "a0: &a0 [x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last + ", " + last +
            "]\n";
  }
  EXPECT_THAT(error_of(bomb), HasSubstr("an anchor"));
}

}  // namespace
}  // namespace weir::config
