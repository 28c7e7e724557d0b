#include "log/kafka/statistics.h"

#include <charconv>

namespace weir::log::kafka {
namespace {

/// Calls `take` with what follows each occurrence of `name`.
template <typename Take>
void for_each_value(std::string_view json, std::string_view name, Take take) {
  for (size_t at = json.find(name); at != std::string_view::npos; at = json.find(name, at)) {
    at += name.size();
    take(json.substr(at));
  }
}

uint64_t sum_of(std::string_view json, std::string_view name) {
  uint64_t sum = 0;
  for_each_value(json, name, [&](std::string_view rest) {
    uint64_t value = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), value);
    sum += value;
  });
  return sum;
}

}  // namespace

Statistics parse_statistics(std::string_view json) {
  Statistics statistics;
  statistics.retries = sum_of(json, "\"txretries\":");
  statistics.connects = sum_of(json, "\"connects\":");
  for_each_value(json, "\"state\":\"UP\"", [&](std::string_view) { ++statistics.brokers_up; });
  return statistics;
}

}  // namespace weir::log::kafka
