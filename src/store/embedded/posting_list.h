#pragma once

#include <cstdint>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "store/embedded/label_index.h"

namespace weir::store::embedded {

/// Ascending numbers of series, appended only, in few bytes: series arrive in the order of their labels more
/// often than not, so most lists are long runs of neighbours. One thread.
class PostingList {
 public:
  /// `number`: greater than all that are here, less than UINT32_MAX.
  void push_back(uint32_t number);
  /// How many there are, in constant time: exact for short lists, else as dense as the begin of the list.
  size_t about_size() const;
  /// Whether one of the numbers is in `wanted`; those beyond its end are not.
  bool meets(const std::vector<bool>& wanted) const;
  /// Appends all numbers.
  void append_to(Postings& out) const;
  /// Memory beside the list itself.
  size_t heap_bytes() const;

 private:
  void put(uint32_t value);
  void put_run();

  // For each number its distance from the one before (the first's from -1) as a varint; or 0 and a varint n,
  // for n times the distance 1. A run at the end is still in `run_`.
  static constexpr size_t kInlineBytes = 16;
  absl::InlinedVector<uint8_t, kInlineBytes> bytes_;
  uint32_t last_ = UINT32_MAX;
  uint32_t run_ = 0;  // numbers up to `last_` that follow on the bytes' last one without a gap
};

}  // namespace weir::store::embedded
