#pragma once

#include <string>
#include <vector>

namespace weir::app::cli {

/// A line of a difference: in both, in the first alone, or in the second alone.
struct DiffLine {
  enum class Side { kBoth, kFirst, kSecond };
  Side side = Side::kBoth;
  std::string text;
};

/// What to take from `first` and add to it so that it becomes `second`: as few lines as can be, or all of
/// both where comparing them would take more than a million steps.
std::vector<DiffLine> line_diff(const std::vector<std::string>& first,
                                const std::vector<std::string>& second);

}  // namespace weir::app::cli
