#include "app/engines.h"

#include <fmt/format.h>

#include "app/engine_options.h"
#include "app/tenant_retention.h"
#include "cache/memory/memory_cache.h"
#include "cache/redis/redis_cache.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "schema/avro_record_codec.h"
#include "store/embedded/manifest.h"
#include "telemetry/logger.h"
#include "tenant/memory_limiter.h"
#include "tenant/redis_limiter.h"

namespace weir::app {
namespace {

using config::Config;
using config::Role;

constexpr os::milliseconds kStartTimeout{30'000};
constexpr os::milliseconds kMigrateTimeout{10 * 60'000};

bool needs_log(const Config& config) {
  return has_role(config, Role::kIngest) || has_role(config, Role::kProcessor) ||
         has_role(config, Role::kRuler);
}
bool needs_store(const Config& config) {
  return has_role(config, Role::kQuery) || has_role(config, Role::kProcessor) ||
         has_role(config, Role::kRuler);
}
bool needs_tenants(const Config& config) {
  return needs_log(config) || needs_store(config);
}
bool needs_directory(const Config& config) {
  return (needs_log(config) && config.log.engine == config::LogEngine::kEmbedded) ||
         (needs_store(config) && config.storage.engine == config::StorageEngine::kEmbedded) ||
         (needs_tenants(config) && config.catalogue.engine == config::CatalogueEngine::kSqlite);
}

/// Opens one process's engines, each after what it stands on.
class Opener {
 public:
  explicit Opener(const EngineParts& parts)
      : parts_(parts), config_(parts.config), deadline_(Deadline::after(parts.clock, kStartTimeout)) {}

  Result<Engines> run() {
    if (needs_directory(config_)) RETURN_IF_ERROR(take_directory());
    if (needs_tenants(config_)) RETURN_IF_ERROR(open_catalogue());
    open_cache_and_limiter();
    if (needs_store(config_)) RETURN_IF_ERROR(open_retention());
    if (needs_log(config_)) RETURN_IF_ERROR(open_log());
    if (needs_store(config_)) RETURN_IF_ERROR(open_store());
    return std::move(engines_);
  }

 private:
  Status take_directory() {
    RETURN_IF_ERROR(parts_.files.create_directories(config_.storage.path).context("data directory"));
    ASSIGN_OR_RETURN(engines_.lock, parts_.files.lock(config_.storage.path));
    return {};
  }

  Status open_catalogue() {
    if (config_.catalogue.engine == config::CatalogueEngine::kSqlite) {
      ASSIGN_OR_RETURN(engines_.meta,
                       meta::sqlite::open(os::join_path(config_.storage.path, "meta.db"), parts_.clock));
      return {};
    }
    auto options = catalogue_options(config_);
    options.breakers = &parts_.breakers;
    auto opened = meta::postgres::open(options, parts_.clock, parts_.registry, deadline_);
    ASSIGN_OR_RETURN(engines_.meta, std::move(opened).context("catalogue.url"));
    return {};
  }

  Status open_retention() {
    if (config_.storage.tenant_retention.empty()) return {};
    auto opened = configured_retention(config_.storage, *engines_.meta, deadline_);
    ASSIGN_OR_RETURN(engines_.retention, std::move(opened).context("storage.tenant_retention"));
    return {};
  }

  /// Cached answers and rate limits live together: both are shared by processes, or by none. A process that
  /// takes no writes has no limiter, which would count it among those that a limit is divided by.
  void open_cache_and_limiter() {
    const bool caches = has_role(config_, Role::kQuery), limits = has_role(config_, Role::kIngest);
    if (!caches && !limits) return;
    if (config_.cache.engine == config::CacheEngine::kMemory) {
      cache::memory::MemoryCacheOptions options;
      options.bytes_max = config_.cache.bytes_max;
      if (caches) engines_.cache = cache::memory::create(options, parts_.clock, parts_.registry);
      if (limits) engines_.limiter = tenant::create_memory_limiter({}, parts_.clock);
      return;
    }
    engines_.redis =
        std::make_unique<weir::redis::Client>(redis_options(config_), parts_.clock, parts_.registry);
    engines_.watches.push_back(parts_.breakers.watch(engines_.redis->breaker()));
    if (caches) engines_.cache = cache::redis::create({}, *engines_.redis, parts_.clock, parts_.registry);
    if (limits)
      engines_.limiter = tenant::create_redis_limiter({}, *engines_.redis, parts_.clock, parts_.registry);
  }

  Status open_log() {
    return config_.log.engine == config::LogEngine::kEmbedded ? open_journals() : open_topics();
  }

  /// A store that is there before its journal, as in a snapshot, says how many partitions that has to have.
  std::optional<uint32_t> partitions_of_store() const {
    if (config_.storage.engine != config::StorageEngine::kEmbedded) return std::nullopt;
    const auto manifest =
        store::embedded::load_manifest(parts_.files, embedded_store_options(config_, 1).directory);
    if (!manifest.ok()) return std::nullopt;  // what is wrong with it is said when the store opens
    return static_cast<uint32_t>(manifest->partitions.size());
  }

  Status open_journals() {
    engines_.codec = wire::batch_record_codec();
    auto options = journal_options(config_);
    options.partition_count = partitions_of_store().value_or(options.partition_count);
    ASSIGN_OR_RETURN(engines_.log, journal(options, parts_.registry));
    ASSIGN_OR_RETURN(engines_.dead_letters,
                     journal(dead_letter_journal_options(config_), *engines_.dead_letters_registry));
    return {};
  }

  Result<std::unique_ptr<log::Log>> journal(const log::embedded::EmbeddedLogOptions& options,
                                            telemetry::Registry& registry) {
    const auto started = parts_.clock.steady();
    log::embedded::RecoveryReport report;
    ASSIGN_OR_RETURN(auto opened, log::embedded::open(options, parts_.files, parts_.clock, registry, report));
    const auto level = report.corrupt_bytes > 0 ? telemetry::Level::kError : telemetry::Level::kInfo;
    telemetry::log_line(
        level, "log", "journal opened",
        {{"directory", options.directory},
         {"segments", report.segments},
         {"records", report.records},
         {"bytes", report.bytes},
         {"torn_bytes", report.torn_bytes},
         {"corrupt_bytes", report.corrupt_bytes},
         {"seconds", std::chrono::duration<double>(parts_.clock.steady() - started).count()}});
    return opened;
  }

  Status open_topics() {
    engines_.registry =
        std::make_unique<schema::RegistryClient>(registry_options(config_), parts_.clock, parts_.registry);
    engines_.watches.push_back(parts_.breakers.watch(engines_.registry->breaker()));
    auto codec =
        schema::open_avro_codec(*engines_.registry, config_.kafka.topic + "-value", parts_.clock, deadline_);
    ASSIGN_OR_RETURN(engines_.codec, std::move(codec).context("registry.url"));
    auto options = topic_options(config_);
    options.breakers = &parts_.breakers;
    ASSIGN_OR_RETURN(engines_.log, topic(options, parts_.registry));
    ASSIGN_OR_RETURN(engines_.dead_letters,
                     topic(dead_letter_topic_options(config_), *engines_.dead_letters_registry));
    return {};
  }

  Result<std::unique_ptr<log::Log>> topic(const log::kafka::KafkaLogOptions& options,
                                          telemetry::Registry& registry) {
    log::kafka::TopicReport report;
    auto opened = log::kafka::open(options, parts_.clock, registry, deadline_, report);
    if (!opened.ok()) return std::move(opened).context("kafka.brokers");
    telemetry::log_info("log", report.created ? "topic created" : "topic found",
                        {{"topic", options.topic},
                         {"partitions", uint64_t{report.partition_count}},
                         {"replication", uint64_t{report.replication}}});
    for (const std::string& deviation : report.deviations) {
      telemetry::log_warn("log", "the topic is not as asked",
                          {{"topic", options.topic}, {"what", deviation}});
    }
    return opened;
  }

  Status open_store() {
    if (config_.storage.engine == config::StorageEngine::kEmbedded) {
      auto options = embedded_store_options(config_, engines_.log->partition_count());
      options.tenant_retention = engines_.retention.get();
      ASSIGN_OR_RETURN(engines_.store,
                       store::embedded::open(options, parts_.files, parts_.clock, parts_.registry));
      return {};
    }
    store::timescale::ServerReport report;
    auto options = timescale_options(config_);
    options.breakers = &parts_.breakers;
    options.tenant_retention = engines_.retention.get();
    auto opened = store::timescale::open(options, parts_.clock, parts_.registry, deadline_, report);
    ASSIGN_OR_RETURN(engines_.store, std::move(opened).context("timescale.url"));
    telemetry::log_info("store", "database found",
                        {{"postgres", report.postgres},
                         {"timescale", report.timescale.empty() ? "none" : report.timescale},
                         {"license", report.license}});
    for (const std::string& missing : report.missing) {
      telemetry::log_warn("store", "the database cannot do all", {{"what", missing}});
    }
    return {};
  }

  const EngineParts& parts_;
  const Config& config_;
  const Deadline deadline_;
  Engines engines_;
};

void append_lines(std::vector<std::string>& lines, std::string_view where,
                  const std::vector<std::string>& applied) {
  if (applied.empty()) lines.push_back(fmt::format("{}: up to date", where));
  for (const std::string& one : applied) lines.push_back(fmt::format("{}: {}", where, one));
}

}  // namespace

Result<Engines> open_engines(const EngineParts& parts) {
  return Opener(parts).run();
}

Result<std::vector<std::string>> migrate_engines(const EngineParts& parts) {
  const Config& config = parts.config;
  const Deadline deadline = Deadline::after(parts.clock, kMigrateTimeout);
  std::vector<std::string> lines;
  if (config.catalogue.engine == config::CatalogueEngine::kPostgres) {
    ASSIGN_OR_RETURN(
        const auto applied,
        meta::postgres::migrate(catalogue_options(config), parts.clock, deadline).context("catalogue.url"));
    append_lines(lines, "catalogue", applied);
  }
  if (config.storage.engine == config::StorageEngine::kTimescale) {
    ASSIGN_OR_RETURN(
        const auto applied,
        store::timescale::migrate(timescale_options(config), parts.clock, deadline).context("timescale.url"));
    append_lines(lines, "timescale", applied);
  }
  return lines;
}

}  // namespace weir::app
