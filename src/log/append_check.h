#pragma once

#include "log/log.h"

/// What every log refuses of its arguments, in the same words.
namespace weir::log {

/// kInvalidArgument for a partition that the log does not have.
Status check_partition(PartitionId partition, uint32_t partition_count);

struct AppendLimits {
  uint32_t partition_count = 0;
  uint64_t record_bytes_max = 0;
  uint64_t queue_bytes_max = 0;
};
/// kInvalidArgument for an append that can never be taken: without records, of an empty or too large one, or
/// larger as a whole, which is `append_bytes`, than the queue ever has room for.
Status check_append(std::span<const NewRecord> records, uint64_t append_bytes, const AppendLimits& limits);

/// The same for an append of batches, to a log that encodes them.
Status check_batches(std::span<const NewRecord> records, uint64_t append_bytes, const AppendLimits& limits);

/// Memory of the batches, as queues count it.
uint64_t batch_bytes(std::span<const NewRecord> records);

}  // namespace weir::log
