#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "store/embedded/shared_block.h"

namespace weir::store::embedded {

/// A growing array whose written part never changes, so a reader may keep a view while the writer appends:
/// growing moves to a new array and leaves the old one to its readers. One writer; views are taken under the
/// lock that the writer holds, and read without it.
template <typename T>
class AppendBuffer {
 public:
  class View {
   public:
    View() = default;
    View(SharedBlock<T> block, uint32_t size) : block_(std::move(block)), size_(size) {}
    std::span<const T> items() const { return {block_.data(), size_}; }

   private:
    SharedBlock<T> block_;
    uint32_t size_ = 0;
  };

  AppendBuffer() = default;
  AppendBuffer(AppendBuffer&&) noexcept = default;
  AppendBuffer& operator=(AppendBuffer&&) noexcept = default;

  void push_back(const T& item) {
    if (block_.capacity() == block_.size()) grow();
    block_.append(&item, 1);
  }

  View view() const { return View(block_, block_.size()); }
  std::span<const T> items() const { return {block_.data(), block_.size()}; }
  bool empty() const { return block_.size() == 0; }
  size_t size() const { return block_.size(); }
  /// Memory taken, the allocator's part included; what the items own is not.
  size_t size_bytes() const { return block_.size_bytes(); }
  const T& back() const { return items().back(); }

 private:
  // By halves: most buffers are short, and what is unused of them is a good part of their cost.
  void grow() {
    auto larger =
        SharedBlock<T>::with_capacity(std::max<size_t>(block_.capacity() + 1u, block_.capacity() / 2 * 3));
    larger.append(block_.data(), block_.size());
    block_ = std::move(larger);
  }

  SharedBlock<T> block_;
};

}  // namespace weir::store::embedded
