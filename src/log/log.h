#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/completion.h"
#include "base/ids.h"
#include "model/batch_slice.h"
#include "model/tenant_id.h"
#include "os/clock.h"

/// The durable log: ordered partitions of records, the only way from ingest to the store. Implementations:
/// `log/embedded` (own segmented journal) and, on other engines, a broker. tests/contract/log_contract.h
/// holds all of them to this page.
namespace weir::log {

/// A record to append. `payload`: 1 byte to `Log::record_bytes_max()`; copied before `append` returns. Empty
/// where the log is to encode `decoded` by itself: see `Log::encodes`.
struct NewRecord {
  TenantId tenant;
  PartitionId partition;
  std::string_view payload;
  /// W3C `traceparent` of the request, empty for none. An engine may leave it out; the embedded log does.
  std::string_view trace_parent = {};
  /// What `payload` was encoded from, or null. An engine may hand it to a reader in this process, and may
  /// drop it at any time.
  BatchSlicePtr decoded = {};
};

/// Where an appended record went.
struct Position {
  PartitionId partition;
  Offset offset;
  bool operator==(const Position&) const = default;
};

/// A record as read back. Its views live until the next `poll` of the same reader.
struct Record {
  TenantId tenant;
  Offset offset;
  std::string_view payload;
  std::string_view trace_parent = {};  ///< As appended, or empty.
  TimestampMs appended_ms = 0;         ///< Wall clock at the append; 0 where the engine does not keep it.
  /// What `payload` decodes to: if the engine still has it, or if it was the engine that encoded it. Else
  /// null.
  BatchSlicePtr decoded = {};
  Status decodable =
      {};  ///< Why there is no `decoded` of a record that the engine has encoded; never retryable.
};

/// What an acknowledgement is worth.
enum class Durability {
  kFsync,       ///< On this machine's stable storage.
  kReplicated,  ///< In the memory or storage of several machines.
  kPageCache,   ///< Survives a crash of the process, not of the machine.
};

/// Reads one partition in order. Owned by one thread, but for `wake`.
class Reader {
 public:
  virtual ~Reader() = default;

  /// The next durable records, in order, at least one; waits for the first until `deadline`. An empty vector
  /// means that nothing came in time, or that `wake` was called. Records are never returned before they are
  /// durable, so what a reader applied never vanishes. Offsets may have gaps (compaction, control records).
  /// Errors: kCorruption (a range is damaged: the message says which; the next poll continues after it,
  /// nothing good is skipped), kUnavailable (retryable), kIo.
  virtual Result<std::vector<Record>> poll(size_t bytes_max, Deadline deadline) = 0;

  /// The next poll starts at `offset`, or at the first record after it. kNotFound when retention has removed
  /// it; the message names the first offset that is left.
  virtual Status seek(Offset offset) = 0;

  /// Makes a waiting `poll` return early. Any thread.
  virtual void wake() = 0;
};

/// Told which partitions this process is to process. Calls come one at a time, from a thread of the log.
class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;
  /// This process is now expected to own `partition`. It must take the store's lease before it applies
  /// anything: the lease's epoch, not this call, is what keeps a former owner from writing.
  virtual void on_assigned(PartitionId partition) = 0;
  /// Stop processing `partition`; when this returns nothing more will be applied by this process.
  virtual void on_revoked(PartitionId partition) = 0;
};

/// Membership in the group of processors; leaving (destruction) revokes every partition first.
class Membership {
 public:
  virtual ~Membership() = default;
};

struct PartitionStatus {
  Offset begin{0};  ///< First offset that can still be read.
  Offset end{0};    ///< One past the last durable record.
};

/// Safe from any thread.
class Log {
 public:
  virtual ~Log() = default;

  /// 1 or more, fixed for the life of the log's data: a series is bound to a partition by its hash.
  virtual uint32_t partition_count() const = 0;
  virtual size_t record_bytes_max() const = 0;
  virtual Durability durability() const = 0;
  /// Whether this log can be given batches in place of payloads. It then writes them in fewer bytes than a
  /// payload that has to be read by itself. All records of one append are of the same kind.
  virtual bool encodes() const { return false; }

  /// Appends `records` (1 or more) and calls `done` when all of them are durable, with their positions in the
  /// order given.
  /// - Order: records of one partition appended by one thread keep their order.
  /// - Never waits for the disk or the network; `done` runs later, on a thread of the log, or at once on
  /// refusal.
  /// - All or nothing where the engine can (embedded: one atomic frame). On other engines a failure may leave
  /// some records
  ///   durable, which is harmless: records carry samples that are unique by series and time.
  /// Errors: kInvalidArgument (empty or too large, unknown partition), kResourceExhausted (queue full or disk
  /// full; nothing was appended; retryable), kDeadlineExceeded and kUnavailable (outcome unknown; retryable),
  /// kIo (outcome unknown; the log is read-only until the process restarts), kCancelled (the log is closing;
  /// nothing was appended).
  virtual void append(std::span<const NewRecord> records, Deadline deadline,
                      Completion<std::vector<Position>> done) = 0;

  /// A reader at the partition's beginning. kInvalidArgument for an unknown partition.
  virtual Result<std::unique_ptr<Reader>> open_reader(PartitionId partition) = 0;

  /// Joins the group of processes that share the partitions. `listener` outlives the result. Embedded: this
  /// process is assigned every partition before `join` returns.
  virtual Result<std::unique_ptr<Membership>> join(AssignmentListener& listener) = 0;

  /// Allows the log to delete records of `partition` before `before`: everybody who needs them has them.
  /// Deletion happens later, in whole segments, and never touches a record at or after `before`.
  virtual Status trim(PartitionId partition, Offset before) = 0;

  virtual Result<PartitionStatus> status(PartitionId partition) const = 0;

  /// Success while appends are accepted; otherwise why not (disk full, failed sync, broker away). Cheap; for
  /// readiness.
  virtual Status writable() const = 0;
};

}  // namespace weir::log
