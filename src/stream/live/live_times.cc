#include "stream/live/live_times.h"

#include <algorithm>

namespace weir::stream {
namespace {

/// A watermark mostly moves as the clock does, so how far it lies back says when to ask again. It may also
/// stand still and jump, so once the clock has passed a time it is asked at least so often.
constexpr int64_t kAskAgainMs = 50;

}  // namespace

LiveTimes::Time LiveTimes::newest(TenantId tenant, int64_t interval_ms) const {
  const TimestampMs now_ms = clock_.wall_ms();
  const auto at = [&](TimestampMs time_ms) {
    return floor_to(std::max<TimestampMs>(0, time_ms), interval_ms);
  };
  if (!options_.watermark_ms) return {at(now_ms - options_.settle.count()), true};
  const TimestampMs overdue_ms = at(now_ms - options_.wait_max.count());
  const std::optional<TimestampMs> watermark_ms = options_.watermark_ms(tenant);
  if (!watermark_ms) return {overdue_ms, false};
  const TimestampMs reached_ms = at(std::min(*watermark_ms, now_ms));
  return reached_ms >= overdue_ms ? Time{reached_ms, true} : Time{overdue_ms, false};
}

os::milliseconds LiveTimes::wait_for(TenantId tenant, TimestampMs at_ms) const {
  const int64_t of_clock = at_ms - clock_.wall_ms();
  if (!options_.watermark_ms)
    return os::milliseconds(std::max<int64_t>(1, of_clock + options_.settle.count()));
  const std::optional<TimestampMs> watermark_ms = options_.watermark_ms(tenant);
  int64_t of_data = watermark_ms ? at_ms - *watermark_ms : std::max<int64_t>(0, of_clock) + kAskAgainMs;
  if (of_clock <= 0) of_data = std::min(of_data, kAskAgainMs);
  const int64_t of_bound = of_clock + options_.wait_max.count();
  return os::milliseconds(std::max<int64_t>(1, std::min(of_data, of_bound)));
}

}  // namespace weir::stream
