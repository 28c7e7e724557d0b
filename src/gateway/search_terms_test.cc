#include "gateway/search_terms.h"

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

double score(std::string_view term, std::string_view value, SearchOptions options = {}) {
  return SearchTerms({term}, options).score(value).value_or(0);
}

constexpr SearchOptions kSimilar{.algorithm = SearchAlgorithm::kJaroWinkler, .threshold = 0.1};

TEST(SearchTerms, FindSubsequences) {
  EXPECT_EQ(score("abc", "abc"), 1);
  EXPECT_EQ(score("abc", "abcdef"), 1) << "a prefix";
  EXPECT_EQ(score("abc", "acb"), 0) << "not in order";
  EXPECT_EQ(score("abc", "ab"), 0);
  // One run of 2 behind one character, with two after it: 4 - 1/5 - 2/10 of 4.
  EXPECT_DOUBLE_EQ(score("ab", "xabyy"), 3.6 / 4 * 0.999);
  // Two runs of 1, with one character before, two between and none after them.
  EXPECT_DOUBLE_EQ(score("ab", "xayyb"), (2 - 3.0 / 5) / 4 * 0.999);
  EXPECT_DOUBLE_EQ(score("ab", "aaxab"), (4 - 3.0 / 5) / 4 * 0.999) << "the best start";
}

TEST(SearchTerms, CountCharactersNotBytes) {
  EXPECT_DOUBLE_EQ(score("é", "aéa"), (1 - 1.0 / 3 - 0.5 / 3) * 0.999);
  EXPECT_DOUBLE_EQ(score("b", "\xff\xff\xff\x62"), (1 - 0.75) * 0.999) << "no UTF-8";
}

TEST(SearchTerms, PassOnlyWhatReachesTheThreshold) {
  SearchOptions options;
  options.threshold = 0.9;
  EXPECT_EQ(score("ab", "xabyy", options), 0);
  options.threshold = 0.8;
  EXPECT_GT(score("ab", "xabyy", options), 0.8);
}

TEST(SearchTerms, TakeTheBestOfSeveral) {
  const SearchTerms terms({"zz", "", "by"}, {});
  EXPECT_EQ(terms.score("byte"), 1);
  EXPECT_EQ(terms.score("none"), std::nullopt);
  EXPECT_EQ(SearchTerms({""}, {}).score("anything"), 1);
}

TEST(SearchTerms, FoldCaseWhenAsked) {
  EXPECT_EQ(score("HTTP", "http_requests"), 0);
  EXPECT_EQ(score("HTTP", "http_requests", {.case_sensitive = false}), 1);
  EXPECT_EQ(score("http", "HTTP_Requests", {.case_sensitive = false}), 1);
}

TEST(SearchTerms, FindSubstringsAndWhatIsSimilar) {
  EXPECT_EQ(score("ab", "abx", kSimilar), 1);
  EXPECT_DOUBLE_EQ(score("ab", "xab", kSimilar), 1 - 0.9);
  EXPECT_DOUBLE_EQ(score("ab", "xabx", kSimilar), 1 - 0.9 / 2);
  EXPECT_EQ(score("ab", "ba", {.algorithm = SearchAlgorithm::kJaroWinkler}), 0) << "without a threshold";
  // The examples of the literature.
  EXPECT_NEAR(score("MARTHA", "MARHTA", kSimilar), 0.9611, 1e-4);
  EXPECT_NEAR(score("DIXON", "DICKSONX", kSimilar), 0.8133, 1e-4);
  EXPECT_NEAR(score("DWAYNE", "DUANE", kSimilar), 0.84, 1e-4);
}

}  // namespace
}  // namespace weir::gateway
