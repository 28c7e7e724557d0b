#include "log/kafka/offsets.h"

#include <algorithm>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {
namespace {

/// `which`: RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END, which the protocol takes in place of a time.
Result<std::vector<Offset>> ask(Client& client, std::span<const PartitionId> partitions, int64_t which,
                                os::milliseconds wait) {
  const Handle<rd_kafka_topic_partition_list_s> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const PartitionId partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), client.shared().options.topic.c_str(),
                                      static_cast<int32_t>(partition.value()))
        ->offset = which;
  }
  const auto error = rd_kafka_offsets_for_times(client.handle(), list.get(),
                                                static_cast<int>(std::max<int64_t>(wait.count(), 1)));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return unavailable(fmt::format("kafka: offsets: {}", rd_kafka_err2str(error)));
  std::vector<Offset> offsets;
  for (const PartitionId partition : partitions) {
    const rd_kafka_topic_partition_t* found = rd_kafka_topic_partition_list_find(
        list.get(), client.shared().options.topic.c_str(), static_cast<int32_t>(partition.value()));
    if (found == nullptr || found->err != RD_KAFKA_RESP_ERR_NO_ERROR || found->offset < 0) {
      return unavailable(
          fmt::format("kafka: offsets of partition {}: {}", partition.value(),
                      rd_kafka_err2str(found == nullptr ? RD_KAFKA_RESP_ERR__FAIL : found->err)));
    }
    offsets.emplace_back(found->offset);
  }
  return offsets;
}

}  // namespace

Result<std::vector<PartitionStatus>> ask_offsets(Client& client, std::span<const PartitionId> partitions,
                                                 os::milliseconds wait) {
  const Deadline deadline = Deadline::after(client.shared().clock, wait);
  ASSIGN_OR_RETURN(const std::vector<Offset> begins,
                   ask(client, partitions, RD_KAFKA_OFFSET_BEGINNING, wait));
  ASSIGN_OR_RETURN(const std::vector<Offset> ends,
                   ask(client, partitions, RD_KAFKA_OFFSET_END, deadline.left(client.shared().clock)));
  std::vector<PartitionStatus> statuses;
  for (size_t i = 0; i < partitions.size(); ++i) statuses.push_back({begins[i], ends[i]});
  return statuses;
}

}  // namespace weir::log::kafka
