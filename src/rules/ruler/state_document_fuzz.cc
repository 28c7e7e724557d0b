#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "rules/ruler/state_document.h"

// What a catalogue holds as a group's state: it is refused, or reads back the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::rules;
  const auto group = decode_state({reinterpret_cast<const char*>(data), size});
  if (!group.ok()) return 0;
  const std::string text = encode_state(*group);
  const auto again = decode_state(text);
  CHECK(again.ok(), "what is written can be read");
  CHECK(encode_state(*again) == text, "it reads back the same");
  return 0;
}
