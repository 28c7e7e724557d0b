#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "query/parser.h"
#include "query/printer.h"

// Any text parses or is refused; what parses prints as a text that parses and prints as itself.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = query::parse(text, {});
  if (!first.ok()) return 0;
  const std::string printed = query::print(**first);
  query::ParseLimits wide;  // what was printed may be longer than what was read
  wide.text_bytes_max = 64 * printed.size() + 1;
  const auto second = query::parse(printed, wide);
  CHECK(second.ok(), second.ok() ? "" : printed + " does not parse: " + second.error().message);
  const std::string again = query::print(**second);
  CHECK(printed == again, printed + " prints as " + again);
  return 0;
}
