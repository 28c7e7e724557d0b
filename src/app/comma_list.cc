#include "app/comma_list.h"

#include <algorithm>

namespace weir::app {

std::vector<std::string> split_at_commas(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r";
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(kSpace), part.size()));
    part = part.substr(0, part.find_last_not_of(kSpace) + 1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

}  // namespace weir::app
