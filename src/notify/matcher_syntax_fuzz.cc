#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "notify/matcher_syntax.h"

// Any bytes are matchers or an error; how they are written has all of them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const auto matchers = notify::parse_matchers({reinterpret_cast<const char*>(data), size});
  if (!matchers.ok()) return 0;
  const std::string text = notify::matchers_text(*matchers);
  const auto again = notify::parse_matchers(text);
  if (again.ok()) CHECK(again->size() == matchers->size(), text);
  return 0;
}
