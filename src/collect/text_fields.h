#pragma once

#include <charconv>
#include <optional>
#include <string_view>

/// Walking over the texts of /proc: lines of fields between blanks.
namespace weir::collect {

/// Takes the next line off `rest`, without its newline; false at the end.
inline bool next_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  const size_t end = rest.find('\n');
  line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return true;
}

inline constexpr std::string_view kBlanks = " \t\n";

/// Takes the next field off `line`; empty at the end.
inline std::string_view next_field(std::string_view& line) {
  const size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    line = {};
    return {};
  }
  const size_t end = line.find_first_of(kBlanks, begin);
  const std::string_view field = line.substr(begin, end == std::string_view::npos ? end : end - begin);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end);
  return field;
}

inline bool at_end(std::string_view line) {
  return line.find_first_not_of(kBlanks) == std::string_view::npos;
}

/// The number that is the whole of `field`.
inline std::optional<double> to_number(std::string_view field) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

/// The next field as a number; none when it is missing or no number.
inline std::optional<double> next_number(std::string_view& line) {
  return to_number(next_field(line));
}

}  // namespace weir::collect
