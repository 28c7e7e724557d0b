#include "log/append_check.h"

#include <fmt/format.h>

namespace weir::log {

namespace {

// Such an append would find the queue full for ever.
Status check_queue(uint64_t append_bytes, const AppendLimits& limits) {
  if (append_bytes <= limits.queue_bytes_max) return {};
  return invalid_argument(
      fmt::format("log: an append of {} bytes, limit {}", append_bytes, limits.queue_bytes_max));
}

}  // namespace

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
  return check_queue(append_bytes, limits);
}

Status check_batches(std::span<const NewRecord> records, uint64_t append_bytes, const AppendLimits& limits) {
  for (const NewRecord& record : records) {
    RETURN_IF_ERROR(check_partition(record.partition, limits.partition_count));
    if (!record.payload.empty()) return invalid_argument("log: an append of payloads and batches");
    if (record.decoded == nullptr || record.decoded->selection.indexes.empty())
      return invalid_argument("log: an empty record");
  }
  return check_queue(append_bytes, limits);
}

uint64_t batch_bytes(std::span<const NewRecord> records) {
  uint64_t sum = 0;
  for (const NewRecord& record : records) sum += record.decoded == nullptr ? 0 : record.decoded->size_bytes();
  return sum;
}

}  // namespace weir::log
