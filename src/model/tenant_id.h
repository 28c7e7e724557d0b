#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace weir {

/// Whose data something is. The first argument of everything that touches data and the first part of every
/// key. There is no default value: a TenantId comes from the tenant catalogue (`meta/`), or from stored bytes
/// that hold one.
class TenantId {
 public:
  /// For the catalogue, which hands ids out, and for codecs that read one back; nowhere else (tools/ checks
  /// that).
  static constexpr TenantId from_stored(uint64_t value) { return TenantId(value); }

  /// A tenant that owns nothing and to which nothing is ever written: what a name without a tenant reads as.
  static constexpr TenantId nobody() { return TenantId(0); }

  constexpr uint64_t value() const { return value_; }
  constexpr auto operator<=>(const TenantId&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, TenantId id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  constexpr explicit TenantId(uint64_t value) : value_(value) {}
  uint64_t value_;
};

}  // namespace weir

template <>
struct std::hash<weir::TenantId> {
  size_t operator()(weir::TenantId id) const { return std::hash<uint64_t>()(id.value()); }
};
