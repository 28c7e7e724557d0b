#include <fmt/format.h>

#include "collect/parsers.h"

namespace weir::collect {

Error malformed(std::string_view file, std::string_view expected, std::string_view line) {
  constexpr size_t kQuotedBytesMax = 120;
  return corruption(
      fmt::format("{}: expected {}, found \"{}\"", file, expected, line.substr(0, kQuotedBytesMax)));
}

}  // namespace weir::collect
