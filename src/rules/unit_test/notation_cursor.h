#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::rules::unit_test {

/// Reads the notation of series from left to right. Errors are kInvalidArgument and begin with `line:column:
/// ` in the text. The text must outlive it.
class NotationCursor {
 public:
  explicit NotationCursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  bool at_space() const;
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  size_t position() const { return at_; }
  /// Takes what comes next if it is this.
  bool accept(std::string_view expected);
  /// Takes blanks and line ends; whether there were any.
  bool accept_space();
  /// Takes letters, digits and underscores, as long as they go on; may be empty.
  std::string_view word();

  /// A number without a sign, decimal or octal as in PromQL, `Inf` or `NaN`. Not hexadecimal: behind `0x` the
  /// notation has a count.
  Result<double> number();
  /// With `+` or `-` before it, or neither.
  Result<double> signed_number();
  Result<uint64_t> count();
  Result<int32_t> small_integer();

  Error error(size_t position, std::string_view message) const;
  /// About what comes next.
  Error unexpected(std::string_view expected) const;

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace weir::rules::unit_test
