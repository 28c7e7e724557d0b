#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_map.h>

#include "os/clock.h"

namespace weir::cache::memory {

/// A part of the cache under its own lock: entries by key, and in the order of their last use. Safe from any
/// thread.
class Shard {
 public:
  /// What a call changed, for the metrics.
  struct Change {
    int64_t bytes = 0;
    uint64_t evicted = 0;
  };

  /// `bytes_max`: keys, values and bookkeeping of this shard together.
  explicit Shard(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// The value when it is there and lives past `now`; it becomes the most recently used.
  std::optional<std::string> get(std::string_view key, os::SteadyTime now);

  /// Adds or replaces, and forgets the least recently used entries until all fit; the new one always stays.
  Change put(std::string_view key, std::string_view value, os::SteadyTime expires);

  Change erase(std::string_view key);

  /// What an entry costs: its bytes and an estimate of the nodes that hold it.
  static uint64_t entry_bytes(std::string_view key, std::string_view value);

 private:
  struct Entry {
    std::string key;
    std::string value;
    os::SteadyTime expires;
  };
  using Entries = std::list<Entry>;

  int64_t remove(Entries::iterator entry);

  const uint64_t bytes_max_;
  std::mutex mutex_;
  uint64_t bytes_ = 0;                                               // guarded by mutex_, as all below
  Entries entries_;                                                  // the most recently used first
  absl::flat_hash_map<std::string_view, Entries::iterator> by_key_;  // views of the entries' own keys
};

}  // namespace weir::cache::memory
