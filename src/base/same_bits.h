#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

namespace weir {

/// Whether two doubles are the same bit for bit: a NaN is itself, and -0 is not 0.
constexpr bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

/// The same of all of them, in order.
inline bool same_bits(std::span<const double> a, std::span<const double> b) {
  return std::ranges::equal(a, b, [](double x, double y) { return same_bits(x, y); });
}

}  // namespace weir
