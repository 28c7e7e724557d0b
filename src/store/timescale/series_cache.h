#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <absl/container/flat_hash_map.h>

#include "base/guarded.h"
#include "base/time.h"
#include "model/labels.h"
#include "model/tenant_id.h"
#include "model/time_range.h"

namespace weir::store::timescale {

/// What is known of a series that the database has.
struct KnownSeries {
  int64_t id = 0;
  TimeRange seen;  ///< As stored: no sample lies outside.
};

/// Ids of series by tenant and labels, for a bounded number of them: when half of it is full, what was not
/// asked for since the half before is forgotten. Keys are 128 bits of XXH3 under seeds of this process alone,
/// so that nobody can make two label sets meet. Safe from any thread.
class SeriesCache {
 public:
  explicit SeriesCache(uint64_t series_max);

  struct Key {
    uint64_t tenant;
    std::array<uint64_t, 2> hash;
    bool operator==(const Key&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.tenant, key.hash[0], key.hash[1]);
    }
  };
  Key key(TenantId tenant, LabelsView labels) const;

  std::optional<KnownSeries> find(const Key& key);
  void put(const Key& key, const KnownSeries& series);
  void forget(const Key& key);
  size_t size() const;

 private:
  struct State {
    absl::flat_hash_map<Key, KnownSeries> young;
    absl::flat_hash_map<Key, KnownSeries> old;
  };
  static void add(State& state, const Key& key, const KnownSeries& series, uint64_t half);

  const uint64_t half_;
  const std::array<uint64_t, 2> seeds_;
  Guarded<State> state_;
};

}  // namespace weir::store::timescale
