#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::notify {

/// Whether a name or value may stand without quotes.
bool is_plain_word(std::string_view text);

/// Walks through matchers in the syntax that Alertmanager has had since names may be any UTF-8. Owned by one
/// thread; `text` must outlive it.
class MatcherScanner {
 public:
  explicit MatcherScanner(std::string_view text) : text_(text), rest_(text) { skip_space(); }

  bool at_end() const { return rest_.empty(); }
  bool at(char c) const { return rest_.starts_with(c); }
  std::string_view rest() const { return rest_; }
  /// Passes over the character, and over space behind it, if it is next.
  bool take(char c);
  /// Goes on with `rest`, which is an end of what there is.
  void skip_to(std::string_view rest);
  /// A word without quotes, or text in double quotes with Go's escapes. kInvalidArgument.
  Result<std::string> word(std::string_view what);
  /// Says what was expected here.
  Error expected(std::string_view what) const;

 private:
  void skip_space();
  Result<std::string> quoted();

  std::string_view text_;
  std::string_view rest_;
};

}  // namespace weir::notify
