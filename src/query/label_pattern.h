#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::query {

/// A regular expression with a replacement, as `label_replace` takes them: RE2 anchored at both ends, `.`
/// matching newlines;
/// `$1`, `${1}`, `$name`, `${name}` and `$$` in the replacement as Go's regexp expands them. Immutable.
class LabelPattern {
 public:
  /// kInvalidArgument when the expression does not compile.
  static Result<LabelPattern> create(std::string_view regex, std::string replacement);
  LabelPattern(LabelPattern&&) noexcept;
  LabelPattern& operator=(LabelPattern&&) noexcept;
  ~LabelPattern();

  /// The replacement for `value`; nothing when it does not match.
  std::optional<std::string> replace(std::string_view value) const;

 private:
  struct Program;
  LabelPattern();
  std::unique_ptr<const Program> program_;
};

}  // namespace weir::query
