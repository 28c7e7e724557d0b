#include "collect/parsers.h"

namespace weir::collect {

Result<char> parse_process_state(std::string_view text) {
  // `123 (name) S 1 ...`: a process may call itself anything, parentheses included, so the last one counts.
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) {
    return malformed("process stat", "a name in parentheses and a state", text);
  }
  return text[name_end + 2];
}

}  // namespace weir::collect
