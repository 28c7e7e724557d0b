#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

/// True when every byte is below 0x80: the cheap question to ask first.
bool is_ascii(std::string_view bytes);

/// True when the bytes are well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

/// Bytes of the well-formed character at the start of `bytes`, 0 when there is none.
size_t utf8_size(std::string_view bytes);

/// Appends a character by its number; false, and nothing, for what is none: beyond U+10FFFF, or a surrogate.
bool append_utf8(uint32_t code, std::string& out);

}  // namespace weir
