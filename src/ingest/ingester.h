#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/completion.h"
#include "ingest/judge.h"
#include "ingest/lateness.h"
#include "ingest/split.h"
#include "log/log.h"
#include "model/batch_pool.h"
#include "model/limits.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "telemetry/metrics.h"

namespace weir::ingest {

/// The outcome of one write.
struct Verdict {
  uint64_t accepted_samples = 0;  ///< Durable. Duplicates of what is stored count too: a retry is a success.
  uint64_t accepted_histograms = 0;  ///< Of the accepted samples; the others are doubles.
  uint64_t accepted_exemplars = 0;   ///< Durable, with or without samples.
  uint64_t rejected_samples = 0;
  std::array<uint64_t, kReasonCount> rejected_by_reason{};  ///< The same samples, by index of their Reason.
  std::vector<Rejection> rejections;                        ///< The first `kRejectionsKept`, in order.
  ExemplarFaults dropped_exemplars{};                       ///< Dropping an exemplar rejects nothing.
  /// Where what was accepted lies in the log; empty when there is nothing.
  std::vector<log::Position> positions;
};

/// Whose write it is, and under what terms.
struct WriteContext {
  TenantId tenant;
  const Limits& limits;
  Deadline deadline;
  std::string_view trace_parent = {};  ///< W3C `traceparent` of the request; goes with the records.
};

/// Judges a batch sample by sample against the tenant's limits, splits what is good by partition, appends it
/// to the log and answers when it is durable. Stateless between calls; safe from any thread; may be destroyed
/// while writes are on their way.
class Ingester {
 public:
  /// All outlive the ingester.
  Ingester(log::Log& log, const wire::RecordCodec& codec, const os::Clock& clock,
           telemetry::Registry& registry);

  /// An empty batch to fill for `write`, in memory that is used again.
  std::shared_ptr<Batch> new_batch() { return batches_.take(); }

  /// `context` is read before the call returns; `batch` changes no more, since it goes with its records to
  /// the store. `done` runs once: inside the call when nothing is left to append, else on a thread of the
  /// log. Errors are those of `log::Log::append`; rejected samples are no error.
  void write(const WriteContext& context, std::shared_ptr<const Batch> batch, Completion<Verdict> done);

  /// Counts samples that the caller refused itself and left out of its batch.
  void count_refused(Reason reason, uint64_t samples) {
    counters_.rejected[static_cast<size_t>(reason)]->add(samples);
  }

  /// The same for exemplars. None of them makes a write fail.
  void count_dropped(const ExemplarFaults& dropped);

  /// While on, every write fails with kUnavailable before it is judged: the data is being moved elsewhere,
  /// and senders keep what they have and try again. Writes that were handed to the log before still complete.
  void set_read_only(bool on) { read_only_ = on; }

  /// As the registry's counters have them.
  struct Totals {
    uint64_t accepted = 0;
    uint64_t rejected = 0;
  };
  Totals totals() const;

  /// How long after their time this tenant's samples have come to this ingester.
  int64_t lateness_ms(TenantId tenant) const { return lateness_.of(tenant, clock_.wall_ms()); }

 private:
  /// Constant after construction; the counters live in the registry.
  struct Counters {
    telemetry::Counter& batches;
    telemetry::Counter& accepted;
    telemetry::Counter& failed;
    std::array<telemetry::Counter*, kReasonCount> rejected;
    telemetry::Counter& exemplars;
    std::array<telemetry::Counter*, kExemplarFaultCount> dropped_exemplars;
  };

  log::Log& log_;
  const wire::RecordCodec& codec_;
  const os::Clock& clock_;
  Counters counters_;
  Lateness lateness_;
  BatchPool batches_{BatchPool::Options()};
  std::atomic<bool> read_only_{false};
};

}  // namespace weir::ingest
