#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

/// XXH3 64-bit hash. Stable across processes and versions, so it may decide placement and go to disk.
uint64_t stable_hash(std::string_view bytes, uint64_t seed = 0);

/// Hashes strings and views alike, so that hash maps keyed by std::string are looked up by view without a
/// copy; use with std::equal_to<>. (Debian's abseil has a string_view of its own, so its default hash
/// cannot.)
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return stable_hash(text); }
};

}  // namespace weir
