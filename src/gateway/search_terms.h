#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::gateway {

/// How like a name is to what somebody has typed of it. Prometheus' search API has both.
enum class SearchAlgorithm {
  /// All characters of the term, in order. Runs of them count as the square of their length, what lies before
  /// and between them against it, what follows by half.
  kSubsequence,
  /// Substrings, the earlier the better; and otherwise Jaro-Winkler similarity (Winkler, "String Comparator
  /// Metrics", 1990), where a threshold is asked for.
  kJaroWinkler,
};

struct SearchOptions {
  SearchAlgorithm algorithm = SearchAlgorithm::kSubsequence;
  double threshold = 0;  ///< What scores less is not found; 0 to 1.
  bool case_sensitive = true;
};

/// Some terms, of which one is enough. Once made, safe from any thread.
class SearchTerms {
 public:
  /// Empty terms are passed over.
  SearchTerms(const std::vector<std::string_view>& terms, const SearchOptions& options);

  /// The best score of a term, above 0 and up to 1, for the value itself and what begins with the term;
  /// nothing when none is like it. Without terms everything scores 1.
  std::optional<double> score(std::string_view value) const;

 private:
  std::optional<double> score_one(const std::u32string& term, const std::u32string& value) const;

  SearchOptions options_;
  std::vector<std::u32string> terms_;
};

}  // namespace weir::gateway
