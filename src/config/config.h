#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/limits.h"
#include "telemetry/logger.h"

/// What an operator can choose. `settings.h` names, bounds and explains each field once; `loader.h` fills it
/// from a file, the environment and flags. Only `app/` reads it and turns it into the Options of the modules.
namespace weir::config {

using std::chrono::milliseconds;

enum class Role { kAll, kGateway, kIngest, kProcessor, kQuery, kRuler };

struct ServerConfig {
  std::string listen = "127.0.0.1:8080";
  std::vector<Role> roles = {Role::kAll};  ///< Never empty.
  uint64_t threads = 0;                    ///< Event loops; 0: one for each processor.
  uint64_t workers = 0;  ///< Threads for work that may block; 0: twice the processors, at least 4.
  uint64_t connections_max = 10'000;
  uint64_t inflight_body_bytes_max = 256u << 20;
  milliseconds header_timeout{10'000};
  milliseconds idle_timeout{60'000};
  milliseconds stop_grace{10'000};
  uint64_t websocket_queue_bytes_max = 1u << 20;
};

/// Where a gateway sends what this process does not do itself.
struct RoutingConfig {
  std::vector<std::string> write;  ///< HOST:PORT of each process with the role ingest.
  std::vector<std::string> read;   ///< HOST:PORT of each process with the role query.
};

enum class StorageEngine { kEmbedded, kTimescale };

struct StorageConfig {
  StorageEngine engine = StorageEngine::kEmbedded;
  std::string path = "./weir-data";
  uint64_t partitions = 0;    ///< Only for a new data directory; 0: by the number of processors.
  milliseconds retention{0};  ///< 0 keeps everything.
  std::map<std::string, milliseconds> tenant_retention;  ///< By tenant's name, in place of `retention`.
  milliseconds out_of_order_window{std::chrono::hours(1)};
  milliseconds block_window{std::chrono::hours(2)};
  uint64_t head_bytes_max = 1u << 30;
  milliseconds scrub_interval{std::chrono::hours(7 * 24)};  ///< 0 never.
  milliseconds flush_timeout{20'000};
};

enum class LogEngine { kEmbedded, kKafka };

struct LogConfig {
  LogEngine engine = LogEngine::kEmbedded;
  uint64_t segment_bytes = 64u << 20;
  uint64_t record_bytes_max = 16u << 20;
  uint64_t queue_bytes_max = 64u << 20;
  uint64_t tail_cache_bytes = 64u << 20;
  uint64_t free_bytes_min = 1u << 30;
};

struct IngestConfig {
  uint64_t body_bytes_max = 16u << 20;     ///< A request as it comes over the wire.
  uint64_t decoded_bytes_max = 64u << 20;  ///< The same after decompression.
  uint64_t elements_max = 100'000;         ///< Samples in one JSON or InfluxDB write.
  milliseconds timeout{10'000};
  uint64_t samples_per_second = 0;  ///< Of each tenant; 0 for no limit.
  uint64_t samples_burst = 0;       ///< 0 for twice `samples_per_second`.
  milliseconds future_max{Limits{}.future_ms_max};
  uint64_t labels_per_series_max = Limits{}.labels_per_series_max;
  uint64_t label_name_bytes_max = Limits{}.label_name_bytes_max;
  uint64_t label_value_bytes_max = Limits{}.label_value_bytes_max;
  uint64_t metadata_metrics_max = Limits{}.metadata_metrics_max;
};

struct InfluxConfig {
  std::string db_label;  ///< Gets the database or bucket of a write; empty: none.
};

struct QueryConfig {
  milliseconds timeout{Limits{}.query_timeout_ms};
  milliseconds lookback{std::chrono::minutes(5)};
  uint64_t samples_max = Limits{}.query_samples_max;
  uint64_t series_max = Limits{}.query_series_max;
  uint64_t points_per_series_max = Limits{}.query_points_per_series_max;
  uint64_t memory_bytes_max = Limits{}.query_memory_bytes_max;
  milliseconds queue_wait_max{Limits{}.query_queue_wait_ms_max};
  milliseconds slow{std::chrono::seconds(5)};
  uint64_t threads = 0;
  uint64_t views_bytes_max = uint64_t{256} << 20;  ///< Of all selectors of rules and live queries; 0: none.
  bool experimental = true;
};

struct RulesConfig {
  std::string files;               ///< Paths of rule files separated by commas, `*` and `?` in them.
  std::string tenant = "default";  ///< Whose rules those are.
  milliseconds interval{std::chrono::minutes(1)};
  milliseconds query_offset{0};
  milliseconds catch_up_max{std::chrono::hours(1)};
  milliseconds unknown_max{std::chrono::minutes(10)};
  uint64_t threads = 2;
  std::string external_url;
  std::string external_labels;  ///< `name=value`, separated by commas.
};

struct AggregationsConfig {
  std::string files;  ///< Paths of files of aggregations separated by commas, `*` and `?` in them.
  std::string tenant = "default";  ///< Whose aggregations those are.
  uint64_t threads = 2;
};

struct AlertingConfig {
  std::string config_file;    ///< Of Alertmanager's kind; may be empty.
  std::string alertmanagers;  ///< URLs separated by commas.
  bool internal = true;       ///< Whether what these name may be addresses that are not public.
};

enum class CacheEngine { kMemory, kRedis };

struct CacheConfig {
  CacheEngine engine = CacheEngine::kMemory;
  uint64_t bytes_max = 64u << 20;
  milliseconds ttl{std::chrono::minutes(10)};  ///< 0 caches no answers.
};

enum class CatalogueEngine { kSqlite, kPostgres };

struct CatalogueConfig {
  CatalogueEngine engine = CatalogueEngine::kSqlite;
  std::string url = "postgresql://127.0.0.1:5432/weir";
};

struct KafkaConfig {
  std::string brokers = "127.0.0.1:9092";
  std::string topic = "weir-metrics";
  std::string group = "weir-processors";
  bool create_topic = true;
  uint64_t partitions = 8;
  uint64_t replication = 3;
  uint64_t in_sync_min = 2;
  milliseconds retention{std::chrono::hours(7 * 24)};
  milliseconds linger{5};
  std::string security_protocol = "plaintext";
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string sasl_mechanism;
  std::string sasl_username;
  std::string sasl_password;
};

struct RegistryConfig {
  std::string url = "http://127.0.0.1:8081";
  std::string user;
  std::string password;
};

struct TimescaleConfig {
  std::string url = "postgresql://127.0.0.1:5432/weir";
  uint64_t write_connections_max = 4;
  uint64_t read_connections_max = 8;
  std::string writer = "copy";
  milliseconds chunk_interval{std::chrono::hours(24)};
};

struct RedisConfig {
  std::string address = "127.0.0.1:6379";
  std::string user;
  std::string password;
  uint64_t database = 0;
};

struct CollectConfig {
  bool enabled = true;  ///< `--collect=off` turns it off.
  milliseconds interval{1'000};
  std::string instance;  ///< Empty takes the host's name.
};

/// Diagnostics. (`log` is the durable log.)
struct LoggerConfig {
  telemetry::Level level = telemetry::Level::kInfo;
  telemetry::LoggerOptions::Format format = telemetry::LoggerOptions::Format::kJson;
};

/// The defaults are these initial values and are written nowhere else. A value; every field holds to the
/// bounds in `settings.h` once `load` has returned it.
struct Config {
  ServerConfig server;
  RoutingConfig routing;
  StorageConfig storage;
  LogConfig log;
  IngestConfig ingest;
  InfluxConfig influx;
  QueryConfig query;
  RulesConfig rules;
  AggregationsConfig aggregations;
  AlertingConfig alerting;
  CacheConfig cache;
  CatalogueConfig catalogue;
  KafkaConfig kafka;
  RegistryConfig registry;
  TimescaleConfig timescale;
  RedisConfig redis;
  CollectConfig collect;
  LoggerConfig logger;
};

/// "all", "gateway", ...
std::string_view role_name(Role role);

/// True when a process of this configuration does what `role` names.
bool has_role(const Config& config, Role role);

}  // namespace weir::config
