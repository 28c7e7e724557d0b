#include "model/matcher.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"

namespace weir {
namespace {

using ::testing::HasSubstr;

Matcher matcher(MatchOp op, std::string value) {
  return Matcher::create(op, "job", std::move(value)).value();
}
Matcher regex(std::string value) {
  return matcher(MatchOp::kRegex, std::move(value));
}

TEST(Matcher, ComparesWholeValues) {
  EXPECT_TRUE(matcher(MatchOp::kEqual, "api").matches("api"));
  EXPECT_FALSE(matcher(MatchOp::kEqual, "api").matches("apis"));
  EXPECT_FALSE(matcher(MatchOp::kNotEqual, "api").matches("api"));
  EXPECT_TRUE(matcher(MatchOp::kNotEqual, "api").matches("ap"));
  EXPECT_TRUE(Matcher::equal("job", "api").matches("api"));
}

TEST(Matcher, AnchorsExpressionsAtBothEnds) {
  EXPECT_TRUE(regex("a.i").matches("api"));
  EXPECT_FALSE(regex("a.i").matches("xapi"));
  EXPECT_FALSE(regex("a.i").matches("apix"));
  EXPECT_TRUE(matcher(MatchOp::kNotRegex, "a.i").matches("xapi"));
  EXPECT_FALSE(matcher(MatchOp::kNotRegex, "a.i").matches("api"));
}

TEST(Matcher, AnchorsEveryAlternative) {
  EXPECT_TRUE(regex("db|web").matches("db"));
  EXPECT_TRUE(regex("db|web").matches("web"));
  EXPECT_FALSE(regex("db|web").matches("db2"));
  EXPECT_FALSE(regex("db|web").matches("myweb"));
}

TEST(Matcher, DotMatchesALineFeed) {
  EXPECT_TRUE(regex("a.b").matches("a\nb"));
}

TEST(Matcher, DotMatchesOneCharacterNotOneByte) {
  EXPECT_TRUE(regex("a.b").matches("aéb"));
  EXPECT_FALSE(regex("a..b").matches("aéb"));
}

TEST(Matcher, SeesAnAbsentLabelAsEmpty) {
  EXPECT_TRUE(matcher(MatchOp::kEqual, "").matches_absent());
  EXPECT_FALSE(matcher(MatchOp::kNotEqual, "").matches_absent());
  EXPECT_TRUE(matcher(MatchOp::kNotEqual, "api").matches_absent());
  EXPECT_TRUE(regex(".*").matches_absent());
  EXPECT_FALSE(regex(".+").matches_absent());
  EXPECT_TRUE(regex("a|").matches_absent());
  EXPECT_FALSE(matcher(MatchOp::kNotRegex, ".*").matches_absent());
}

TEST(Matcher, RefusesWhatDoesNotCompileInRe2sWords) {
  const auto broken = Matcher::create(MatchOp::kRegex, "job", "a(b");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code, Code::kInvalidArgument);
  EXPECT_THAT(broken.error().message, HasSubstr("job=~\"a(b\""));
  EXPECT_THAT(broken.error().message, HasSubstr("missing )"));
  EXPECT_FALSE(Matcher::create(MatchOp::kNotRegex, "job", "(?=x)").ok());
  EXPECT_FALSE(Matcher::create(MatchOp::kRegex, "job", "\xff").ok()) << "not UTF-8";
  EXPECT_TRUE(Matcher::create(MatchOp::kEqual, "job", "a(b").ok()) << "not an expression";
}

TEST(Matcher, BoundsTextAndProgram) {
  EXPECT_TRUE(Matcher::create(MatchOp::kRegex, "job", std::string(1'024, 'a')).ok());
  EXPECT_THAT(Matcher::create(MatchOp::kRegex, "job", std::string(1'025, 'a')).error().message,
              HasSubstr("limit 1024"));
  EXPECT_FALSE(Matcher::create(MatchOp::kRegex, "job", "((\\pL{100}){100}){100}").ok());
}

TEST(Matcher, CopiesShareTheProgram) {
  const Matcher original = regex("a+");
  const Matcher copy = original;
  EXPECT_TRUE(copy.matches("aaa"));
  EXPECT_EQ(copy.literal_prefix(), original.literal_prefix());
}

TEST(Matcher, PrintsPromQl) {
  EXPECT_EQ(Matcher::equal("job", "a\"b").to_string(), R"(job="a\"b")");
  EXPECT_EQ(matcher(MatchOp::kNotEqual, "x").to_string(), "job!=\"x\"");
  EXPECT_EQ(regex("a\\.b").to_string(), R"(job=~"a\\.b")");
  EXPECT_EQ(matcher(MatchOp::kNotRegex, "x").to_string(), "job!~\"x\"");
}

TEST(MatcherPrefix, IsFoundWhereThereIsOne) {
  EXPECT_EQ(regex("api").literal_prefix(), "api");
  EXPECT_EQ(regex("api.*").literal_prefix(), "api");
  EXPECT_EQ(regex("api-[0-9]+").literal_prefix(), "api-");
  EXPECT_EQ(regex("node_(cpu|memory)_.+").literal_prefix(), "node_");
  EXPECT_EQ(regex("web-1|web-2").literal_prefix(), "web-");
  EXPECT_EQ(regex("^api$").literal_prefix(), "api");
  EXPECT_EQ(regex("a\\.b.*").literal_prefix(), "a.b");
  EXPECT_EQ(regex("\\Qa.b\\Ec.*").literal_prefix(), "a.bc");
}

TEST(MatcherPrefix, IsNeverMoreThanEveryMatchHas) {
  EXPECT_EQ(regex("(?i)api").literal_prefix(), "");
  EXPECT_EQ(regex("a(?i)pi").literal_prefix(), "a");
  EXPECT_EQ(regex("a{0}").literal_prefix(), "");
  EXPECT_EQ(regex("a{0}bc").literal_prefix(), "bc");
  EXPECT_EQ(regex("ab?c").literal_prefix(), "a");
  EXPECT_EQ(regex("ab*").literal_prefix(), "a");
  EXPECT_EQ(regex("\\Qab\\E*c").literal_prefix(), "a");
  EXPECT_EQ(regex("|api").literal_prefix(), "");
  EXPECT_EQ(regex("api|db").literal_prefix(), "");
  EXPECT_EQ(regex(".*api").literal_prefix(), "");
  EXPECT_EQ(regex("aé?").literal_prefix(), "a");
  EXPECT_EQ(regex("\\x61b").literal_prefix(), "ab");
}

TEST(MatcherPrefix, OfOtherOperatorsIsEmpty) {
  EXPECT_EQ(Matcher::equal("job", "api").literal_prefix(), "");
  EXPECT_EQ(matcher(MatchOp::kNotEqual, "api").literal_prefix(), "");
}

/// Random expressions over a small alphabet: enough flags, escapes and quantifiers to meet each other in odd
/// ways.
std::string random_regex(os::Random& random, int depth) {
  static const std::vector<std::string> kAtoms = {"a",   "b",     "k",        "K",    "é",   "ß",   ".",
                                                  "\\.", "\\x61", "[ab]",     "[^a]", "\\d", "\\b", "\\B",
                                                  "^",   "$",     "\\Qa.\\E", "\\pL", "\\A", "\\z"};
  static const std::vector<std::string> kQuantifiers = {"",    "",    "",      "",    "?",  "*", "+",
                                                        "{0}", "{1}", "{0,2}", "{2}", "??", "*?"};
  static const std::vector<std::string> kGroups = {
      "(", "(?:", "(?i:", "(?s:", "(?-s:", "(?m:", "(?U:", "(?P<n>"};
  std::string out;
  if (random.below(8) == 0) out += std::vector<std::string>{"(?i)", "(?-s)", "(?m)", "(?U)"}[random.below(4)];
  for (size_t pieces = 1 + random.below(4); pieces > 0; --pieces) {
    if (depth > 0 && random.below(4) == 0) {
      out += kGroups[random.below(kGroups.size())] + random_regex(random, depth - 1) + ")";
    } else {
      out += kAtoms[random.below(kAtoms.size())];
    }
    out += kQuantifiers[random.below(kQuantifiers.size())];
    if (random.below(10) == 0) out += "|";
  }
  return out;
}

std::vector<std::string> short_texts() {
  const std::vector<std::string> alphabet = {"a", "b", "A",  "k", "\u212A", "é",
                                             "É", ".", "\n", "1", "ſ",      "ß"};
  std::vector<std::string> texts = {""};
  for (size_t begin = 0, length = 0; length < 3; ++length) {
    const size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const std::string& c : alphabet) texts.push_back(texts[begin] + c);
    }
  }
  return texts;
}

TEST(MatcherPrefix, HoldsForEveryMatchOfRandomExpressions) {
  os::Random random(7 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  const std::vector<std::string> texts = short_texts();
  size_t prefixes = 0;
  size_t matches = 0;
  for (int round = 0; round < 4'000; ++round) {
    const std::string text = random_regex(random, 2);
    const auto candidate = Matcher::create(MatchOp::kRegex, "l", text);
    if (!candidate.ok() || candidate->literal_prefix().empty()) continue;
    ++prefixes;
    for (const std::string& value : texts) {
      if (!candidate->matches(value)) continue;
      ++matches;
      ASSERT_TRUE(value.starts_with(candidate->literal_prefix()))
          << text << " matches " << value << " without " << candidate->literal_prefix();
    }
  }
  EXPECT_GT(prefixes, 500u);
  EXPECT_GT(matches, 1'000u);
}

}  // namespace
}  // namespace weir
