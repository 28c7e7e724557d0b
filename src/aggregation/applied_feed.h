#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "aggregation/aggregator.h"
#include "aggregation/partition_offsets.h"
#include "os/threads.h"

namespace weir::aggregation {

/// Shows every record of the log once queries see it, in the order of its partition, from given offsets on.
/// Where a processor of this process applies a partition, it hands its records over; what does not come that
/// way is read from the log: before the processor begins, of partitions that other processes have, and after
/// a pause. A record may be shown twice after a restart. Safe from any thread.
class AppliedFeed {
 public:
  /// Called for one record of a partition at a time, for several partitions at once; must not wait.
  using Look = std::function<void(PartitionId partition, const store::AppliedRecord& record)>;
  /// Whether nothing may be shown for now.
  using Paused = std::function<bool()>;
  /// Called by a thread of the feed's own every now and then: it may wait.
  using Rest = std::function<void()>;

  /// All that `parts` names outlives it.
  AppliedFeed(const AggregatorParts& parts, Look look, Paused paused, Rest rest);
  ~AppliedFeed();

  /// Where it begins: with what queries do not see yet where `from` has no offset. Once.
  Status begin_at(const PartitionOffsets& from);
  /// Reads from then on what is not handed over, on a thread of its own.
  void start();
  /// What that thread does again and again. Returns whether there may be more to read at once. Errors: those
  /// of the log and the store; of several partitions the last one.
  Result<bool> step();
  void applied(const AppliedRecords& applied);
  /// One past the last record shown, by partition; empty before the start.
  PartitionOffsets shown() const;

 private:
  struct Partition {
    explicit Partition(PartitionId of) : number(of) {}
    const PartitionId number;
    mutable std::mutex mutex;
    Offset shown{0};                      // guarded by mutex, as is what follows
    bool is_handed = false;               // what comes next is handed over
    std::optional<os::SteadyTime> waits;  // since when for it: another process may have the partition now
    std::unique_ptr<log::Reader> reader;  // while it is not
  };

  void run(std::stop_token stop);
  /// Whether there may be more to read at once.
  Result<bool> read(Partition& partition);
  Status show(Partition& partition, const log::Record& record, Batch& batch);

  const AggregatorParts& parts_;
  const Look look_;
  const Paused paused_;
  const Rest rest_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::atomic<bool> started_{false};
  os::Thread thread_;  // last: it uses all else
};

}  // namespace weir::aggregation
