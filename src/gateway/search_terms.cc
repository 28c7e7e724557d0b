#include "gateway/search_terms.h"

#include <algorithm>

namespace weir::gateway {
namespace {

// So that only the term itself reaches 1.
constexpr double kNotExact = 0.999;
constexpr double kLastSubstring = 0.1;
constexpr double kPrefixWeight = 0.1;  // of Winkler
constexpr size_t kPrefixMax = 4;       // likewise

/// The characters of UTF-8; each byte that belongs to none stands for itself.
std::u32string characters(std::string_view text, bool fold_case) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i++]);
    size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    char32_t c = more == 0 ? first : first & (0x3f >> more);
    for (; more > 0 && i < text.size() && (static_cast<uint8_t>(text[i]) & 0xc0) == 0x80; --more)
      c = c << 6 | (static_cast<uint8_t>(text[i++]) & 0x3f);
    out += fold_case && c >= U'A' && c <= U'Z' ? c + (U'a' - U'A') : c;
  }
  return out;
}

/// The raw score of the subsequence that begins at `start`, where the term's first character is, and takes
/// each next character where it comes first; nothing when they do not all come.
std::optional<double> subsequence_from(const std::u32string& term, const std::u32string& value,
                                       size_t start) {
  double runs = 0;
  size_t gaps = 0;
  size_t behind = 0;  // the last run
  size_t at = start;
  for (size_t matched = 0; matched < term.size();) {
    at = value.find(term[matched], at);
    if (at == std::u32string::npos) return std::nullopt;
    gaps += at - behind;
    const size_t run = at;
    while (matched < term.size() && at < value.size() && value[at] == term[matched]) ++at, ++matched;
    runs += static_cast<double>((at - run) * (at - run));
    behind = at;
  }
  const double against = static_cast<double>(gaps) + static_cast<double>(value.size() - behind) / 2;
  return runs - against / static_cast<double>(value.size());
}

double subsequence_score(const std::u32string& term, const std::u32string& value) {
  if (term == value) return 1;
  double best = -1;
  for (size_t start = value.find(term[0]); start != std::u32string::npos;
       start = value.find(term[0], start + 1)) {
    const auto score = subsequence_from(term, value, start);
    if (!score) break;  // later ones lack the same characters
    best = std::max(best, *score);
  }
  return best < 0 ? 0 : best / static_cast<double>(term.size() * term.size()) * kNotExact;
}

/// What the places of equal characters, at most half the longer text apart, say of two texts that are not
/// empty.
double jaro(const std::u32string& shorter, const std::u32string& longer) {
  const size_t half = longer.size() / 2;
  const size_t distance = half > 0 ? half - 1 : 0;
  std::vector<bool> taken(longer.size());
  std::u32string in_order;
  for (size_t i = 0; i < shorter.size(); ++i) {
    const size_t end = std::min(i + distance + 1, longer.size());
    for (size_t j = i > distance ? i - distance : 0; j < end; ++j) {
      if (taken[j] || shorter[i] != longer[j]) continue;
      taken[j] = true;
      in_order += shorter[i];
      break;
    }
  }
  if (in_order.empty()) return 0;
  size_t out_of_place = 0;
  size_t next = 0;
  for (size_t j = 0; j < longer.size(); ++j) {
    if (taken[j]) out_of_place += longer[j] != in_order[next++] ? 1 : 0;
  }
  const auto matches = static_cast<double>(in_order.size());
  return (matches / static_cast<double>(shorter.size()) + matches / static_cast<double>(longer.size()) +
          (matches - static_cast<double>(out_of_place) / 2) / matches) /
         3;
}

double jaro_winkler(const std::u32string& a, const std::u32string& b) {
  if (a == b) return 1;
  if (a.empty() || b.empty()) return 0;
  const double similarity = a.size() <= b.size() ? jaro(a, b) : jaro(b, a);
  const size_t common = static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  return similarity + static_cast<double>(std::min(common, kPrefixMax)) * kPrefixWeight * (1 - similarity);
}

/// 1 at the front, and less the later it comes; nothing when it is not there.
std::optional<double> substring_score(const std::u32string& term, const std::u32string& value) {
  const size_t at = value.find(term);
  if (at == std::u32string::npos) return std::nullopt;
  if (at == 0) return 1;
  return 1 - (1 - kLastSubstring) * static_cast<double>(at) / static_cast<double>(value.size() - term.size());
}

}  // namespace

SearchTerms::SearchTerms(const std::vector<std::string_view>& terms, const SearchOptions& options)
    : options_(options) {
  for (const std::string_view term : terms) {
    if (!term.empty()) terms_.push_back(characters(term, !options.case_sensitive));
  }
}

std::optional<double> SearchTerms::score(std::string_view value) const {
  if (terms_.empty()) return 1;
  const std::u32string text = characters(value, !options_.case_sensitive);
  std::optional<double> best;
  for (const std::u32string& term : terms_) best = std::max(best, score_one(term, text));
  return best;
}

std::optional<double> SearchTerms::score_one(const std::u32string& term, const std::u32string& value) const {
  if (options_.algorithm == SearchAlgorithm::kSubsequence) {
    if (value.starts_with(term)) return 1;
    const double score = subsequence_score(term, value);
    return score > 0 && score >= options_.threshold ? std::optional(score) : std::nullopt;
  }
  if (const auto found = substring_score(term, value)) return found;
  if (options_.threshold == 0) return std::nullopt;
  const double score = jaro_winkler(term, value);
  return score >= options_.threshold ? std::optional(score) : std::nullopt;
}

}  // namespace weir::gateway
