#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <absl/container/flat_hash_map.h>

#include "model/metric_metadata.h"
#include "model/tenant_id.h"

namespace weir::ingest {

/// A description of a metric, as far as it has to be told from others.
struct MetadataHash {
  uint64_t metric = 0;  ///< wire::metric_hash
  uint64_t description = 0;

  static MetadataHash of(const MetricMetadata& metadata);
  static uint64_t of(const MetricDescription& description);
};

/// What a process knows to be in the catalogue, or on its way there: the hashes of descriptions, 80 bytes a
/// metric, so that what is said again and again costs a look-up and nothing else. Owned by one thread at a
/// time.
class KnownMetadata {
 public:
  enum class Verdict {
    kKnown,
    kNew,                  ///< To be written, and known from now on.
    kInUseAgain,           ///< Known, and to be written as the latest, since what was is not sent any more.
    kTooManyMetrics,       ///< Of the tenant.
    kTooManyDescriptions,  ///< Of the metric, all of which are in use.
  };
  /// For so long after it was last sent a description counts as in use. Senders repeat theirs every minute.
  static constexpr uint32_t kInUseSeconds = 600;

  /// Takes note of what is sent at `now_s`, seconds since any moment, but always the same one.
  Verdict see(TenantId tenant, MetadataHash hash, uint32_t metrics_max, uint32_t now_s);

  /// Takes over what the catalogue has of a metric: the hashes of its descriptions, the latest first.
  void learn(TenantId tenant, uint64_t metric, std::span<const uint64_t> descriptions, uint32_t now_s);
  void forget(TenantId tenant, uint64_t metric);

  /// Whether all that the catalogue had of the tenant has been learned.
  bool is_complete(TenantId tenant) const;
  void set_complete(TenantId tenant);

  size_t metrics(TenantId tenant) const;
  /// Of all tenants.
  size_t metrics() const { return metrics_; }
  /// Forgets whole tenants, those first that have sent nothing for the longest time, until there are no more
  /// than `metrics_max`.
  void shrink(size_t metrics_max);

 private:
  struct Metric {
    // The latest first; a hash of 0 is none.
    std::array<uint64_t, kDescriptionsPerMetricMax> hashes{};
    std::array<uint32_t, kDescriptionsPerMetricMax> seen_s{};
  };
  struct Tenant {
    absl::flat_hash_map<uint64_t, Metric> metrics;
    uint32_t seen_s = 0;
    bool complete = false;
  };

  static size_t place_of_new(const Metric& metric, uint32_t now_s);
  static void put_first(Metric& metric, size_t from, uint64_t hash, uint32_t now_s);

  absl::flat_hash_map<TenantId, Tenant> tenants_;
  size_t metrics_ = 0;
};

}  // namespace weir::ingest
