#pragma once

#include <cstdint>
#include <string>

namespace weir::wire::tsdb {

/// Appends bits, most significant first, to a string; the last byte is filled with zeros.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// The lowest `count` bits, 0 to 64.
  void bits(uint64_t value, unsigned count) {
    while (count > 0) {
      if (free_ == 0) {
        out_ += '\0';
        free_ = 8;
      }
      const unsigned taken = count < free_ ? count : free_;
      const uint64_t part = (value >> (count - taken)) & ((uint64_t{1} << taken) - 1);
      out_.back() = static_cast<char>(static_cast<uint8_t>(out_.back()) | part << (free_ - taken));
      free_ -= taken;
      count -= taken;
    }
  }

 private:
  std::string& out_;
  unsigned free_ = 0;  // bits of the last byte
};

}  // namespace weir::wire::tsdb
