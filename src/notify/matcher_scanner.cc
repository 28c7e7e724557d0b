#include "notify/matcher_scanner.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/utf8.h"

namespace weir::notify {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";
constexpr std::string_view kReserved = "{}!=~,\\\"'` \t\n\v\f\r";

// Appends what a backslash and `escape` behind it stand for, and takes it off; false for no escape of Go's.
bool append_escape(std::string_view& escape, std::string& out) {
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
  if (escape.empty()) return false;
  const char kind = escape[0];
  if (const size_t at = kLetters.find(kind); at != std::string_view::npos) {
    out += kMeanings[at];
    escape.remove_prefix(1);
    return true;
  }
  const bool octal = kind >= '0' && kind <= '7';
  const size_t digits = octal ? 3 : kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  if (!octal) escape.remove_prefix(1);
  uint32_t code = 0;
  if (digits == 0 || escape.size() < digits) return false;
  const auto [end, error] = std::from_chars(escape.data(), escape.data() + digits, code, octal ? 8 : 16);
  if (error != std::errc() || end != escape.data() + digits) return false;
  escape.remove_prefix(digits);
  if (digits >= 4) return append_utf8(code, out);
  if (code > 0xff) return false;
  out += static_cast<char>(code);
  return true;
}

}  // namespace

bool is_plain_word(std::string_view text) {
  return text.find_first_of(kReserved) == std::string_view::npos;
}

void MatcherScanner::skip_space() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size()));
}

bool MatcherScanner::take(char c) {
  if (!at(c)) return false;
  rest_.remove_prefix(1);
  skip_space();
  return true;
}

void MatcherScanner::skip_to(std::string_view rest) {
  rest_ = rest;
  skip_space();
}

Error MatcherScanner::expected(std::string_view what) const {
  return invalid_argument(
      fmt::format("\"{}\": expected {} at byte {}", text_, what, text_.size() - rest_.size() + 1));
}

Result<std::string> MatcherScanner::word(std::string_view what) {
  if (at('"')) return quoted();
  const size_t size = std::min(rest_.find_first_of(kReserved), rest_.size());
  if (size == 0) return expected(what);
  std::string word(rest_.substr(0, size));
  skip_to(rest_.substr(size));
  return word;
}

Result<std::string> MatcherScanner::quoted() {
  std::string_view rest = rest_.substr(1);
  std::string out;
  while (!rest.empty() && rest[0] != '"') {
    const char c = rest[0];
    rest.remove_prefix(1);
    if (c == '\n') return expected("text in quotes without line ends");
    if (c != '\\') {
      out += c;
    } else if (!append_escape(rest, out)) {
      return expected("text in quotes with escapes such as \\\\ and \\\"");
    }
  }
  if (rest.empty()) return expected("text with a closing quote");
  if (!is_utf8(out)) return expected("text in quotes that is UTF-8");
  skip_to(rest.substr(1));
  return out;
}

}  // namespace weir::notify
