#pragma once

#include <cstdint>

#include "log/kafka/kafka_log.h"

namespace weir::log::kafka {

/// For tests: deletes the records of a partition before `before`, as retention does in its own time.
void delete_records(const KafkaLogOptions& options, int32_t partition, int64_t before);

}  // namespace weir::log::kafka
