#include "app/cli/line_diff.h"

#include <algorithm>
#include <cstdint>

namespace weir::app::cli {
namespace {

constexpr size_t kStepsMax = 1'000'000;

// common[i][j]: lines in common of what follows `first[i]` and `second[j]`, these included.
std::vector<std::vector<uint32_t>> common_lines(const std::vector<std::string>& first,
                                                const std::vector<std::string>& second) {
  std::vector<std::vector<uint32_t>> common(first.size() + 1, std::vector<uint32_t>(second.size() + 1));
  for (size_t i = first.size(); i-- > 0;) {
    for (size_t j = second.size(); j-- > 0;) {
      common[i][j] =
          first[i] == second[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return common;
}

}  // namespace

std::vector<DiffLine> line_diff(const std::vector<std::string>& first,
                                const std::vector<std::string>& second) {
  using Side = DiffLine::Side;
  std::vector<DiffLine> out;
  size_t i = 0;
  size_t j = 0;
  if (first.size() * second.size() <= kStepsMax) {
    const auto common = common_lines(first, second);
    while (i < first.size() && j < second.size()) {
      if (first[i] == second[j]) {
        out.push_back({Side::kBoth, first[i++]});
        ++j;
      } else if (common[i + 1][j] >= common[i][j + 1]) {
        out.push_back({Side::kFirst, first[i++]});
      } else {
        out.push_back({Side::kSecond, second[j++]});
      }
    }
  }
  while (i < first.size()) out.push_back({Side::kFirst, first[i++]});
  while (j < second.size()) out.push_back({Side::kSecond, second[j++]});
  return out;
}

}  // namespace weir::app::cli
