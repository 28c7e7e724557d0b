#include "yaml/scalar_position.h"

#include <algorithm>

namespace weir::yaml {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) {
  return kSpace.find(c) != std::string_view::npos;
}

size_t offset_of(std::string_view text, Mark mark) {
  size_t at = 0;
  for (size_t line = 1; line < mark.line && at < text.size(); ++line) {
    const size_t end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return std::min(at + mark.column - 1, text.size());
}

Mark mark_of(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {lines + 1, offset - line_begin + 1};
}

// Behind anchor, tag, opening quote or the header of a block: where the value begins.
size_t value_begin(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = std::min(text.find_first_of(kSpace, at), text.size());
    at = std::min(text.find_first_not_of(kSpace, at), text.size());
  }
  if (at >= text.size()) return at;
  if (text[at] == '"' || text[at] == '\'') return at + 1;
  if (text[at] != '|' && text[at] != '>') return at;
  const size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

// Bytes before the one that stands for `c`: of a quote that is doubled or escaped, of a backslash.
size_t escape_size(std::string_view text, size_t at, char quote, char c) {
  const std::string_view next = text.substr(at, 2);
  const bool doubled = quote == '\'' && c == '\'' && next == "''";
  const bool escaped =
      quote == '"' && (c == '"' || c == '\\') && next.size() == 2 && next[0] == '\\' && next[1] == c;
  return doubled || escaped ? 1 : 0;
}

}  // namespace

Mark position_in(std::string_view text, const Node& scalar, size_t offset) {
  size_t at = value_begin(text, offset_of(text, scalar.mark));
  const char opening = at > 0 ? text[at - 1] : '\n';
  const char quote = opening == '"' || opening == '\'' ? opening : '\0';
  // How lines are folded changes only space, so all other bytes come in the same order here and there.
  for (size_t i = 0; i < scalar.value.size() && i <= offset; ++i) {
    const char c = scalar.value[i];
    if (is_space(c) && i < offset) continue;
    if (is_space(c)) return mark_of(text, at);
    at = std::min(text.find_first_not_of(kSpace, at), text.size());
    const size_t escape = escape_size(text, at, quote, c);
    if (at + escape >= text.size() || text[at + escape] != c) return scalar.mark;
    if (i == offset) return mark_of(text, at);
    at += escape + 1;
  }
  return mark_of(text, at);
}

}  // namespace weir::yaml
