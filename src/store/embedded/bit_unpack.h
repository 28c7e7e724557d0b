#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::store::embedded {

/// Unpacks `out.size()` fields of `width` (1 to 64) bits, least significant bit first as BitWriter packs
/// them, and adds `base` to each, modulo 2^64. At least 8 readable bytes follow the last field. Eight fields
/// fill `width` whole bytes, so there is a loop for each width whose shifts are constants; narrow fields have
/// one with AVX2, taken where the processor has it. Pure; safe from any thread.
void unpack_bits(const char* packed, unsigned width, int64_t base, std::span<int64_t> out);

/// The same without AVX2, for tests and benchmarks.
void unpack_bits_plain(const char* packed, unsigned width, int64_t base, std::span<int64_t> out);

}  // namespace weir::store::embedded
