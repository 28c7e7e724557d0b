#include "log/append_check.h"

#include <fmt/format.h>

namespace weir::log {

Status check_partition(PartitionId partition, uint32_t partition_count) {
  if (partition.value() < partition_count) return {};
  return invalid_argument(fmt::format("log: partition {} of {}", partition.value(), partition_count));
}

Status check_append(std::span<const NewRecord> records, uint64_t append_bytes, const AppendLimits& limits) {
  if (records.empty()) return invalid_argument("log: an append without records");
  for (const NewRecord& record : records) {
    RETURN_IF_ERROR(check_partition(record.partition, limits.partition_count));
    if (record.payload.empty()) return invalid_argument("log: an empty record");
    if (record.payload.size() > limits.record_bytes_max) {
      return invalid_argument(
          fmt::format("log: a record of {} bytes, limit {}", record.payload.size(), limits.record_bytes_max));
    }
  }
  // Such an append would find the queue full for ever.
  if (append_bytes > limits.queue_bytes_max) {
    return invalid_argument(
        fmt::format("log: an append of {} bytes, limit {}", append_bytes, limits.queue_bytes_max));
  }
  return {};
}

}  // namespace weir::log
