#include "rules/unit_test/notation_cursor.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "query/literals.h"

namespace weir::rules::unit_test {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Underscores may part the digits of a whole number, one at a time.
bool are_underscores_right(std::string_view number) {
  if (number.find('_') == std::string_view::npos) return true;
  bool after_digit = false;
  for (const char c : number) {
    if (!is_digit(c) && (c != '_' || !after_digit)) return false;
    after_digit = is_digit(c);
  }
  return after_digit;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

bool NotationCursor::at_space() const {
  return !at_end() && kSpace.find(peek()) != std::string_view::npos;
}

bool NotationCursor::accept(std::string_view expected) {
  if (!text_.substr(at_).starts_with(expected)) return false;
  at_ += expected.size();
  return true;
}

bool NotationCursor::accept_space() {
  const size_t begin = at_;
  at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
  return at_ > begin;
}

std::string_view NotationCursor::word() {
  const size_t begin = at_;
  while (is_letter(peek()) || is_digit(peek())) ++at_;
  return text_.substr(begin, at_ - begin);
}

Result<double> NotationCursor::number() {
  const size_t begin = at_;
  if (is_letter(peek())) {
    const std::string name = query::lower(word());
    if (name != "inf" && name != "nan")
      return error(begin, fmt::format("expected a number, found \"{}\"", text_.substr(begin, at_ - begin)));
    return query::parse_number(name);
  }
  const auto take_digits = [this](std::string_view more) {
    while (is_digit(peek()) || (!at_end() && more.find(peek()) != std::string_view::npos)) ++at_;
  };
  take_digits("._");
  if (at_ > begin && (peek() == 'e' || peek() == 'E')) {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    take_digits("");
  }
  if (at_ == begin) return unexpected("a number");
  const std::string_view digits = text_.substr(begin, at_ - begin);
  if (!are_underscores_right(digits)) return error(begin, fmt::format("{} is no number", digits));
  const auto value = query::parse_number(digits);
  if (!value.ok()) return error(begin, value.error().message);
  return *value;
}

Result<double> NotationCursor::signed_number() {
  const bool negative = accept("-");
  if (!negative) accept("+");
  ASSIGN_OR_RETURN(const double value, number());
  return negative ? -value : value;
}

Result<uint64_t> NotationCursor::count() {
  const size_t begin = at_;
  while (is_digit(peek())) ++at_;
  if (at_ == begin) return unexpected("a whole number");
  uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text_.data() + begin, text_.data() + at_, value);
  if (fault != std::errc())
    return error(begin, fmt::format("{} is too large", text_.substr(begin, at_ - begin)));
  return value;
}

Result<int32_t> NotationCursor::small_integer() {
  const size_t begin = at_;
  const bool negative = accept("-");
  ASSIGN_OR_RETURN(const uint64_t value, count());
  if (value > static_cast<uint64_t>(std::numeric_limits<int32_t>::max()))
    return error(begin, fmt::format("{} does not fit 32 bits", text_.substr(begin, at_ - begin)));
  return negative ? -static_cast<int32_t>(value) : static_cast<int32_t>(value);
}

Error NotationCursor::error(size_t position, std::string_view message) const {
  const std::string_view before = text_.substr(0, position);
  const auto lines = static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return invalid_argument(fmt::format("{}:{}: {}", lines + 1, position - line_begin + 1, message));
}

Error NotationCursor::unexpected(std::string_view expected) const {
  return error(at_, fmt::format("expected {}, found {}", expected, query::quote_character(text_, at_)));
}

}  // namespace weir::rules::unit_test
