#pragma once

#include <memory>
#include <vector>

#include "cache/cache.h"
#include "config/config.h"
#include "log/log.h"
#include "meta/meta_store.h"
#include "os/files.h"
#include "redis/client.h"
#include "resilience/breakers.h"
#include "schema/registry_client.h"
#include "store/retention.h"
#include "store/store.h"
#include "telemetry/metrics.h"
#include "tenant/rate_limiter.h"
#include "wire/record_codec.h"

namespace weir::app {

/// What stands behind the seams of one process: only what its roles need, of the kind that the configuration
/// names. In the order of opening; closed the other way round.
struct Engines {
  /// The dead letters' log has the same metrics as the log, so it counts into a registry that nobody reads;
  /// what is worth knowing of dead letters is counted by those who write them.
  std::unique_ptr<telemetry::Registry> dead_letters_registry = std::make_unique<telemetry::Registry>();
  std::unique_ptr<os::DirectoryLock> lock;  ///< Of the data directory, where an embedded engine uses it.
  std::unique_ptr<weir::redis::Client> redis;
  std::unique_ptr<schema::RegistryClient> registry;
  std::unique_ptr<meta::MetaStore> meta;
  std::unique_ptr<store::TenantRetention> retention;  ///< Empty when all tenants have the same.
  std::unique_ptr<cache::Cache> cache;
  std::unique_ptr<tenant::RateLimiter> limiter;
  std::unique_ptr<wire::RecordCodec> codec;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<log::Log> dead_letters;
  std::unique_ptr<store::Store> store;
  std::vector<std::unique_ptr<resilience::Breakers::Watch>> watches;  ///< Of clients that engines share.
};

/// What engines are opened with. All outlive them.
struct EngineParts {
  const config::Config& config;
  os::FileSystem& files;
  os::Clock& clock;
  telemetry::Registry& registry;
  resilience::Breakers& breakers;
};

/// Opens the engines, recovering what must be, and logs what was found. Errors name the engine and say what
/// to do.
Result<Engines> open_engines(const EngineParts& parts);

/// Brings the schemas of the database engines up to date; returns what was done, a line each.
Result<std::vector<std::string>> migrate_engines(const EngineParts& parts);

}  // namespace weir::app
