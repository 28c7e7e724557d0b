#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

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
    View(std::shared_ptr<const T[]> data, uint32_t size) : data_(std::move(data)), size_(size) {}
    std::span<const T> items() const { return {data_.get(), size_}; }

   private:
    std::shared_ptr<const T[]> data_;
    uint32_t size_ = 0;
  };

  /// Returns the bytes by which the array grew.
  size_t push_back(T item) {
    const size_t grown = size_ == capacity_ ? grow() : 0;
    data_[size_++] = std::move(item);
    return grown;
  }
  /// Forgets the content; views keep theirs.
  void reset() { *this = AppendBuffer(); }

  View view() const { return View(data_, size_); }
  std::span<const T> items() const { return {data_.get(), size_}; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  size_t capacity_bytes() const { return capacity_ * sizeof(T); }
  const T& back() const { return data_[size_ - 1]; }

 private:
  static constexpr uint32_t kFirstCapacity = 4;

  size_t grow() {
    const uint32_t capacity = capacity_ == 0 ? kFirstCapacity : 2 * capacity_;
    auto larger = std::make_shared<T[]>(capacity);
    std::copy_n(data_.get(), size_, larger.get());
    data_ = std::move(larger);
    return (capacity - std::exchange(capacity_, capacity)) * sizeof(T);
  }

  std::shared_ptr<T[]> data_;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace weir::store::embedded
