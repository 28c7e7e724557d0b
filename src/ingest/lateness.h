#pragma once

#include <cstdint>
#include <mutex>

#include <absl/container/flat_hash_map.h>

#include "base/recent_maximum.h"
#include "model/batch.h"
#include "model/tenant_id.h"

namespace weir::ingest {

/// How long after their time the samples of each tenant come, by those of the last minutes: what senders
/// gather before they send, and the way here. Samples that come later than the bound are late, and nobody
/// waits for their like: one who sends an hour of history does not hold the others up. Times in the future
/// count as on time, so a clock that is fast drags nobody. Safe from any thread.
class Lateness {
 public:
  struct Options {
    int64_t most_ms = 10'000;      ///< What is later than this does not count.
    size_t tenants_max = 100'000;  ///< Of more, one has to be forgotten for each new one.
  };

  Lateness() : Lateness(Options()) {}
  explicit Lateness(const Options& options) : options_(options) {}

  void came(TenantId tenant, const Batch& batch, TimestampMs now_ms);
  /// The longest that a sample of the last five minutes took.
  int64_t of(TenantId tenant, TimestampMs now_ms) const;

 private:
  const Options options_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<TenantId, RecentMaximum> tenants_;  // guarded by mutex_
};

}  // namespace weir::ingest
