#pragma once

/// Characters of PromQL's words and numbers, whatever the locale is.
namespace weir::query {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_alpha(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline bool is_alphanumeric(char c) {
  return is_alpha(c) || is_digit(c);
}

}  // namespace weir::query
