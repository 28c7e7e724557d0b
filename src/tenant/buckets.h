#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_map.h>

#include "base/hash.h"
#include "model/tenant_id.h"

namespace weir::tenant {

/// One `Bucket` for each tenant and dimension, bounded in number, in parts under a lock each. `Bucket` has
/// `bool is_idle(int64_t now_ns)`: then a new one is as good, and it may be forgotten. Safe from any thread.
template <typename Bucket>
class Buckets {
 public:
  explicit Buckets(size_t buckets_max) : part_max_(buckets_max / kParts + 1) {}

  /// Calls `use(Bucket&)` under the bucket's lock, making the bucket if need be. False, without a call, when
  /// all places are taken by buckets in use.
  template <typename Use>
  bool with(TenantId tenant, std::string_view dimension, int64_t now_ns, Use&& use) {
    const View view{tenant, dimension};
    const size_t hash = Hash()(view);
    Part& part = parts_[hash % kParts];
    std::lock_guard lock(part.mutex);
    auto found = part.buckets.find(view);
    if (found == part.buckets.end()) {
      if (!make_room(part, now_ns)) return false;
      found = part.buckets.try_emplace(Key{tenant, std::string(dimension)}).first;
    }
    use(found->second);
    return true;
  }

 private:
  static constexpr size_t kParts = 16;
  static constexpr int64_t kSweepIntervalNs = 1'000'000'000;

  struct View {
    TenantId tenant;
    std::string_view dimension;
  };
  struct Key {
    TenantId tenant;
    std::string dimension;
    operator View() const { return {tenant, dimension}; }  // NOLINT: converts by intent
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const View& key) const { return stable_hash(key.dimension, key.tenant.value()); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const View& a, const View& b) const {
      return a.tenant == b.tenant && a.dimension == b.dimension;
    }
  };
  struct Part {
    std::mutex mutex;
    absl::flat_hash_map<Key, Bucket, Hash, Equal> buckets;
    int64_t next_sweep_ns = INT64_MIN;
  };

  // A full part is searched for idle buckets, but not at every call: it may hold none.
  bool make_room(Part& part, int64_t now_ns) {
    if (part.buckets.size() < part_max_) return true;
    if (now_ns < part.next_sweep_ns) return false;
    part.next_sweep_ns = now_ns + kSweepIntervalNs;
    absl::erase_if(part.buckets, [&](const auto& entry) { return entry.second.is_idle(now_ns); });
    return part.buckets.size() < part_max_;
  }

  const size_t part_max_;
  std::array<Part, kParts> parts_;
};

}  // namespace weir::tenant
