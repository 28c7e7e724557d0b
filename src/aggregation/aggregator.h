#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregation/definition.h"
#include "log/log.h"
#include "meta/meta_store.h"
#include "model/batch.h"
#include "os/clock.h"
#include "store/store.h"
#include "telemetry/metrics.h"
#include "wire/record_codec.h"

namespace weir::aggregation {

/// An aggregation that is to be made.
struct TenantDefinition {
  TenantId tenant = TenantId::nobody();
  Definition definition;
};

/// One aggregation and how it does. A value.
struct AggregationStatus {
  Definition definition;
  std::optional<TimestampMs> watermark_ms;  ///< Of the tenant.
  TimestampMs closed_ms =
      0;                 ///< The outputs of windows that ended up to this time are there; 0 before the first.
  uint64_t windows = 0;  ///< Closed by this process, as all counts that follow.
  uint64_t samples = 0;  ///< Read.
  uint64_t outputs = 0;  ///< Samples written.
  uint64_t late_samples = 0;  ///< That came for windows which were closed.
  uint64_t corrections = 0;   ///< Output samples that late ones have changed, added or taken away.
  uint64_t too_late = 0;      ///< Samples that came too late to correct anything, and were set aside.
  uint64_t waiting = 0;       ///< Places that late samples have touched and are not corrected yet.
  uint64_t failures = 0;
  std::string last_error;             ///< Empty when the last attempt went well.
  std::chrono::microseconds took{0};  ///< Closing the last windows.
};

/// What a partition's processor has applied: queries see it from now on.
struct AppliedRecords {
  PartitionId partition;
  Offset from{0};  ///< All records from here to `next` are among them, as far as they hold samples.
  Offset next{0};
  std::span<const store::AppliedRecord> records;
};

/// Samples that came too late to correct a window.
struct LateSamples {
  TenantId tenant = TenantId::nobody();
  log::Position position;  ///< Of the record that they are of.
  Batch batch;
  std::string message;  ///< Which aggregation, and by what bound.
};

struct AggregatorOptions {
  size_t threads = 2;
  os::milliseconds timeout{60'000};          ///< Of one recount.
  int64_t catch_up_ms_max = 86'400'000;      ///< What lies further back when a process begins is left out.
  os::milliseconds save_interval{5'000};     ///< At least so long lies between two saves of one aggregation.
  os::milliseconds erase_interval{600'000};  ///< The same of erasing input samples.
  size_t places_max = 100'000;  ///< Touched places that wait, of one aggregation; beyond, the feed waits.
};

/// What an aggregator works with. All outlives it; all is called from several threads.
struct AggregatorParts {
  os::Clock& clock;
  telemetry::Registry& registry;
  meta::MetaStore& meta;
  store::Store& store;
  log::Log& log;
  const wire::RecordCodec& codec;  ///< Of the log's records.
  /// Up to which event time a tenant's samples are there.
  std::function<std::optional<TimestampMs>(TenantId tenant)> watermark_ms;
  /// Brings samples into the log. They are visible before it returns.
  std::function<Status(TenantId tenant, const Batch& samples)> write;
  /// Keeps samples that came too late; durable before it returns.
  std::function<Status(const LateSamples& late)> set_aside;
};

/// Makes the outputs of streaming aggregations: when the watermark of a tenant has passed the end of a
/// window, its samples are read from the store and its outputs written through the log; when samples come
/// late, the windows that they touch are read again, and what differs is written in place of what is there.
/// So there is no state of windows to lose: what the catalogue keeps is how far each aggregation has come, in
/// time and in the log, and what is done twice comes out the same. One aggregator at a time, of all
/// processes. Safe from any thread.
class Aggregator {
 public:
  Aggregator(const AggregatorOptions& options, const AggregatorParts& parts);
  /// Finishes what is under way.
  ~Aggregator();

  /// These aggregations and no others, from now on. One that was there goes on where it is. Errors, after
  /// which all is as before: those of MetaStore.
  Status set_definitions(std::vector<TenantDefinition> definitions);
  /// None from now on, as another process makes them. Waits for what is under way.
  void release();

  /// From the thread of a partition of this process, in order. What does not come this way is read from the
  /// log.
  void applied(const AppliedRecords& applied);
  /// The first record of a partition that may be needed again; nullopt when none is.
  std::optional<Offset> needed_from(PartitionId partition) const;

  /// By name.
  std::vector<AggregationStatus> status(TenantId tenant) const;
  /// Up to which time all outputs are there of windows that have ended; nullopt where there are no
  /// aggregations.
  std::optional<TimestampMs> complete_ms(TenantId tenant) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::aggregation
