#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "base/recent_maximum.h"
#include "model/batch.h"
#include "os/threads.h"
#include "stream/processor.h"
#include "stream/tenant_lags.h"

namespace weir::stream {

struct ProcessorMetrics {
  ProcessorMetrics(const os::Clock& clock, telemetry::Registry& owner);
  telemetry::Registry& registry;
  telemetry::Counter& records;
  telemetry::Counter& refused;
  telemetry::Counter& samples;
  telemetry::Counter& duplicates;
  telemetry::Counter& conflicts;
  telemetry::Counter& too_old;
  telemetry::Counter& retries;
  telemetry::Histogram& commit_seconds;
  TenantLags tenant_lags;
  Guarded<RecentMaximum> delay_ms;  ///< Of records, from their append until queries see them.
};

/// Owns one partition: a thread that reads its records, decodes them and commits them to the store, in order,
/// from construction to destruction. The state machine: acquire the lease and seek to its offset; then poll,
/// decode, commit. Any failure goes back to acquiring, after a delay. The progress functions are safe from
/// any thread.
class PartitionWorker {
 public:
  PartitionWorker(PartitionId partition, const ProcessorParts& parts, const ProcessorOptions& options,
                  os::Clock& clock, ProcessorMetrics& metrics);
  /// Finishes the commit in flight.
  ~PartitionWorker();

  bool caught_up() const { return caught_up_.load(); }
  PartitionProgress progress() const;
  /// Queries see what was appended to the partition up to this time, but for what the log makes durable.
  TimestampMs complete_ms() const;

 private:
  void run(std::stop_token stop);
  /// Takes the lease and places the reader; afterwards `applied_` is the store's own offset.
  Status take_over();
  /// One round of poll, decode and commit.
  Status step();
  Status commit(std::span<const log::Record> records);
  Status decode(std::span<const log::Record> records);
  std::string payload_of(const log::Record& record) const;
  Status set_histograms_aside(const log::Record& record);
  Status set_aside(const log::Record& record, const Error& error);
  Status commit_one_by_one(std::span<const log::Record> records);
  Status commit_and_wait(std::span<const store::AppliedRecord> records, Offset next);
  void note_applied(const log::Record& last);
  void note_caught_up();
  void trim_when_due();
  /// Waits before the next attempt.
  void handle_failure(const Error& error, std::stop_token stop);

  const PartitionId partition_;
  log::Log& log_;
  const wire::RecordCodec& codec_;
  store::Store& store_;
  DeadLetters& dead_letters_;
  LateTable* const late_table_;
  const std::function<void(const AppliedRecords&)> on_applied_;
  const std::function<std::optional<Offset>(PartitionId)> needed_from_;
  const ProcessorOptions& options_;
  os::Clock& clock_;
  ProcessorMetrics& metrics_;

  std::unique_ptr<log::Reader> reader_;
  std::optional<store::Lease> lease_;
  std::vector<Batch> batches_;  // kept between rounds for their memory
  std::vector<store::AppliedRecord> applied_records_;
  os::milliseconds retry_delay_;
  os::SteadyTime next_trim_;
  os::SteadyTime taken_over_;

  std::atomic<int64_t> applied_{0};
  std::atomic<TimestampMs> applied_to_ms_{0};  // append of the last record that is applied
  std::atomic<int64_t> catch_up_target_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<bool> caught_up_{false};
  std::atomic<double> catch_up_seconds_{0};
  const std::unique_ptr<telemetry::Registry::Handle> lag_gauge_;
  const std::unique_ptr<telemetry::Registry::Handle> catch_up_gauge_;
  os::Thread thread_;  // last: starts when all else is there
};

}  // namespace weir::stream
