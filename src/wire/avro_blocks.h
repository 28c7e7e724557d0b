#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace weir::wire {

/// Walks the items of one Avro array over its blocks. A block is a count of items, and the items; after a
/// negative count comes the block's size in bytes. A count of 0 ends the array. The bytes may be hostile.
/// Avro 1.11 specification, "Data Serialization and Deserialization", "Complex Types".
///
///     while (blocks.next()) read_item(blocks.in());
///     if (!blocks.ok()) return damaged;
///
/// `next` is false at the end, and when a block is damaged. Owned by one thread.
class AvroBlocks {
 public:
  AvroBlocks() = default;
  /// The array begins where `in` stands.
  explicit AvroBlocks(ByteReader in) : in_(in) {}

  bool next() {
    if (left_ == 0 && !begin_block()) return false;
    --left_;
    return true;
  }
  ByteReader& in() { return in_; }
  const ByteReader& in() const { return in_; }
  bool ok() const { return in_.ok(); }

  /// Passes over the rest of the array: over blocks of a known size and, when items are `item_bytes` wide (0:
  /// of any width), over all others without reading them. `skip_item` reads one otherwise. False when a block
  /// is damaged.
  template <typename SkipItem>
  bool skip(size_t item_bytes, SkipItem skip_item) {
    while (left_ != 0 || begin_block()) {
      if (sized_) {
        in_.raw(block_end_ - in_.position());
      } else if (item_bytes != 0 && left_ <= in_.remaining() / item_bytes) {
        in_.raw(left_ * item_bytes);
      } else {
        skip_items(skip_item);
      }
      left_ = 0;
    }
    return in_.ok();
  }

 private:
  template <typename SkipItem>
  void skip_items(SkipItem skip_item) {
    for (; left_ != 0 && in_.ok(); --left_) {
      const size_t before = in_.position();
      skip_item(in_);
      if (in_.position() == before) return;  // items of no bytes: any number of them is passed over
    }
  }

  bool begin_block() {
    if (sized_ && in_.position() != block_end_) in_.fail();
    const int64_t count = in_.svarint();
    sized_ = count < 0;
    left_ = sized_ ? uint64_t{0} - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
    if (sized_) {
      const auto size = static_cast<uint64_t>(in_.svarint());
      if (size > in_.remaining()) in_.fail();
      block_end_ = in_.position() + size;
    }
    if (!in_.ok()) left_ = 0;
    return left_ != 0;
  }

  ByteReader in_{std::string_view()};
  uint64_t left_ = 0;  // items of the block
  bool sized_ = false;
  size_t block_end_ = 0;  // of a block that gives its size
};

}  // namespace weir::wire
