#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "app/aggregating.h"
#include "app/engines.h"
#include "app/processing.h"
#include "app/ruling.h"
#include "app/snapshots.h"
#include "app/watermark.h"
#include "collect/host_collector.h"
#include "config/config.h"
#include "gateway/gateway.h"
#include "net/http_server.h"
#include "os/files.h"
#include "store/views/viewed_store.h"

namespace weir::app {

/// One Weir process: opens the engines and builds the parts that its roles ask for, and connects them. Owned
/// by one thread.
class Server {
 public:
  explicit Server(const config::Config& config);
  /// Stops if needed.
  ~Server();

  /// Opens the engines, starts every part and listens. Errors say what to do about them.
  Status start();
  /// Readiness fails first; then requests in flight are answered, the collector and the processor stop, the
  /// store is flushed, and the log closes. Everything that was acknowledged is durable. Idempotent.
  void stop();

  uint16_t port() const { return http_->port(); }

 private:
  bool has(config::Role role) const { return config::has_role(config_, role); }
  void watch_breakers();
  Status start_snapshots();
  void start_views();
  Status start_processor();
  /// Null in a process that does not apply the log.
  stream::Processor* processor();
  void listen();
  void start_writing();
  void start_reading();
  Status start_ruling();
  void stop_ruling();
  Status start_routing();
  Status start_http();
  Status start_collector();
  Status readable();
  void flush_store();
  Result<gateway::Snapshot> take_snapshot(bool skip_head, Deadline deadline);
  gateway::Services services();

  const config::Config config_;
  const Limits limits_;  ///< Of every tenant.
  os::Clock& clock_;
  const os::SteadyTime started_;
  std::atomic<bool> stopping_{false};

  // In the order of construction; destroyed the other way round. A part that no role asks for stays empty.
  telemetry::Registry registry_;
  resilience::Breakers breakers_;
  std::optional<store::SelectorViews> views_;  ///< Where this process alone writes to the store.
  Engines engines_;
  std::optional<store::ViewReader> view_reader_;  ///< With the views.
  std::vector<std::unique_ptr<telemetry::Registry::Handle>> breaker_metrics_;
  std::optional<Snapshots> snapshots_;  ///< Where all data lie in this process's directory.
  std::optional<tenant::TenantDirectory> tenants_;
  std::optional<stream::DeadLetters> dead_letters_;
  std::unique_ptr<Processing> processing_;
  std::atomic<bool> caught_up_{false};  ///< Once at least.
  std::optional<ingest::Ingester> ingester_;
  std::unique_ptr<os::WorkerPool> readers_;                ///< Of series, for large queries.
  std::optional<ingest::MetadataWriter> metadata_writer_;  ///< With the ingester.
  std::unique_ptr<query::Engine> engine_;
  std::unique_ptr<query::RunningQueries> queries_;
  std::unique_ptr<gateway::AnswerCache> answers_;
  std::optional<gateway::MetadataCache> metadata_;
  std::unique_ptr<query::Engine> live_engine_;
  std::unique_ptr<stream::LiveHub> live_;
  std::optional<Watermark> watermark_;  ///< Where the log and the store can be asked.
  std::unique_ptr<Alerting> alerting_;  ///< With the ruler.
  std::unique_ptr<Ruling> ruling_;
  std::unique_ptr<Aggregating> aggregating_;  ///< With the processor.
  std::unique_ptr<gateway::Upstreams> upstreams_;
  std::unique_ptr<os::WorkerPool> workers_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<net::HttpServer> http_;
  std::unique_ptr<collect::HostCollector> collector_;
};

}  // namespace weir::app
