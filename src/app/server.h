#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "cache/cache.h"
#include "collect/host_collector.h"
#include "config/config.h"
#include "gateway/gateway.h"
#include "meta/meta_store.h"
#include "net/http_server.h"
#include "os/files.h"

namespace weir::app {

/// One Weir process: builds the parts that the configuration asks for, on the embedded engines, and connects
/// them. This is the only place that knows which implementation stands behind a seam. Owned by one thread.
class Server {
 public:
  explicit Server(const config::Config& config);
  /// Stops if needed.
  ~Server();

  /// Opens the data directory, recovers the log, starts every part and listens. Errors say what to do about
  /// them.
  Status start();
  /// Readiness fails first; then requests in flight are answered, the collector and the processor stop, and
  /// the log closes. Everything that was acknowledged is on disk. Idempotent.
  void stop();

  uint16_t port() const { return http_->port(); }

 private:
  Status open_storage();
  Status start_pipeline();
  Status start_http();
  Status start_collector();
  gateway::Services services();

  const config::Config config_;
  os::Clock& clock_;
  os::FileSystem& files_;
  const os::SteadyTime started_;
  std::atomic<bool> stopping_{false};

  // In the order of construction; destroyed the other way round.
  telemetry::Registry registry_;
  std::unique_ptr<os::DirectoryLock> lock_;
  std::unique_ptr<meta::MetaStore> meta_;
  std::optional<tenant::TenantDirectory> tenants_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<stream::Processor> processor_;
  std::optional<ingest::Ingester> ingester_;
  std::unique_ptr<query::Engine> engine_;
  std::unique_ptr<stream::LiveHub> live_;
  std::unique_ptr<os::WorkerPool> workers_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<net::HttpServer> http_;
  std::unique_ptr<collect::HostCollector> collector_;
};

}  // namespace weir::app
