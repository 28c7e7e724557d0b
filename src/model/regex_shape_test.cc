#include "model/regex_shape.h"

#include <random>

#include <gtest/gtest.h>
#include <re2/re2.h>

namespace weir {
namespace {

std::vector<std::string> exact(std::string_view regex) {
  const auto shape = RegexShape::of(regex);
  return shape ? shape->exact_texts() : std::vector<std::string>{"(none)"};
}

TEST(RegexShape, KnowsSetsOfTexts) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(exact("a"), Texts{"a"});
  EXPECT_EQ(exact(""), Texts{""});
  EXPECT_EQ(exact("b|a|b"), (Texts{"a", "b"}));
  EXPECT_EQ(exact("^(a|b)$"), (Texts{"a", "b"}));
  EXPECT_EQ(exact("web-(1|2)\\.eu"), (Texts{"web-1.eu", "web-2.eu"}));
  EXPECT_EQ(exact("(?:a|)(x|y)"), (Texts{"ax", "ay", "x", "y"}));
  EXPECT_EQ(exact("10\\.0\\.0\\.1:9100|10\\.0\\.0\\.2:9100"), (Texts{"10.0.0.1:9100", "10.0.0.2:9100"}));
  EXPECT_EQ(exact("\xc3\xa4|b"), (Texts{"b", "\xc3\xa4"}));
}

TEST(RegexShape, KnowsTextsWithAnythingAround) {
  for (const char* regex : {".*timeout.*", "10\\..+", ".+x", ".*(a|b)", "(a|b).*", ".+a.+"}) {
    ASSERT_TRUE(RegexShape::of(regex)) << regex;
    EXPECT_TRUE(RegexShape::of(regex)->exact_texts().empty()) << regex;
  }
}

TEST(RegexShape, LeavesTheRestToOthers) {
  for (const char* regex : {"a*",     "a+",
                            "a?",     "a{2}",
                            "(a|b)*", "[ab]",
                            "a.b",    "\\d",
                            "(?i)a",  "a|b.*",
                            ".*a|b",  ".*",
                            ".+",     "a$|b",
                            "a\\",    "(a",
                            "a)",     "(?P<n>a)",
                            "a.*b",   "^^a",
                            ".*|a",   "((((((((((a))))))))))",
                            ".*?a",   "a.*?",
                            "\\x41"}) {
    EXPECT_FALSE(RegexShape::of(regex)) << regex;
  }
}

TEST(RegexShape, DoesNotGrowWithoutBound) {
  EXPECT_TRUE(RegexShape::of("(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)"));
  EXPECT_FALSE(RegexShape::of("(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)"));
}

// What it knows, it knows as RE2 does.
TEST(RegexShape, AgreesWithRe2) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 generator(seed);
  const auto below = [&](size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(generator);
  };
  const std::vector<std::string> tokens = {"a",   "b",  "ab", "|", "(",        ")", "(?:", ".*", ".+",
                                           "\\.", "\n", "^",  "$", "\xc3\xa4", "?", "\\-", "a",  "b"};
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  int known = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string regex;
    for (uint64_t left = 1 + below(7); left > 0; --left) regex += tokens[below(tokens.size())];
    const auto shape = RegexShape::of(regex);
    if (!shape) continue;
    ++known;
    const re2::RE2 automaton(regex, options);
    ASSERT_TRUE(automaton.ok()) << regex;
    for (int text = 0; text < 20; ++text) {
      std::string value;
      for (uint64_t left = below(5); left > 0; --left)
        value += std::vector<std::string>{"a", "b", "ab", ".", "\n", "\xc3\xa4", "-"}[below(7)];
      ASSERT_EQ(shape->matches(value), re2::RE2::FullMatch(value, automaton)) << regex << " on " << value;
    }
  }
  EXPECT_GT(known, 3'000);
}

}  // namespace
}  // namespace weir
