#include "store/embedded/bit_unpack.h"

#include <array>
#include <cstring>
#include <utility>

#include "store/embedded/bit_math.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace weir::store::embedded {
namespace {

constexpr size_t kGroup = 8;

/// The field that begins `bit` bits behind `packed`.
template <unsigned width>
int64_t field_at(const char* packed, size_t bit, int64_t base) {
  uint64_t word;
  std::memcpy(&word, packed + bit / 8, sizeof(word));
  const size_t shift = bit % 8;
  word >>= shift;
  if (shift + width > 64) word |= uint64_t{static_cast<uint8_t>(packed[bit / 8 + 8])} << (64 - shift);
  return wrapping_add(base, static_cast<int64_t>(word & low_bits(width)));
}

template <unsigned width, size_t... places>
void unpack_group(const char* packed, int64_t base, int64_t* out, std::index_sequence<places...>) {
  ((out[places] = field_at<width>(packed, places * width, base)), ...);
}

template <unsigned width>
void unpack_width(const char* packed, int64_t base, std::span<int64_t> out) {
  while (out.size() >= kGroup) {
    unpack_group<width>(packed, base, out.data(), std::make_index_sequence<kGroup>());
    packed += width;
    out = out.subspan(kGroup);
  }
  for (size_t i = 0; i < out.size(); ++i) out[i] = field_at<width>(packed, i * width, base);
}

using Unpack = void (*)(const char* packed, int64_t base, std::span<int64_t> out);

template <size_t... widths>
constexpr std::array<Unpack, sizeof...(widths)> unpacks_of(std::index_sequence<widths...>) {
  return {&unpack_width<widths + 1>...};
}
constexpr std::array<Unpack, 64> kUnpacks = unpacks_of(std::make_index_sequence<64>());

#if defined(__x86_64__)

/// Four fields of so many bits, wherever the first begins in its byte, lie in 8 bytes.
constexpr unsigned kNarrowMax = 14;

/// Whole groups; returns how many fields that were.
__attribute__((target("avx2"))) size_t unpack_narrow(const char* packed, unsigned width, int64_t base,
                                                     std::span<int64_t> out) {
  const auto bits = static_cast<int64_t>(width);
  const int64_t second = 4 * bits % 8;
  const __m256i shifts = _mm256_setr_epi64x(0, bits, 2 * bits, 3 * bits);
  const __m256i second_shifts = _mm256_add_epi64(shifts, _mm256_set1_epi64x(second));
  const __m256i mask = _mm256_set1_epi64x(static_cast<int64_t>(low_bits(width)));
  const __m256i bases = _mm256_set1_epi64x(base);
  const auto four = [&](const char* at, __m256i by, int64_t* to) __attribute__((target("avx2"))) {
    int64_t word;
    std::memcpy(&word, at, sizeof(word));
    const __m256i fields = _mm256_and_si256(_mm256_srlv_epi64(_mm256_set1_epi64x(word), by), mask);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_add_epi64(fields, bases));
  };
  size_t i = 0;
  for (; i + kGroup <= out.size(); i += kGroup, packed += width) {
    four(packed, shifts, out.data() + i);
    four(packed + 4 * width / 8, second_shifts, out.data() + i + 4);
  }
  return i;
}

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

#endif

}  // namespace

void unpack_bits_plain(const char* packed, unsigned width, int64_t base, std::span<int64_t> out) {
  kUnpacks[width - 1](packed, base, out);
}

void unpack_bits(const char* packed, unsigned width, int64_t base, std::span<int64_t> out) {
#if defined(__x86_64__)
  if (width <= kNarrowMax && has_avx2()) {
    const size_t done = unpack_narrow(packed, width, base, out);
    packed += done * width / 8;
    out = out.subspan(done);
  }
#endif
  unpack_bits_plain(packed, width, base, out);
}

}  // namespace weir::store::embedded
