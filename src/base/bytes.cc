#include "base/bytes.h"

namespace weir {

void ByteWriter::varint_slow(uint64_t value) {
  char buffer[10];
  size_t size = 0;
  while (value >= 0x80) {
    buffer[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  buffer[size++] = static_cast<char>(value);
  out_.append(buffer, size);
}

uint64_t ByteReader::varint_slow() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) break;
    const auto byte = static_cast<uint8_t>(*at_++);
    if (shift == 63 && byte > 1) break;  // would not fit 64 bits
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail();
  return 0;
}

std::string_view ByteReader::raw(size_t size) {
  if (remaining() < size) {
    fail();
    return {};
  }
  std::string_view view(at_, size);
  at_ += size;
  return view;
}

}  // namespace weir
