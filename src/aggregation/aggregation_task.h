#pragma once

#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aggregation/aggregator.h"
#include "aggregation/partition_offsets.h"
#include "aggregation/recount.h"
#include "aggregation/shared_scans.h"
#include "aggregation/state_document.h"
#include "aggregation/touched_places.h"
#include "os/due_tasks.h"

namespace weir::aggregation {

/// What all aggregations count into.
struct AggregationMetrics {
  explicit AggregationMetrics(telemetry::Registry& registry);
  telemetry::Counter& windows;
  telemetry::Counter& samples;
  telemetry::Counter& outputs;
  telemetry::Counter& late_samples;
  telemetry::Counter& corrections;
  telemetry::Counter& too_late;
  telemetry::Counter& failures;
  telemetry::Histogram& seconds;
  telemetry::Histogram& delay_seconds;
};

/// One aggregation at work. One thread at a time makes its steps; all else is safe from any thread.
class AggregationTask : public os::DueTasks::Task, public SharedScans::Reader {
 public:
  /// What an aggregator does for all of its tasks.
  struct Host {
    const AggregatorOptions& options;
    const AggregatorParts& parts;
    AggregationMetrics& metrics;
    /// Up to where each partition's late samples have been looked at.
    std::function<PartitionOffsets()> looked_at;
    /// The oldest input sample of a tenant that any aggregation may still read.
    std::function<TimestampMs(TenantId tenant)> raw_needed_from;
    SharedScans& scans;
  };
  /// `host` outlives it. `progress`: as the catalogue has it, in that version; nullopt for one that begins.
  AggregationTask(const Host& host, TenantDefinition definition, std::optional<Progress> progress,
                  uint64_t version);

  /// Another definition of that name from the next step on.
  void change(Definition definition);
  /// The next step is the last one: what is kept of it goes.
  void retire();
  std::optional<os::SteadyTime> step() override;

  /// Equal for those that may share scans, as they read the same when the same samples are there. Of the
  /// definition that will be used next.
  std::string scan_key() const;
  std::optional<TimestampMs> join_scan(TimestampMs to_ms) override;

  /// Samples of that time or before it are late.
  TimestampMs closed_ms() const { return closing_ms_; }
  /// Looks at a series with late samples, which queries see. Those that are too late are added to `late`.
  void look_at(const Batch& batch, const Batch::Series& series, log::Position position, LateSamples& late);
  /// Whether so many places wait to be corrected that no more are to come.
  bool is_full() const { return places_.size() >= host_.options.places_max; }

  AggregationStatus status() const;
  /// Up to which time all outputs are there of windows that have ended.
  TimestampMs complete_ms() const;
  TimestampMs raw_needed_from() const { return raw_needed_from_; }
  /// What the catalogue says of the log: records before it are not needed again.
  PartitionOffsets saved_offsets() const;

 private:
  /// What a definition comes to. Immutable.
  struct Shape {
    Shape(TenantId tenant, Definition of);
    static std::string key_of(TenantId tenant, const Definition& definition);
    const Definition definition;
    const Grouping grouping;
    const std::string scan_key;
  };

  void adopt(Definition definition);
  Result<std::shared_ptr<const Scan>> shared_scan(TimeRange range, Deadline deadline);
  void close_to(TimestampMs to_ms);
  Status work();
  Status begin(TimestampMs watermark_ms);
  Status close(TimestampMs watermark_ms);
  TimestampMs next_close(TimestampMs watermark_ms);
  Status write_outputs(const std::vector<OutputSample>& outputs, TimestampMs to_ms);
  void note_closed(TimestampMs from_ms, uint64_t samples, uint64_t outputs, os::SteadyTime began);
  Status correct();
  Status correct_place(const Labels& group, TimestampMs place_ms, Batch& corrections, uint64_t& corrected);
  Result<std::map<std::pair<Labels, TimestampMs>, double>> stored_outputs(const Labels& group,
                                                                          TimeRange times) const;
  Status erase_raw();
  Status save(bool at_once);
  bool finish();
  os::milliseconds wait() const;
  Deadline deadline() const;
  void note(const Status& outcome);
  std::shared_ptr<const Shape> shape() const;
  int64_t step_ms() const { return window_step_ms(shape_->definition.window); }

  const Host& host_;
  const TenantId tenant_;
  const std::string name_;
  TouchedPlaces places_;
  std::atomic<TimestampMs> closing_ms_;  // windows up to there are closed, or about to be
  std::atomic<TimestampMs> closed_ms_;   // as in the progress, for other threads, as are the next two
  std::atomic<TimestampMs> began_ms_;    // as in the progress, for other threads
  std::atomic<TimestampMs> raw_from_ms_;
  std::atomic<TimestampMs> raw_needed_from_{std::numeric_limits<TimestampMs>::min()};
  std::atomic<uint64_t> late_samples_{0};
  std::atomic<uint64_t> too_late_{0};

  // Of the stepping thread; shape_ is written under the mutex too.
  std::shared_ptr<const Shape> shape_;
  std::unique_ptr<Recount> recount_;
  bool begun_;
  Progress progress_;
  uint64_t version_;
  TimestampMs redo_to_ms_;  // outputs up to there may have been written before
  Progress saved_;
  os::SteadyTime next_save_;
  os::SteadyTime next_erase_;
  TimestampMs erased_to_ms_ = 0;  // in this life; what is kept of it comes before
  bool behind_ = false;           // there are more windows to close at once

  mutable std::mutex mutex_;
  std::optional<Definition> wanted_;  // guarded by mutex_, as is what follows
  bool retired_ = false;
  AggregationStatus status_;
  PartitionOffsets saved_offsets_;
};

}  // namespace weir::aggregation
