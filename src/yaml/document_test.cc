#include "yaml/document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::yaml {
namespace {

using testing::HasSubstr;

constexpr Limits kWithAliases = {.depth_max = 4, .nodes_max = 100, .aliases = true};

// The tree in one line: {key:value,...}, [item,...], ~ for null.
std::string show(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Kind::kNull:
      return "~";
    case Kind::kScalar:
      return node.value;
    case Kind::kList:
      for (const Node* item : node.items) out += (out.empty() ? "" : ",") + show(*item);
      return "[" + out + "]";
    case Kind::kMap:
      for (const auto& [key, value] : node.entries)
        out += (out.empty() ? "" : ",") + show(*key) + ":" + show(*value);
      return "{" + out + "}";
  }
  return out;
}

std::string read(std::string_view text, const Limits& limits = kWithAliases) {
  const auto document = parse(text, limits);
  if (!document.ok()) return document.error().message;
  return document->root == nullptr ? "" : show(*document->root);
}

TEST(YamlDocument, KeepsOrderRepeatedKeysAndPlaces) {
  const auto document = parse("b: 1\na:\n  - x\n  - {y: ~}\nb: 2\n", kWithAliases).value();
  EXPECT_EQ(show(*document.root), "{b:1,a:[x,{y:~}],b:2}");
  const auto& [key, list] = document.root->entries[1];
  EXPECT_EQ(to_text(key->mark), "2:1");
  EXPECT_EQ(to_text(list->items[1]->mark), "4:5");
}

TEST(YamlDocument, AnAliasStandsForItsNode) {
  EXPECT_EQ(read("a: &x [1, 2]\nb: *x\nc: &y 3\n*y : 4\n"), "{a:[1,2],b:[1,2],c:3,3:4}");
  EXPECT_THAT(read("a: *x\n"), HasSubstr("1:4: "));
  EXPECT_THAT(read("a: &x [*x]\n"), HasSubstr("an alias inside what it stands for"));
  EXPECT_THAT(read("a: &x 1\nb: *x\n", {}), HasSubstr("an anchor"));
}

TEST(YamlDocument, BoundsWhatAliasesStandFor) {
  std::string bomb = "a0: &a0 [x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += fmt::format("a{}: &a{} [{}, {}, {}]\n", i, i, last, last, last);
  }
  EXPECT_THAT(read(bomb, {.depth_max = 100, .nodes_max = 1'000, .aliases = true}),
              HasSubstr("more than 1000 values, aliases followed"));
  EXPECT_THAT(read(bomb), HasSubstr("deeper than 4 levels"));
}

TEST(YamlDocument, BoundsDepth) {
  EXPECT_EQ(read("[[[[x]]]]"), "[[[[x]]]]");
  EXPECT_EQ(read("[[[[[x]]]]]"), "1:5: deeper than 4 levels");
}

TEST(YamlDocument, ASecondDocumentIsRefusedOrPassedOver) {
  EXPECT_THAT(read("a: 1\n---\nb: 2\n"), HasSubstr("a second document"));
  const auto document = parse("a: 1\n---\nb: [2\n", {.first_only = true}).value();
  EXPECT_EQ(show(*document.root), "{a:1}");
  EXPECT_EQ(document.second->line, 2u);
  EXPECT_FALSE(parse("a: 1\n", {.first_only = true})->second.has_value());
  EXPECT_THAT(read("a: 1\n}\n", {.first_only = true}), HasSubstr("2:1: "));
  EXPECT_THAT(read("a: 1\n%b\nc: 1\n", {.first_only = true}), HasSubstr("3:1: "));
}

TEST(YamlDocument, NothingButCommentsIsNothing) {
  for (const char* text : {"", "# note\n", "---\n"}) EXPECT_THAT(read(text), testing::AnyOf("", "~")) << text;
}

}  // namespace
}  // namespace weir::yaml
