#include "app/server.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/build_info.h"
#include "log/embedded/embedded_log.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "store/embedded/embedded_store.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr os::milliseconds kStartTimeout{30'000};

Limits make_limits(const config::Config& config) {
  Limits limits;
  limits.labels_per_series_max = static_cast<uint32_t>(config.ingest.labels_per_series_max);
  limits.label_name_bytes_max = static_cast<uint32_t>(config.ingest.label_name_bytes_max);
  limits.label_value_bytes_max = static_cast<uint32_t>(config.ingest.label_value_bytes_max);
  limits.future_ms_max = config.ingest.future_max.count();
  limits.query_samples_max = config.query.samples_max;
  limits.query_series_max = config.query.series_max;
  limits.query_points_per_series_max = static_cast<uint32_t>(config.query.points_per_series_max);
  limits.query_timeout_ms = config.query.timeout.count();
  return limits;
}

log::embedded::EmbeddedLogOptions log_options(const config::Config& config) {
  log::embedded::EmbeddedLogOptions options;
  options.directory = os::join_path(config.storage.path, "journal");
  options.partition_count = static_cast<uint32_t>(config.storage.partitions);
  options.segment_bytes = config.log.segment_bytes;
  options.record_bytes_max = config.log.record_bytes_max;
  options.queue_bytes_max = config.log.queue_bytes_max;
  options.tail_cache_bytes = config.log.tail_cache_bytes;
  options.free_bytes_min = config.log.free_bytes_min;
  return options;
}

store::embedded::EmbeddedStoreOptions store_options(const config::Config& config, uint32_t partitions) {
  store::embedded::EmbeddedStoreOptions options;
  options.directory = os::join_path(config.storage.path, "store");
  options.partition_count = partitions;
  options.window = config.storage.block_window;
  options.out_of_order_window = config.storage.out_of_order_window;
  options.head_bytes_max = config.storage.head_bytes_max;
  options.retention = config.storage.retention;
  return options;
}

bool listens_on_loopback(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") || listen.starts_with("[::1]:");
}

}  // namespace

Server::Server(const config::Config& config)
    : config_(config), clock_(os::system_clock()), files_(os::posix_files()), started_(clock_.steady()) {}

Server::~Server() {
  stop();
}

Status Server::start() {
  RETURN_IF_ERROR(open_storage());
  RETURN_IF_ERROR(start_pipeline());
  RETURN_IF_ERROR(start_http());
  return start_collector();
}

Status Server::open_storage() {
  RETURN_IF_ERROR(files_.create_directories(config_.storage.path).context("data directory"));
  ASSIGN_OR_RETURN(lock_, files_.lock(config_.storage.path));
  ASSIGN_OR_RETURN(meta_, meta::sqlite::open(os::join_path(config_.storage.path, "meta.db"), clock_));
  tenants_.emplace(*meta_);
  RETURN_IF_ERROR(tenants_->load(Deadline::after(clock_, kStartTimeout)));

  const auto recovery_started = clock_.steady();
  log::embedded::RecoveryReport report;
  ASSIGN_OR_RETURN(log_, log::embedded::open(log_options(config_), files_, clock_, registry_, report));
  const auto level = report.corrupt_bytes > 0 ? telemetry::Level::kError : telemetry::Level::kInfo;
  telemetry::log_line(
      level, "log", "journal opened",
      {{"segments", report.segments},
       {"records", report.records},
       {"bytes", report.bytes},
       {"torn_bytes", report.torn_bytes},
       {"corrupt_bytes", report.corrupt_bytes},
       {"seconds", std::chrono::duration<double>(clock_.steady() - recovery_started).count()}});
  ASSIGN_OR_RETURN(store_, store::embedded::open(store_options(config_, log_->partition_count()), files_,
                                                 clock_, registry_));
  return {};
}

Status Server::start_pipeline() {
  processor_ = std::make_unique<stream::Processor>(stream::ProcessorParts{*log_, *codec_, *store_},
                                                   stream::ProcessorOptions{}, clock_, registry_);
  RETURN_IF_ERROR(processor_->start());
  ingester_.emplace(*log_, *codec_, clock_, registry_);
  query::EngineOptions engine_options;
  engine_options.lookback = config_.query.lookback;
  engine_ = std::make_unique<query::Engine>(*store_, engine_options, clock_);
  live_ = std::make_unique<stream::LiveHub>(*engine_, stream::LiveHubOptions{}, clock_, registry_);
  return {};
}

Status Server::start_http() {
  const size_t processors = os::processor_count();
  os::WorkerPool::Options pool;
  pool.threads = config_.server.workers > 0 ? config_.server.workers : std::max<size_t>(4, 2 * processors);
  workers_ = std::make_unique<os::WorkerPool>(pool);
  gateway_ = std::make_unique<gateway::Gateway>(services());

  net::ServerOptions options;
  options.listen = config_.server.listen;
  options.threads = config_.server.threads > 0 ? config_.server.threads : processors;
  options.connections_max = config_.server.connections_max;
  options.inflight_body_bytes_max = config_.server.inflight_body_bytes_max;
  options.header_timeout = config_.server.header_timeout;
  options.idle_timeout = config_.server.idle_timeout;
  options.websocket_queue_bytes_max = config_.server.websocket_queue_bytes_max;
  http_ = std::make_unique<net::HttpServer>(options, *gateway_, registry_);
  return http_->start();
}

Status Server::start_collector() {
  ASSIGN_OR_RETURN(const TenantId tenant, tenants_->find_or_create(tenant::kDefaultTenantName,
                                                                   Deadline::after(clock_, kStartTimeout)));
  if (!config_.collect.enabled) return {};
  collect::HostCollectorOptions options;
  options.interval = config_.collect.interval;
  options.instance = config_.collect.instance;
  collector_ = std::make_unique<collect::HostCollector>(options, tenant, *ingester_, clock_, registry_);
  collector_->start();
  return {};
}

gateway::Services Server::services() {
  gateway::ProcessInfo process;
  process.version = build_info().version;
  process.commit = build_info().commit;
  for (config::Role role : config_.server.roles) process.roles.emplace_back(config::role_name(role));
  process.collector = config_.collect.enabled;
  process.started = started_;

  gateway::GatewayOptions options;
  options.body_bytes_max = config_.ingest.body_bytes_max;
  options.decoded_bytes_max = config_.ingest.decoded_bytes_max;
  options.json_elements_max = config_.ingest.elements_max;
  options.write_timeout = config_.ingest.timeout;
  options.loopback_only = listens_on_loopback(config_.server.listen);
  options.limits = make_limits(config_);

  auto ready = [this]() -> Status {
    return stopping_ ? Status(unavailable("the process is stopping")) : ok_status();
  };
  return gateway::Services{*ingester_, *engine_, *store_,   *log_, *processor_, *live_, *tenants_,
                           registry_,  clock_,   *workers_, ready, process,     options};
}

void Server::stop() {
  if (stopping_.exchange(true)) return;
  if (http_) http_->stop(config_.server.stop_grace);
  if (collector_) collector_->stop();
  if (workers_) workers_->stop();
  if (processor_) processor_->stop();
  live_.reset();
  // Closing the log completes the appends that still wait, so it comes before what their completions use.
  log_.reset();
}

}  // namespace weir::app
