#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace weir::store::embedded {

/// A hash table of numbers that stand for things kept elsewhere. It keeps 32 bits of each thing's hash beside
/// its number, so growing looks at no thing, and looking up at those alone whose 32 bits agree; those bits
/// prove nothing, so the caller compares. Nothing is erased: build another one instead. One thread.
class NumberTable {
 public:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  /// The part of a hash that the table goes by. The upper half: all series of a shard agree in their hash
  /// modulo the number of partitions.
  static constexpr uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  /// The number with this tag for which `is(number)` holds; kNone when there is none.
  template <typename Is>
  uint32_t find(uint32_t tag, Is is) const {
    if (slots_.empty()) return kNone;
    for (size_t at = home(tag);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.number == kNone || (slot.tag == tag && is(slot.number))) return slot.number;
    }
  }
  /// The thing must not be here yet. `number`: less than kNone.
  void insert(uint32_t tag, uint32_t number) {
    if (size_ * 5 >= slots_.size() * 4) grow();
    put({tag, number});
    ++size_;
  }
  /// Calls `visit(tag, number)` with each, in no order.
  template <typename Visit>
  void visit(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.number != kNone) visit(slot.tag, slot.number);
    }
  }
  size_t size_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t number = kNone;
  };

  // By the upper bits of the product, so that growing reads and writes from front to back. Senders choose
  // what is hashed: a factor that they do not know keeps them from filling one part of the table.
  size_t home(uint32_t tag) const {
    return static_cast<size_t>(uint64_t{tag * factor_} * slots_.size() >> 32);
  }
  static uint32_t random_factor();
  void put(Slot slot) {
    size_t at = home(slot.tag);
    while (slots_[at].number != kNone) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  void grow() {
    const std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(std::max<size_t>(16, slots_.size() * 2)));
    for (const Slot& slot : old) {
      if (slot.number != kNone) put(slot);
    }
  }

  std::vector<Slot> slots_;  // a power of two; probed linearly, four fifths full at most
  size_t size_ = 0;
  uint32_t factor_ = random_factor();
};

}  // namespace weir::store::embedded
