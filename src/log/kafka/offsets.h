#pragma once

#include <span>
#include <vector>

#include "log/kafka/client.h"

namespace weir::log::kafka {

/// Asks the leaders of `partitions` for their first and last offsets, for `wait` at most; in the order given.
/// All or nothing: kUnavailable when one leader does not answer.
/// (Not by rd_kafka_query_watermark_offsets, which in 2.0.2 does not return while a leader is down.)
Result<std::vector<PartitionStatus>> ask_offsets(Client& client, std::span<const PartitionId> partitions,
                                                 os::milliseconds wait);

}  // namespace weir::log::kafka
