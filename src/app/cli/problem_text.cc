#include "app/cli/problem_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/cli/table.h"

namespace weir::app::cli {
namespace {

// Bytes of a line that are shown before and behind a place in it.
constexpr size_t kBefore = 80;
constexpr size_t kBehind = 60;

std::string_view line_of(std::string_view text, size_t line) {
  for (; line > 1; --line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The line and below it a mark; of a long line only what is around the place.
std::string excerpt(std::string_view text, yaml::Mark mark, const Terminal& terminal) {
  const std::string_view line = line_of(text, mark.line);
  if (line.empty()) return {};
  const size_t place = std::min(mark.column - 1, line.size());
  size_t begin = place > kBefore ? place - kBefore : 0;
  while (begin < place && continues_character(line[begin])) ++begin;
  size_t end = std::min(place + kBehind, line.size());
  while (end < line.size() && continues_character(line[end])) ++end;
  std::string before(line.substr(begin, place - begin));
  std::string behind(line.substr(place, end - place));
  std::replace(before.begin(), before.end(), '\t', ' ');
  std::replace(behind.begin(), behind.end(), '\t', ' ');
  before = printable(before);
  return fmt::format("  {}{}\n  {}{}\n", before, printable(behind), std::string(display_width(before), ' '),
                     styled(terminal, Style::kGreen, "^"));
}

}  // namespace

std::string problem_text(std::string_view name, std::string_view text, const yaml::Problem& problem,
                         std::string_view kind, const Terminal& terminal) {
  return fmt::format("{}:{}: {}{}\n{}", name, to_text(problem.mark), kind, printable(problem.message),
                     excerpt(text, problem.mark, terminal));
}

void problems_json(std::string_view name, const std::vector<yaml::Problem>& problems,
                   wire::JsonWriter& json) {
  json.key(name);
  json.begin_array();
  for (const yaml::Problem& problem : problems) {
    json.begin_object();
    json.count("line", problem.mark.line);
    json.count("column", problem.mark.column);
    json.text("message", problem.message);
    json.end_object();
  }
  json.end_array();
}

}  // namespace weir::app::cli
