#pragma once

#include <array>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/guarded.h"
#include "ingest/known_metadata.h"
#include "ingest/pending_metadata.h"
#include "meta/meta_store.h"
#include "model/limits.h"
#include "model/metric_metadata.h"
#include "os/clock.h"
#include "os/threads.h"
#include "telemetry/metrics.h"

namespace weir::ingest {

struct MetadataWriterOptions {
  os::milliseconds interval{1'000};      ///< Between two rounds; what is new is readable so much later.
  os::milliseconds retry_max{30'000};    ///< The same while the catalogue fails, after doubling.
  os::milliseconds call_timeout{5'000};  ///< Of each call on the catalogue.
  os::milliseconds stop_timeout{5'000};  ///< For what is pending at the stop.
  size_t pending_bytes_max = 32u << 20;  ///< What waits for the catalogue; beyond it new entries are dropped.
  size_t known_metrics_max =
      2'000'000;  ///< Remembered, 80 bytes each; beyond it whole tenants are forgotten.
};

/// Keeps what senders say of metrics: what is new or has changed goes into the catalogue, as documents of
/// kind `metadata` (wire/metadata_document.h), which any process may read, and several may write at once.
/// Metadata is not in the log: a sender repeats it every minute or so, and what a crash loses comes again.
///
/// Any thread may call `take` and `count_dropped`; a write neither waits for the catalogue nor fails because
/// of it. Between `start` and `stop` a thread of its own writes.
class MetadataWriter {
 public:
  /// All outlive the writer.
  MetadataWriter(MetadataWriterOptions options, meta::MetaStore& meta, os::Clock& clock,
                 telemetry::Registry& registry);
  ~MetadataWriter();

  void start();
  /// Writes what is pending, for at most `stop_timeout`. Idempotent; called by the owner.
  void stop();

  /// Takes note of what a body said. Takes no memory for what is known already. What is beyond the limits, or
  /// beyond what the queue holds, is dropped and counted.
  void take(TenantId tenant, std::span<const MetricMetadata> metadata, const Limits& limits);

  /// Counts entries that the caller dropped itself.
  void count_dropped(const MetadataFaults& dropped);

  /// Writes what is pending; what fails is pending again. One caller at a time: the thread, or
  /// a test without one. Returns early, with what is left pending, when `stop` is requested.
  /// Errors: those of the catalogue that trying again may mend.
  Status flush(Deadline deadline, const std::stop_token& stop = {});

 private:
  struct Shared {
    KnownMetadata known;
    absl::flat_hash_map<TenantId, std::vector<PendingMetadata>> pending;
    size_t pending_bytes = 0;
  };
  struct Counters {
    telemetry::Counter& entries;
    std::array<telemetry::Counter*, kMetadataFaultCount> dropped;
    telemetry::Counter& documents;
    telemetry::Counter& failures;
    telemetry::Gauge& pending_bytes;
  };

  struct Arrival {
    TenantId tenant;
    const MetricMetadata& metadata;
    MetadataHash hash;
    uint32_t metrics_max;
    uint32_t now_s;
  };

  void run(const std::stop_token& stop);
  uint32_t now_s() const;
  void take_some(TenantId tenant, std::span<const MetricMetadata> some, const Limits& limits,
                 MetadataFaults& dropped);
  std::optional<MetadataFault> admit(Shared& shared, const Arrival& arrival) const;
  void drop(MetadataFault fault, uint64_t entries);

  Status write_tenant(TenantId tenant, std::vector<PendingMetadata>& pending, Deadline deadline,
                      const std::stop_token& stop);
  Status write_document(TenantId tenant, std::string_view key, std::span<const PendingMetadata> pending,
                        Deadline deadline);
  Status learn_all(TenantId tenant, Deadline deadline);
  void learn(TenantId tenant, const MetricDescriptions& metrics);
  void merge_within_limits(TenantId tenant, std::span<const PendingMetadata> pending,
                           MetricDescriptions& metrics, MetadataFaults& dropped);
  Deadline for_call(Deadline deadline) const;
  void complain(const Error& error);

  const MetadataWriterOptions options_;
  meta::MetaStore& meta_;
  os::Clock& clock_;
  const os::SteadyTime began_;
  Counters counters_;
  Guarded<Shared> shared_;
  bool stopped_ = false;                                   // of the owner
  os::SteadyTime next_complaint_ = os::SteadyTime::min();  // of who flushes
  os::Thread thread_;                                      // last, so that it ends first
};

}  // namespace weir::ingest
