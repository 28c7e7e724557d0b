#include "app/processing.h"

#include <utility>

#include "app/tenant_retention.h"

namespace weir::app {

Processing::Processing(const Parts& parts)
    : parts_(parts),
      retention_(longest_retention(parts.config.storage), parts.engines.retention.get(), parts.clock),
      late_table_(stream::LateTable::Options(),
                  {parts.dead_letters, *parts.engines.codec, parts.clock, parts.registry,
                   [this](TenantId tenant) { return retention_.oldest_ms(tenant); }}),
      processor_(processor_parts(), stream::ProcessorOptions{}, parts.clock, parts.registry) {}

stream::ProcessorParts Processing::processor_parts() {
  stream::ProcessorParts parts{*parts_.engines.log, *parts_.engines.codec, *parts_.engines.store,
                               parts_.dead_letters};
  parts.late_table = &late_table_;
  parts.on_applied = [this](const stream::AppliedRecords& applied) {
    listeners_.read([&](const std::optional<Listeners>& to) {
      if (to && to->on_applied) to->on_applied(applied);
    });
  };
  parts.needed_from = [this](PartitionId partition) {
    return listeners_.read([&](const std::optional<Listeners>& to) -> std::optional<Offset> {
      if (!to) return Offset(0);
      return to->needed_from ? to->needed_from(partition) : std::nullopt;
    });
  };
  return parts;
}

void Processing::listen(std::optional<Listeners> listeners) {
  listeners_.with([&](std::optional<Listeners>& to) { to = std::move(listeners); });
}

}  // namespace weir::app
