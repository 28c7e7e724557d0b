#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ingest/ingester.h"
#include "log/log.h"
#include "model/limits.h"
#include "os/clock.h"
#include "os/threads.h"
#include "query/engine.h"
#include "store/store.h"
#include "stream/live/live_hub.h"
#include "stream/processor.h"
#include "telemetry/metrics.h"
#include "tenant/tenant_directory.h"

namespace weir::gateway {

/// What GET /api/v2/status says of the process itself.
struct ProcessInfo {
  std::string version;
  std::string commit;
  std::vector<std::string> roles;
  bool collector = false;
  os::SteadyTime started;
};

struct GatewayOptions {
  uint64_t body_bytes_max = 16u << 20;     ///< A request as it comes over the wire.
  uint64_t decoded_bytes_max = 64u << 20;  ///< The same after decompression.
  size_t json_elements_max = 100'000;      ///< Samples in one JSON write.
  os::milliseconds write_timeout{10'000};
  bool loopback_only =
      true;       ///< Listens on loopback: requests must name a loopback host (guards against DNS rebinding).
  Limits limits;  ///< Of every tenant.
};

/// The parts of the platform that the routes speak to. All outlive the gateway.
struct Services {
  ingest::Ingester& ingester;
  const query::Engine& engine;
  store::Store& store;
  log::Log& log;
  stream::Processor& processor;
  stream::LiveHub& live;
  tenant::TenantDirectory& tenants;
  telemetry::Registry& registry;
  os::Clock& clock;
  os::WorkerPool& workers;  ///< For what may block: queries, catalogue reads.
  /// Success while the process takes traffic; otherwise the reason, one sentence.
  std::function<Status()> ready;
  ProcessInfo process;
  GatewayOptions options;
};

/// Open live streams.
inline telemetry::Gauge& live_connections(telemetry::Registry& registry) {
  return registry.gauge("weir_live_connections", "Open live streams.");
}

}  // namespace weir::gateway
