#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// A regular expression that is texts with anything before or behind: `a|b`, `web-(1|2)\.eu`, `.*timeout.*`,
/// `10\..+`. Most that people write into selectors are, and then no automaton is needed. Matches whole texts,
/// `.` matching newlines too. Immutable; safe from any thread.
class RegexShape {
 public:
  /// At most so many texts.
  static constexpr size_t kTextsMax = 256;

  /// Nothing for what is not of this shape, or may not be.
  static std::optional<RegexShape> of(std::string_view regex);

  /// `text` must be UTF-8.
  bool matches(std::string_view text) const;

  /// All that match, sorted and unique, if nothing may stand before or behind. Else empty.
  const std::vector<std::string>& exact_texts() const { return exact_ ? texts_ : kNone; }

 private:
  /// What stands before or behind the texts.
  enum class Around { kNothing, kAnything, kSomething };
  static const std::vector<std::string> kNone;
  class Reader;

  bool fits(std::string_view before, std::string_view behind) const;
  bool contains(std::string_view text, std::string_view literal) const;

  std::vector<std::string> texts_;
  Around before_ = Around::kNothing;
  Around behind_ = Around::kNothing;
  bool exact_ = false;
};

}  // namespace weir
