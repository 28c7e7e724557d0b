#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <absl/container/btree_set.h>
#include <absl/functional/function_ref.h>

#include "store/embedded/label_pool.h"

namespace weir::store::embedded {

/// The labels of a pool that share one name. A new one is put into the order of values only when somebody
/// asks for that order, and then once. One thread at a time, readers included.
class LabelValues {
 public:
  /// The pool must outlive it.
  explicit LabelValues(const LabelPool& pool) : ordered_(Earlier{&pool}) {}

  /// A label that is not here yet.
  void add(uint32_t label) { pending_.push_back(label); }
  /// The same labels as another pool numbers them, without those that are LabelPool::kNoLabel there; what is
  /// in order stays so.
  LabelValues renumbered(const LabelPool& pool, std::span<const uint32_t> numbers) const;

  size_t size() const { return pending_.size() + ordered_.size(); }
  /// Calls `visit` with each label, in no order.
  void visit_any(absl::FunctionRef<void(uint32_t label)> visit) const;
  /// Calls `visit` with the labels whose value is `first` or greater, in ascending order of values, until it
  /// returns false.
  void visit_from(std::string_view first, absl::FunctionRef<bool(uint32_t label)> visit) const;

 private:
  struct Earlier {
    using is_transparent = void;
    const LabelPool* pool;
    bool operator()(uint32_t a, uint32_t b) const { return pool->value(a) < pool->value(b); }
    bool operator()(uint32_t a, std::string_view b) const { return pool->value(a) < b; }
    bool operator()(std::string_view a, uint32_t b) const { return a < pool->value(b); }
  };

  mutable std::vector<uint32_t> pending_;
  mutable absl::btree_set<uint32_t, Earlier> ordered_;
};

}  // namespace weir::store::embedded
