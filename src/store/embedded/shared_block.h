#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace weir::store::embedded {

/// What `malloc` takes for `bytes`: glibc keeps 8 bytes of its own before them, and gives 16 at a time.
constexpr size_t allocated_bytes(size_t bytes) {
  return std::max<size_t>(32, (bytes + 8 + 15) / 16 * 16);
}

/// A counted array in one allocation, as std::shared_ptr<T[]> is, with 16 bytes less around it and 8 less in
/// the hand: a series of the head has one to three, so this is the one place of the store with a `new` of its
/// own. Memory is not touched before an item is written to it. One thread at a time appends; an item once
/// appended does not change, so any thread may read those that it was told of. Copies share the array; any
/// thread may make and drop them.
template <typename T>
class SharedBlock {
 public:
  SharedBlock() = default;
  /// Room for at least `capacity` items; what the allocator would waste is room, too.
  static SharedBlock with_capacity(size_t capacity) {
    SharedBlock block;
    const size_t bytes = allocated_bytes(kHeadBytes + capacity * sizeof(T)) - 8;
    block.head_ =
        new (::operator new(bytes)) Head{1, static_cast<uint32_t>((bytes - kHeadBytes) / sizeof(T)), 0};
    return block;
  }
  SharedBlock(const SharedBlock& other) : head_(other.head_) {
    if (head_ != nullptr) head_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  SharedBlock(SharedBlock&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  SharedBlock& operator=(SharedBlock other) noexcept {
    std::swap(head_, other.head_);
    return *this;
  }
  ~SharedBlock() {
    if (head_ != nullptr && head_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

  const T* data() const { return head_ == nullptr ? nullptr : items(); }
  /// Items appended so far. The appending thread's own, or any thread's once nothing is appended any more.
  uint32_t size() const { return head_ == nullptr ? 0 : head_->size; }
  uint32_t capacity() const { return head_ == nullptr ? 0 : head_->capacity; }
  /// Memory taken, the allocator's part included; what the items own is not.
  size_t size_bytes() const { return size_bytes(capacity()); }
  static constexpr size_t size_bytes(size_t capacity) {
    return capacity == 0 ? 0 : allocated_bytes(kHeadBytes + capacity * sizeof(T));
  }

  /// For one who counts the items elsewhere, of a type that needs no construction; `size` then stays 0.
  T* writable_data() { return items(); }
  /// There must be room.
  void append(const T* from, size_t count) {
    std::uninitialized_copy_n(from, count, items() + head_->size);
    head_->size += static_cast<uint32_t>(count);
  }

 private:
  struct Head {
    std::atomic<uint32_t> owners;
    uint32_t capacity;
    uint32_t size;
  };
  static constexpr size_t kHeadBytes = (sizeof(Head) + alignof(T) - 1) / alignof(T) * alignof(T);
  static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

  T* items() const { return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(head_) + kHeadBytes); }
  void destroy() {
    if constexpr (!std::is_trivially_destructible_v<T>) std::destroy_n(items(), head_->size);
    ::operator delete(head_);
  }

  Head* head_ = nullptr;
};

}  // namespace weir::store::embedded
