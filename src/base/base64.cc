#include "base/base64.h"

#include <cstddef>
#include <cstdint>

namespace weir {

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t size = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t group = 0;
    for (size_t b = 0; b < 3; ++b) group = group << 8 | (b < size ? static_cast<uint8_t>(bytes[i + b]) : 0u);
    for (size_t d = 0; d < 4; ++d) out.push_back(d <= size ? kDigits[group >> (18 - 6 * d) & 63] : '=');
  }
  return out;
}

}  // namespace weir
