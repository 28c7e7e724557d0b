#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/completion.h"
#include "log/log.h"
#include "model/batch.h"
#include "model/limits.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "telemetry/metrics.h"

namespace weir::ingest {

/// Why one series of a batch (with all its samples), or one sample, was refused.
struct Rejection {
  uint32_t series_index = 0;  ///< Index of the series in the batch as sent.
  std::string_view reason;    ///< Stable code: "labels_per_series", "label_name_bytes", "missing_metric_name", ...
  std::string message;        ///< One sentence: the series, what was found, the limit.
  uint64_t limit = 0;         ///< 0 when the reason has none.
  uint32_t samples = 0;       ///< Samples refused.
};

/// The outcome of one write.
struct Verdict {
  uint64_t accepted_samples = 0;  ///< Durable. Duplicates of what is stored count too: a retry is a success.
  uint64_t rejected_samples = 0;
  std::vector<Rejection> rejections;       ///< The first `kRejectionsKept`, in order.
  std::vector<log::Position> positions;    ///< Where the accepted samples lie in the log; empty when there are none.
};
inline constexpr size_t kRejectionsKept = 100;

/// Judges a batch sample by sample against the tenant's limits, splits what is good by partition, appends it to the log and
/// answers when it is durable. Stateless between calls; safe from any thread.
class Ingester {
 public:
  /// All outlive the ingester.
  Ingester(log::Log& log, const os::Clock& clock, telemetry::Registry& registry);

  /// `batch` is read before the call returns. `done` runs once: inside the call when nothing is left to append, else on a
  /// thread of the log. Errors are those of `log::Log::append`; rejected samples are no error.
  void write(TenantId tenant, const Batch& batch, const Limits& limits, Deadline deadline, Completion<Verdict> done);

 private:
  log::Log& log_;
  const os::Clock& clock_;
  telemetry::Counter& accepted_;
  telemetry::Counter& rejected_;
  telemetry::Counter& failed_;
};

/// The partition that a series belongs to, for ever: stable_hash of tenant and canonical labels, modulo the count.
PartitionId partition_of(TenantId tenant, LabelsView labels, uint32_t partition_count);

}  // namespace weir::ingest
