#include "gateway/health.h"

#include <fmt/format.h>

namespace weir::gateway {
namespace {

Status caught_up(const Services& services) {
  if (!services.processor.has_value() || services.processor->processor.caught_up()) return {};
  return unavailable("the store is still applying the log");
}

Status upstreams_asked(const Services& services) {
  if (services.upstreams == nullptr || services.upstreams->checked()) return {};
  return unavailable("the upstreams are still being asked for their health");
}

Status upstream_health(const UpstreamStatus& upstream) {
  if (upstream.state != UpstreamState::kServing) {
    return unavailable(fmt::format("{}{}{}", upstream_state_name(upstream.state),
                                   upstream.reason.empty() ? "" : ": ", upstream.reason));
  }
  if (upstream.breaker.state == resilience::BreakerState::kClosed) return {};
  return unavailable(fmt::format("its breaker is {}", breaker_state_text(upstream.breaker.state)));
}

Status breaker_health(const resilience::BreakerStatus& breaker) {
  if (breaker.state == resilience::BreakerState::kClosed) return {};
  return unavailable(
      fmt::format("{}, tried again in {} ms", breaker_state_text(breaker.state), breaker.retry_in.count()));
}

}  // namespace

Status started(const Services& services) {
  RETURN_IF_ERROR(caught_up(services));
  return upstreams_asked(services);
}

Status ready(const Services& services) {
  RETURN_IF_ERROR(services.ready());
  RETURN_IF_ERROR(started(services));
  return services.log == nullptr ? ok_status() : services.log->writable();
}

std::vector<HealthLine> health_lines(const Services& services) {
  std::vector<HealthLine> lines;
  lines.push_back({"process", services.ready()});
  if (services.processor.has_value()) lines.push_back({"processor", caught_up(services)});
  if (services.log != nullptr) lines.push_back({"log", services.log->writable()});
  if (services.upstreams != nullptr) {
    lines.push_back({"upstreams", upstreams_asked(services)});
    for (const UpstreamStatus& upstream : services.upstreams->status()) {
      lines.push_back({fmt::format("upstream {} {}", surface_name(upstream.surface), upstream.name),
                       upstream_health(upstream), false});
    }
  }
  for (const resilience::BreakerStatus& breaker : breaker_status(services)) {
    lines.push_back({"breaker " + breaker.name, breaker_health(breaker), false});
  }
  return lines;
}

}  // namespace weir::gateway
