#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected; RFC 3720 appendix B.4) of `bytes`, continuing from
/// `seed` (0 to start). "123456789" gives 0xE3069283. Uses the machine's crc32 instruction where the build
/// has it.
uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);

}  // namespace weir
