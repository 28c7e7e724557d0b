#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace weir {

/// An integer that cannot be mixed up with another: `using PartitionId = StrongId<struct PartitionTag,
/// uint32_t>`.
template <typename Tag, typename T>
class StrongId {
 public:
  using Value = T;
  constexpr StrongId() = default;
  constexpr explicit StrongId(T value) : value_(value) {}
  constexpr T value() const { return value_; }
  constexpr auto operator<=>(const StrongId&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, StrongId id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  T value_{};
};

/// A partition of the durable log, 0 to partition_count - 1. The unit of order, ownership and parallelism.
using PartitionId = StrongId<struct PartitionTag, uint32_t>;

/// The position of a record in its partition: the first is 0, each next one larger (gaps are possible).
using Offset = StrongId<struct OffsetTag, int64_t>;

/// Fencing token of a partition's owner: each new owner gets a larger one, and work under a smaller one is
/// refused.
using Epoch = StrongId<struct EpochTag, uint64_t>;

}  // namespace weir

template <typename Tag, typename T>
struct std::hash<weir::StrongId<Tag, T>> {
  size_t operator()(weir::StrongId<Tag, T> id) const { return std::hash<T>()(id.value()); }
};
