#include "app/server.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/query_options.h"
#include "app/query_views.h"
#include "base/duration.h"
#include "config/settings.h"
#include "meta/sqlite/copy.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

using config::Role;

constexpr os::milliseconds kStartTimeout{30'000};
/// How long a process behind a gateway goes on serving after it has said that it leaves: two of the gateway's
/// checks.
constexpr os::milliseconds kDrain{2'000};
/// Through a broker and a database a sample is visible within a second; live queries wait for it.
constexpr os::milliseconds kSharedSettle{1'000};
/// What the embedded store answers sooner is not kept. Finding an answer again takes 10 us from memory and 75
/// us from Redis (answer_cache_bench.cc), so what is kept comes ten times as fast.
constexpr os::milliseconds kEvaluationMin{1};

Limits make_limits(const config::Config& config) {
  Limits limits;
  limits.labels_per_series_max = static_cast<uint32_t>(config.ingest.labels_per_series_max);
  limits.label_name_bytes_max = static_cast<uint32_t>(config.ingest.label_name_bytes_max);
  limits.label_value_bytes_max = static_cast<uint32_t>(config.ingest.label_value_bytes_max);
  if (config.ingest.samples_per_second > 0) {
    limits.samples_per_second = config.ingest.samples_per_second;
    limits.samples_burst =
        config.ingest.samples_burst > 0 ? config.ingest.samples_burst : 2 * config.ingest.samples_per_second;
  }
  limits.future_ms_max = config.ingest.future_max.count();
  limits.metadata_metrics_max = static_cast<uint32_t>(config.ingest.metadata_metrics_max);
  limits.query_samples_max = config.query.samples_max;
  limits.query_series_max = config.query.series_max;
  limits.query_points_per_series_max = static_cast<uint32_t>(config.query.points_per_series_max);
  limits.query_memory_bytes_max = config.query.memory_bytes_max;
  limits.query_timeout_ms = config.query.timeout.count();
  limits.query_queue_wait_ms_max = config.query.queue_wait_max.count();
  return limits;
}

bool listens_on_loopback(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") || listen.starts_with("[::1]:");
}

template <typename Enum>
std::string engine_name(std::span<const std::string_view> names, Enum engine) {
  return std::string(names[static_cast<size_t>(engine)]);
}

gateway::ProcessInfo process_info(const config::Config& config, os::SteadyTime started) {
  gateway::ProcessInfo process;
  process.version = build_info().version;
  process.commit = build_info().commit;
  for (const Role role : config.server.roles) process.roles.emplace_back(config::role_name(role));
  process.collector = config.collect.enabled && has_role(config, Role::kIngest);
  process.engines = {{"log", engine_name(config::kLogEngineNames, config.log.engine)},
                     {"store", engine_name(config::kStorageEngineNames, config.storage.engine)},
                     {"catalogue", engine_name(config::kCatalogueEngineNames, config.catalogue.engine)},
                     {"cache", engine_name(config::kCacheEngineNames, config.cache.engine)}};
  for (const config::Setting& setting : config::settings())
    process.settings.emplace_back(setting.key, config::show_redacted(setting, config));
  process.retention =
      config.storage.retention.count() == 0 ? "unlimited" : format_duration(config.storage.retention.count());
  process.started = started;
  return process;
}

gateway::GatewayOptions gateway_options(const config::Config& config, const Limits& limits) {
  gateway::GatewayOptions options;
  options.body_bytes_max = config.ingest.body_bytes_max;
  options.decoded_bytes_max = config.ingest.decoded_bytes_max;
  options.json_elements_max = config.ingest.elements_max;
  options.influx_db_label = config.influx.db_label;
  options.write_timeout = config.ingest.timeout;
  options.loopback_only = listens_on_loopback(config.server.listen);
  options.limits = limits;
  return options;
}

gateway::RuleSettings rule_settings(const config::Config& config) {
  gateway::RuleSettings settings;
  settings.interval_ms = config.rules.interval.count();
  settings.query_offset_ms = config.rules.query_offset.count();
  settings.external_url = config.rules.external_url;
  settings.unknown_ms_max = config.rules.unknown_max.count();
  settings.engine = query_options(config.query);
  return settings;
}

gateway::AnswerCacheOptions answer_options(const config::Config& config) {
  gateway::AnswerCacheOptions options;
  options.ttl = config.cache.ttl;
  if (config.storage.engine == config::StorageEngine::kEmbedded) options.evaluation_min = kEvaluationMin;
  return options;
}

net::ServerOptions http_options(const config::Config& config) {
  net::ServerOptions options;
  options.listen = config.server.listen;
  options.threads = config.server.threads > 0 ? config.server.threads : os::processor_count();
  options.connections_max = config.server.connections_max;
  options.inflight_body_bytes_max = config.server.inflight_body_bytes_max;
  options.header_timeout = config.server.header_timeout;
  options.idle_timeout = config.server.idle_timeout;
  options.websocket_queue_bytes_max = config.server.websocket_queue_bytes_max;
  return options;
}

}  // namespace

Server::Server(const config::Config& config)
    : config_(config), limits_(make_limits(config)), clock_(os::system_clock()), started_(clock_.steady()) {}

Server::~Server() {
  stop();
}

Status Server::start() {
  ASSIGN_OR_RETURN(engines_, open_engines({config_, os::posix_files(), clock_, registry_, breakers_}));
  if (engines_.meta) {
    tenants_.emplace(*engines_.meta);
    RETURN_IF_ERROR(tenants_->load(Deadline::after(clock_, kStartTimeout)));
  }
  if (engines_.dead_letters) dead_letters_.emplace(*engines_.dead_letters, registry_);
  watch_breakers();
  start_views();
  RETURN_IF_ERROR(start_snapshots());
  RETURN_IF_ERROR(start_processor());
  start_writing();
  start_reading();
  RETURN_IF_ERROR(start_ruling());
  listen();
  RETURN_IF_ERROR(start_routing());
  RETURN_IF_ERROR(start_http());
  return start_collector();
}

/// The breakers' states as metrics; each is looked up by its name when it is scraped.
void Server::watch_breakers() {
  for (const resilience::BreakerStatus& breaker : breakers_.status()) {
    const auto observe = [this, name = breaker.name](auto read) {
      return [this, name, read]() -> double {
        for (const resilience::BreakerStatus& one : breakers_.status()) {
          if (one.name == name) return read(one);
        }
        return 0;
      };
    };
    const telemetry::LabelPairs labels = {{"breaker", breaker.name}};
    breaker_metrics_.push_back(registry_.observe_gauge(
        "weir_breaker_state", "Circuit breakers: 0 closed, 1 open, 2 half open.", labels,
        observe([](const auto& one) { return static_cast<double>(one.state); })));
    breaker_metrics_.push_back(registry_.observe_counter(
        "weir_breaker_opened_total", "Times that a circuit breaker has opened.", labels,
        observe([](const auto& one) { return static_cast<double>(one.opened_total); })));
    breaker_metrics_.push_back(registry_.observe_counter(
        "weir_breaker_refused_total", "Calls that an open circuit breaker has refused.", labels,
        observe([](const auto& one) { return static_cast<double>(one.refused_total); })));
  }
}

Status Server::start_snapshots() {
  const bool all_here = config_.log.engine == config::LogEngine::kEmbedded &&
                        config_.storage.engine == config::StorageEngine::kEmbedded &&
                        config_.catalogue.engine == config::CatalogueEngine::kSqlite;
  if (!all_here || !engines_.store || !engines_.meta) return {};
  const auto copy_catalogue = [this](const std::string& path, Deadline deadline) {
    return meta::sqlite::copy_catalogue(os::join_path(config_.storage.path, "meta.db"), path, deadline,
                                        clock_);
  };
  snapshots_.emplace(
      Snapshots::Parts{config_.storage.path, os::posix_files(), clock_, *engines_.store, copy_catalogue});
  return snapshots_->remove_leftovers().context("snapshots");
}

/// Where an engine is a server, what it says itself, or else what the data directory would lack.
Result<gateway::Snapshot> Server::take_snapshot(bool skip_head, Deadline deadline) {
  if (snapshots_) return snapshots_->take(skip_head, deadline);
  if (config_.storage.engine != config::StorageEngine::kEmbedded) {
    const Status refused = engines_.store->snapshot({}, deadline);
    if (!refused.ok()) return refused.error();
  }
  return unsupported(
      "no snapshot: not all data lie in this server's directory; where the log is on Kafka or the catalogue "
      "in PostgreSQL, back those up there, and copy the data directory of a server that is stopped");
}

/// Only this process may change what the views are of.
void Server::start_views() {
  const bool alone = has(Role::kProcessor) && config_.log.engine == config::LogEngine::kEmbedded &&
                     config_.storage.engine == config::StorageEngine::kEmbedded;
  if (!alone) return;
  views_.emplace(store::SelectorViews::Options{.bytes_max = config_.query.views_bytes_max}, clock_,
                 registry_);
  engines_.store = std::make_unique<store::ViewedStore>(std::move(engines_.store), *views_);
  view_reader_.emplace(*engines_.store, *views_);
}

Status Server::start_processor() {
  if (!has(Role::kProcessor)) return {};
  processing_ =
      std::make_unique<Processing>(Processing::Parts{config_, clock_, registry_, engines_, *dead_letters_});
  return processing_->start();
}

stream::Processor* Server::processor() {
  return processing_ == nullptr ? nullptr : &processing_->processor();
}

/// Who is told of what is applied, when they are there.
void Server::listen() {
  if (!processing_) return;
  Processing::Listeners listeners;
  listeners.on_applied = [this](const stream::AppliedRecords& applied) {
    if (ruling_ && applied.caught_up) ruling_->applied(applied.records);
    if (aggregating_) aggregating_->applied(applied);
  };
  if (aggregating_) {
    listeners.needed_from = [this](PartitionId partition) {
      return aggregating_->aggregator().needed_from(partition);
    };
  }
  processing_->listen(std::move(listeners));
}

void Server::start_writing() {
  if (!has(Role::kIngest)) return;
  ingester_.emplace(*engines_.log, *engines_.codec, clock_, registry_);
  metadata_writer_.emplace(ingest::MetadataWriterOptions(), *engines_.meta, clock_, registry_);
  metadata_writer_->start();
}

void Server::start_reading() {
  if (!has(Role::kQuery)) return;
  query::EngineOptions engine_options = query_options(config_.query);
  const size_t threads = config_.query.threads > 0 ? config_.query.threads : os::processor_count();
  if (threads > 1) {  // one is the query's own
    readers_ =
        std::make_unique<os::WorkerPool>(os::WorkerPool::Options{.name = "reader", .threads = threads - 1});
    engine_options.pool = readers_.get();
    engine_options.pool_threads = threads - 1;
  }
  engine_ = std::make_unique<query::Engine>(*engines_.store, engine_options, clock_);
  queries_ = std::make_unique<query::RunningQueries>(config_.query.slow, clock_);
  answers_ = std::make_unique<gateway::AnswerCache>(answer_options(config_), *engine_, *engines_.store,
                                                    *engines_.cache, clock_, registry_);
  metadata_.emplace(gateway::MetadataCacheOptions(), *engines_.meta, clock_);
  stream::LiveHubOptions live_options;
  if (config_.storage.engine != config::StorageEngine::kEmbedded) live_options.settle = kSharedSettle;
  // Nobody subscribes before the process listens, and the watermark is there by then.
  stream::WatermarkFunction watermark_ms;
  if (engines_.log && engines_.store) {
    watermark_ms = [this](TenantId tenant) { return watermark_ ? watermark_->of(tenant) : std::nullopt; };
  }
  live_engine_ =
      std::make_unique<query::Engine>(view_reader_ ? *view_reader_ : *engines_.store, engine_options, clock_);
  const auto hold = [this](TenantId tenant, const std::string& query) {
    return hold_views(views_ ? &*views_ : nullptr, *live_engine_, tenant, query);
  };
  live_ = std::make_unique<stream::LiveHub>(
      live_options, stream::LiveHubParts{*live_engine_, clock_, registry_, std::move(watermark_ms), hold});
}

Status Server::start_ruling() {
  if (engines_.log && engines_.store) {
    watermark_.emplace(Watermark::Parts{*engines_.log, *engines_.store, clock_, registry_, processor(),
                                        ingester_ ? &*ingester_ : nullptr});
  }
  if (processing_) {
    aggregating_ = std::make_unique<Aggregating>(
        AggregatingParts{config_, limits_, clock_, registry_, engines_, *dead_letters_, *watermark_});
    RETURN_IF_ERROR(aggregating_->start());
  }
  if (!has(Role::kRuler)) return {};
  ASSIGN_OR_RETURN(alerting_,
                   Alerting::start({config_, clock_, os::posix_files(), registry_, *engines_.meta}));
  ruling_ = std::make_unique<Ruling>(RulingParts{config_, limits_, clock_, registry_, engines_,
                                                 view_reader_ ? *view_reader_ : *engines_.store,
                                                 views_ ? &*views_ : nullptr, *watermark_, *alerting_,
                                                 aggregating_ ? &aggregating_->aggregator() : nullptr});
  RETURN_IF_ERROR(ruling_->start());
  return {};
}

void Server::stop_ruling() {
  if (processing_) processing_->listen(std::nullopt);
  ruling_.reset();
  aggregating_.reset();
  alerting_.reset();
}

Status Server::start_routing() {
  if (!has(Role::kGateway) || (config_.routing.write.empty() && config_.routing.read.empty())) return {};
  gateway::UpstreamsOptions options;
  options.write = config_.routing.write;
  options.read = config_.routing.read;
  ASSIGN_OR_RETURN(upstreams_, gateway::Upstreams::create(options, clock_, registry_));
  upstreams_->start();
  return {};
}

Status Server::start_http() {
  os::WorkerPool::Options pool;
  pool.threads =
      config_.server.workers > 0 ? config_.server.workers : std::max<size_t>(4, 2 * os::processor_count());
  workers_ = std::make_unique<os::WorkerPool>(pool);
  gateway_ = std::make_unique<gateway::Gateway>(services());
  http_ = std::make_unique<net::HttpServer>(http_options(config_), *gateway_, registry_);
  return http_->start();
}

Status Server::start_collector() {
  if (!ingester_) return {};
  ASSIGN_OR_RETURN(const TenantId tenant, tenants_->find_or_create(tenant::kDefaultTenantName,
                                                                   Deadline::after(clock_, kStartTimeout)));
  if (!config_.collect.enabled) return {};
  collect::HostCollectorOptions options;
  options.interval = config_.collect.interval;
  options.instance = config_.collect.instance;
  options.on_metadata = [this, tenant](std::span<const MetricMetadata> metadata) {
    metadata_writer_->take(tenant, metadata, limits_);
  };
  collector_ = std::make_unique<collect::HostCollector>(options, tenant, *ingester_, clock_, registry_);
  collector_->start();
  return {};
}

/// The embedded store lost its head when the process before this one ended, and gets it back from the log. A
/// partition that later has to start anew loses nothing.
Status Server::readable() {
  if (!caught_up_ && processor()->caught_up()) caught_up_ = true;
  return caught_up_
             ? ok_status()
             : unavailable("the server has just started and still applies its log; try again in a moment");
}

gateway::Services Server::services() {
  auto ready = [this]() -> Status {
    return stopping_ ? Status(unavailable("the process is stopping")) : ok_status();
  };
  gateway::Services services{registry_,
                             clock_,
                             *workers_,
                             ready,
                             process_info(config_, started_),
                             gateway_options(config_, limits_)};
  if (ingester_)
    services.write.emplace(*ingester_, *metadata_writer_, *tenants_, *engines_.log, *engines_.codec,
                           *dead_letters_, *engines_.limiter);
  if (engine_)
    services.read.emplace(*engine_, *queries_, *answers_, *engines_.store, *live_, *tenants_, *engines_.meta,
                          *metadata_);
  if (processing_) services.processor.emplace(*processor());
  if (ruling_) services.ruler.emplace(ruling_->ruler(), *tenants_, *engines_.meta);
  if (aggregating_) services.aggregations.emplace(aggregating_->aggregator(), *tenants_, *engines_.meta);
  if (alerting_ && alerting_->notifier() != nullptr)
    services.notifications.emplace(*alerting_->notifier(), *alerting_->silences(), *tenants_);
  if (processing_ && config_.storage.engine == config::StorageEngine::kEmbedded)
    services.readable = [this] { return readable(); };
  if (watermark_) services.watermark_ms = [this](TenantId tenant) { return watermark_->of(tenant); };
  services.rules = rule_settings(config_);
  services.log = engines_.log.get();
  services.store = engines_.store.get();
  if (engines_.store) {
    services.take_snapshot = [this](bool skip_head, Deadline deadline) {
      return take_snapshot(skip_head, deadline);
    };
  }
  services.upstreams = upstreams_.get();
  services.breakers = &breakers_;
  return services;
}

void Server::flush_store() {
  if (config_.storage.flush_timeout.count() == 0) return;
  const auto in_memory = [&] {
    const auto status = engines_.store->status();
    return status.ok() ? status->head_samples : 0;
  };
  const uint64_t before = in_memory();
  if (before == 0) return;
  const os::SteadyTime begin = clock_.steady();
  const Status flushed = engines_.store->flush(Deadline::after(clock_, config_.storage.flush_timeout));
  const uint64_t left = in_memory();
  telemetry::log_line(flushed.ok() ? telemetry::Level::kInfo : telemetry::Level::kWarn, "app",
                      flushed.ok() ? "samples in memory are in blocks"
                                   : "not all samples in memory are in blocks; the log has them",
                      {{"written", before - std::min(before, left)},
                       {"left", left},
                       {"seconds", std::chrono::duration<double>(clock_.steady() - begin).count()},
                       {"error", flushed.ok() ? std::string() : flushed.error().message}});
}

void Server::stop() {
  if (stopping_.exchange(true)) return;
  const bool behind_gateway = !has(Role::kGateway) && (has(Role::kIngest) || has(Role::kQuery));
  if (http_ && behind_gateway) clock_.sleep_until(clock_.steady() + kDrain, {});
  if (http_) http_->stop(config_.server.stop_grace);
  if (upstreams_) upstreams_->stop();
  if (collector_) collector_->stop();
  if (workers_) workers_->stop();
  stop_ruling();
  if (metadata_writer_) metadata_writer_->stop();
  if (processing_) processing_->stop();
  if (processing_) flush_store();
  live_.reset();
  // Closing the logs completes the appends that still wait, so it comes before what their completions use.
  engines_.log.reset();
  engines_.dead_letters.reset();
}

}  // namespace weir::app
