#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/completion.h"
#include "log/log.h"

namespace weir::log::embedded {

/// A record that the writer encodes.
struct BatchRecord {
  TenantId tenant;
  PartitionId partition;
  BatchSlicePtr batch;
};

/// An append on its way to the disk.
struct PendingAppend {
  std::string frame;                   ///< Of records that came encoded; without a place. Else empty, and ...
  std::vector<BatchRecord> batches;    ///< ... these are the records.
  uint64_t size_bytes = 0;             ///< What it counts for in the queue.
  std::vector<BatchSlicePtr> decoded;  ///< For readers, one for each of its records; some may be null.
  Deadline deadline = Deadline::never();
  Completion<std::vector<Position>> done;
};

/// Appends in the order they came, bounded in bytes, between any number of producers and the writer. Safe
/// from any thread.
class AppendQueue {
 public:
  explicit AppendQueue(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// kResourceExhausted when the queue is full, kCancelled after `close`, or what `refuse_from_now` was
  /// given. On failure `append` is left as it was.
  Status push(PendingAppend& append);

  /// What the writer is to do next.
  struct Work {
    std::vector<PendingAppend> appends;  ///< In order; may be empty.
    bool poked = false;                  ///< `poke` was called.
    bool idle = false;                   ///< Nothing came for `idle_after`.
    bool closed = false;                 ///< Nothing will come any more.
  };
  /// Waits for appends and takes at most `batch_bytes_max` of them, but at least one; returns early as Work
  /// says. Taken bytes count as queued until `release`.
  Work take(uint64_t batch_bytes_max, std::optional<os::milliseconds> idle_after);
  void release(uint64_t bytes);

  /// Makes `take` return.
  void poke();
  /// Refuses every later append with `error`; those that wait stay.
  void refuse_from_now(Error error);
  /// The error that refuses appends, if any.
  std::optional<Error> refusal() const;
  void close();
  uint64_t size_bytes() const;

 private:
  const uint64_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PendingAppend> appends_;
  uint64_t bytes_ = 0;
  bool poked_ = false;
  bool closed_ = false;
  std::optional<Error> refusal_;
};

}  // namespace weir::log::embedded
