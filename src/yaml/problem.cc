#include "yaml/problem.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "yaml/scalar_position.h"

namespace weir::yaml {
namespace {

size_t take_number(std::string_view& text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return 0;
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return number;
}

// Byte of `text` at which a line and column, from 1, lie.
size_t offset_of(std::string_view text, Mark mark) {
  size_t at = 0;
  for (size_t line = 1; line < mark.line; ++line) {
    const size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return std::min(at + mark.column - 1, text.size());
}

}  // namespace

Problem located(std::string_view message) {
  std::string_view rest = message;
  const size_t line = take_number(rest);
  const size_t column = line > 0 ? take_number(rest) : 0;
  if (column == 0) return {{}, std::string(message)};
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return {{line, column}, std::string(rest)};
}

Problem located_in(std::string_view text, const Node& scalar, std::string_view what,
                   std::string_view message) {
  const Problem inside = located(message);
  const bool has_place = inside.message.size() < message.size();
  return {has_place ? position_in(text, scalar, offset_of(scalar.value, inside.mark)) : scalar.mark,
          fmt::format("{}: {}", what, inside.message)};
}

void sort_by_place(std::vector<Problem>& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
  });
}

}  // namespace weir::yaml
