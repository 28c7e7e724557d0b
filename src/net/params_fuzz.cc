#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "net/http.h"

/// Parameters and %-escapes: what decodes must survive being encoded and decoded again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool plus_is_space : {false, true}) {
    const auto decoded = percent_decode(text, plus_is_space);
    if (!decoded.ok()) continue;
    const auto again = percent_decode(percent_encode(*decoded), plus_is_space);
    CHECK(again.ok() && *again == *decoded, "decode(encode(x)) is x");
  }
  Params params;
  if (!params.parse(text).ok()) {
    CHECK(params.items().empty(), "a failed parse adds nothing");
    return 0;
  }
  std::string written;
  for (const auto& [name, value] : params.items())
    written += percent_encode(name) + "=" + percent_encode(value) + "&";
  Params again;
  CHECK(again.parse(written).ok() && again.items() == params.items(), "parse(write(x)) is x");
  return 0;
}
