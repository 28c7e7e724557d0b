#include "app/cli/number_text.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace weir::app::cli {

std::string readable_count(double count) {
  const std::string digits = fmt::format("{:.0f}", std::max(0.0, count));
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string readable_micros(double micros) {
  if (micros < 1e3) return fmt::format("{:.0f} us", std::max(0.0, micros));
  if (micros < 1e6) return fmt::format("{:.{}f} ms", micros / 1e3, micros < 1e5 ? 1 : 0);
  return fmt::format("{:.2f} s", micros / 1e6);
}

std::string readable_bytes(double bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, kUnits[unit]);
}

}  // namespace weir::app::cli
