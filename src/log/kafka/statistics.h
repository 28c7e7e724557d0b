#pragma once

#include <cstdint>
#include <string_view>

namespace weir::log::kafka {

/// What is taken from the statistics that librdkafka emits; sums over brokers, since the client's start.
struct Statistics {
  uint64_t retries = 0;
  uint64_t connects = 0;
  uint64_t brokers_up = 0;
  bool operator==(const Statistics&) const = default;
};

/// `json`: as librdkafka's STATISTICS.md describes it. Found by their names, which no other level of the
/// document uses: a parser would cost more than it gives.
Statistics parse_statistics(std::string_view json);

}  // namespace weir::log::kafka
