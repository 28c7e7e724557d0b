#include "stream/live/live_group.h"

#include <fmt/format.h>

namespace weir::stream {

std::vector<std::shared_ptr<LiveSubscriber>> LiveGroup::going_on() {
  absl::erase_if(members, [](const auto& member) { return member.second->ended(); });
  std::vector<std::shared_ptr<LiveSubscriber>> all;
  all.reserve(members.size());
  for (const auto& [subscriber, member] : members) all.push_back(member);
  return all;
}

std::string live_group_key(const LiveRequest& request, std::string_view canonical) {
  const Limits& limits = request.limits;
  return fmt::format("{} {} {} {} {} {} {} {}", request.tenant.value(), request.interval.count(),
                     limits.query_samples_max, limits.query_series_max, limits.query_points_per_series_max,
                     limits.query_memory_bytes_max, limits.query_timeout_ms, canonical);
}

}  // namespace weir::stream
