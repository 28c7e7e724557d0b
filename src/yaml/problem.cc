#include "yaml/problem.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::yaml {
namespace {

size_t take_number(std::string_view& text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return 0;
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return number;
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

void sort_by_place(std::vector<Problem>& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
  });
}

}  // namespace weir::yaml
