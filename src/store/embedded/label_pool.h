#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/labels.h"

namespace weir::store::embedded {

/// The label sets of many series, with each label's text kept once. A label is its canonical bytes, name and
/// value, under a number given in the order of arrival; a set is a list of such numbers. Only appended to:
/// what is here never moves or changes as long as the pool lives. One thread at a time appends; any thread
/// may read what was here when it was told of it.
class LabelPool {
 public:
  /// A set's labels, in the order of their names.
  class Set {
   public:
    Set() = default;
    std::span<const uint32_t> labels() const { return {at_ + 1, *at_}; }

   private:
    friend class LabelPool;
    explicit Set(const uint32_t* at) : at_(at) {}
    const uint32_t* at_ = nullptr;  // their number, then they
  };

  /// No label's number.
  static constexpr uint32_t kNoLabel = UINT32_MAX;

  /// `bytes`: one label in canonical form, not here yet; copied. Returns its number, the count of labels
  /// before.
  uint32_t add_label(std::string_view bytes);
  /// The set whose canonical bytes are those of `labels`, in this order.
  Set add_set(std::span<const uint32_t> labels);

  uint32_t label_count() const { return label_count_; }
  /// In canonical form.
  std::string_view label_bytes(uint32_t label) const {
    const Text& text = at(label);
    return {text.data, text.size};
  }
  Label label(uint32_t label) const { return *LabelsView(label_bytes(label)).begin(); }
  std::string_view value(uint32_t label) const { return this->label(label).value; }
  /// Memory taken.
  size_t size_bytes() const { return size_bytes_; }

 private:
  struct Text {
    const char* data;
    uint32_t size;
  };
  /// Memory handed out from the front of one allocation after the other.
  template <typename T>
  struct Arena {
    std::vector<std::unique_ptr<T[]>> blocks;
    T* next = nullptr;
    size_t left = 0;
  };
  template <typename T>
  T* take(Arena<T>& arena, size_t count);

  // Each block of texts is as large as all before it and the first one, so none ever moves.
  static constexpr uint32_t kFirstTexts = 32;
  static constexpr int kFirstBits = std::bit_width(kFirstTexts);
  static int block_of(uint64_t shifted) { return std::bit_width(shifted) - kFirstBits; }
  const Text& at(uint32_t label) const {
    const uint64_t shifted = uint64_t{label} + kFirstTexts;
    const int block = block_of(shifted);
    return texts_[static_cast<size_t>(block)][shifted - (uint64_t{kFirstTexts} << block)];
  }

  std::array<std::unique_ptr<Text[]>, 33 - kFirstBits + 1> texts_;
  uint32_t label_count_ = 0;
  Arena<char> bytes_;
  Arena<uint32_t> sets_;
  size_t size_bytes_ = 0;
};

/// A set of a pool, which must outlive it. A value.
class PooledLabels {
 public:
  /// The last labels of a set, in number and bytes.
  struct Tail {
    uint16_t bytes = 0;
    uint8_t labels = 0;
  };

  PooledLabels(const LabelPool& pool, LabelPool::Set set) : pool_(&pool), set_(set) {}

  /// Value of the label `name`, empty when absent. Linear.
  std::string_view get(std::string_view name) const;
  /// Appends the canonical bytes.
  void append_to(std::string& bytes) const;

  /// The last labels that both have in common, as far as a Tail can count; `other` is of the same pool.
  Tail tail_shared_with(const PooledLabels& other) const;
  /// `*this == labels`, faster when most labels are in a tail shared with a set that `known` is equal to:
  /// those are compared with `known`, in one go and without a look at the pool.
  bool equals_with_tail(LabelsView labels, Tail tail, LabelsView known) const;

  friend bool operator==(const PooledLabels& a, LabelsView b);
  friend bool operator==(const PooledLabels& a, const PooledLabels& b) { return (a <=> b) == 0; }
  /// As LabelsView.
  friend std::strong_ordering operator<=>(const PooledLabels& a, const PooledLabels& b);

 private:
  const LabelPool* pool_;
  LabelPool::Set set_;
};

}  // namespace weir::store::embedded
