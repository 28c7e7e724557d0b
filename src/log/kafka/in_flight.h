#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/log.h"
#include "resilience/circuit_breaker.h"

namespace weir::log::kafka {

/// One `Log::append` on its way. The records' bytes are kept here until the broker has them, whatever becomes
/// of the client that sends them.
struct Append : std::enable_shared_from_this<Append> {
  std::string bytes;                ///< Payloads and trace contexts, one after the other.
  std::vector<Position> positions;  ///< In the order of the records; offsets as they become known.
  size_t unsettled = 0;             ///< Records without a verdict.
  uint64_t charged_bytes = 0;       ///< What it counts for in the queue.
  os::SteadyTime started;
  Deadline deadline = Deadline::never();
  std::optional<Error> error;              ///< Of the first record that failed.
  Completion<std::vector<Position>> done;  ///< Empty once it was called.
  std::optional<resilience::CircuitBreaker::Permit> permit;
  std::optional<std::multimap<os::SteadyTime, Append*>::iterator> expiry;
};

/// One record on its way; its address is what librdkafka carries along.
struct Send {
  std::shared_ptr<Append> append;
  size_t index;  ///< In the append.
  TenantId tenant;
  PartitionId partition;
  std::string_view payload;       ///< In the append, as the next.
  std::string_view trace_parent;  ///< May be empty.
  std::list<Send>::iterator self;
};

/// An outcome to be told, once no lock is held.
struct Answer {
  std::shared_ptr<Append> append;
  Completion<std::vector<Position>> done;
  std::optional<Error> error;  ///< None: success, with the append's positions.
};

/// Appends that are not acknowledged yet, in order by partition, bounded in bytes. Guarded by its owner.
class InFlight {
 public:
  InFlight(uint32_t partition_count, uint64_t bytes_max);

  /// An append of `records`, not yet in flight. Needs no lock.
  static std::shared_ptr<Append> make(std::span<const NewRecord> records, Deadline deadline,
                                      os::SteadyTime now, Completion<std::vector<Position>> done);
  /// The bytes that such an append counts for.
  static uint64_t charge(std::span<const NewRecord> records);

  /// Puts the records behind those of their partitions. kResourceExhausted when they do not fit; then nothing
  /// was changed. The result is valid until its records are settled.
  Result<std::vector<Send*>> add(std::shared_ptr<Append> append, std::span<const NewRecord> records);

  /// The record has arrived. The last verdict of an append yields its answer, unless that was given before.
  void delivered(Send& send, Offset offset, std::vector<Answer>& answers);
  void failed(Send& send, Error error, std::vector<Answer>& answers);

  /// Answers the appends whose deadline has passed; their records go on, and hold their bytes.
  void expire(os::SteadyTime now, std::vector<Answer>& answers);
  /// When `expire` has something to do next.
  std::optional<os::SteadyTime> next_expiry() const;

  /// Calls `visit` with each record, in order by partition. `visit` may settle that record.
  template <typename Visit>
  void for_each(Visit visit) {
    for (std::list<Send>& sends : partitions_) {
      for (auto it = sends.begin(); it != sends.end();) visit(*it++);
    }
  }

  bool empty() const { return charged_bytes_ == 0; }
  uint64_t charged_bytes() const { return charged_bytes_; }

 private:
  void settle(Send& send, std::vector<Answer>& answers);
  void answer(const std::shared_ptr<Append>& append, std::optional<Error> error,
              std::vector<Answer>& answers);

  const uint64_t bytes_max_;
  std::vector<std::list<Send>> partitions_;
  std::multimap<os::SteadyTime, Append*> expiries_;
  uint64_t charged_bytes_ = 0;
};

}  // namespace weir::log::kafka
