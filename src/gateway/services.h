#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aggregation/aggregator.h"
#include "gateway/answer_cache.h"
#include "gateway/metadata_cache.h"
#include "gateway/upstreams.h"
#include "ingest/ingester.h"
#include "ingest/metadata_writer.h"
#include "log/log.h"
#include "meta/meta_store.h"
#include "model/limits.h"
#include "notify/kept_silences.h"
#include "notify/notifier.h"
#include "os/clock.h"
#include "os/threads.h"
#include "query/engine.h"
#include "query/running_queries.h"
#include "resilience/breakers.h"
#include "store/store.h"
#include "stream/dead_letters.h"
#include "stream/live/live_hub.h"
#include "stream/processor.h"
#include "telemetry/metrics.h"
#include "tenant/rate_limiter.h"
#include "tenant/tenant_directory.h"
#include "wire/record_codec.h"

namespace weir::rules {
class Ruler;  // rules/ruler/ruler.h
}

namespace weir::gateway {

/// What GET /api/v2/status says of the process itself.
struct ProcessInfo {
  std::string version = {};
  std::string commit = {};
  std::vector<std::string> roles = {};
  bool collector = false;
  /// What stands behind the seams, by seam: {"log", "kafka"}, {"store", "timescale"}, ...
  std::vector<std::pair<std::string, std::string>> engines = {};
  /// "group.name" and the value in force, secrets hidden; those of a group together.
  std::vector<std::pair<std::string, std::string>> settings = {};
  std::string retention = {};  ///< Of tenants that have none of their own: "15d".
  os::SteadyTime started = {};
};

/// One that is whole and durable.
struct Snapshot {
  std::string name;  ///< "20260101T120000Z-0123456789abcdef".
  std::string path;  ///< Its directory, as this process reaches it.
};

struct GatewayOptions {
  uint64_t body_bytes_max = 16u << 20;     ///< A request as it comes over the wire.
  uint64_t decoded_bytes_max = 64u << 20;  ///< The same after decompression.
  size_t json_elements_max = 100'000;      ///< Samples in one JSON or InfluxDB write.
  std::string influx_db_label = {};        ///< Gets the database or bucket of an InfluxDB write; empty: none.
  os::milliseconds write_timeout{10'000};
  bool loopback_only =
      true;       ///< Listens on loopback: requests must name a loopback host (guards against DNS rebinding).
  Limits limits;  ///< Of every tenant.
};

/// What takes writes: the role ingest.
struct WriteServices {
  ingest::Ingester& ingester;
  ingest::MetadataWriter& metadata;
  tenant::TenantDirectory& tenants;
  log::Log& log;
  const wire::RecordCodec& codec;  ///< Of the log's records.
  stream::DeadLetters& dead_letters;
  tenant::RateLimiter& limiter;
};

/// What answers reads: the role query.
struct ReadServices {
  const query::Engine& engine;
  query::RunningQueries& queries;
  const AnswerCache& answers;  ///< Of the engine, where they may be those of before.
  store::Store& store;
  stream::LiveHub& live;
  tenant::TenantDirectory& tenants;
  meta::MetaStore& meta;
  MetadataCache& metadata;
};

/// What applies the log to the store: the role processor.
struct ProcessorServices {
  stream::Processor& processor;
};

/// How rules are evaluated here, where they and their groups say nothing else.
struct RuleSettings {
  int64_t interval_ms = 60'000;
  int64_t query_offset_ms = 0;
  std::string external_url = {};
  int64_t unknown_ms_max = 0;        ///< rules::Environment::unknown_kept_ms.
  query::EngineOptions engine = {};  ///< Of the queries of rules.
};

/// What evaluates rules: the role ruler.
struct RulerServices {
  const rules::Ruler& ruler;
  tenant::TenantDirectory& tenants;
  meta::MetaStore& meta;
};

/// What makes streaming aggregations: with the role processor.
struct AggregationServices {
  const aggregation::Aggregator& aggregator;
  tenant::TenantDirectory& tenants;
  meta::MetaStore& meta;
};

/// What tells people of alerts: with the role ruler, where receivers are configured.
struct NotificationServices {
  notify::Notifier& notifier;
  notify::KeptSilences& silences;
  tenant::TenantDirectory& tenants;
};

/// The parts of the platform that the routes speak to. All outlive the gateway. A part that this process does
/// not have is absent: its routes are then forwarded to `upstreams` that have it, else refused with 421, so a
/// handler of a surface finds that surface's part.
struct Services {
  telemetry::Registry& registry;
  os::Clock& clock;
  os::WorkerPool& workers;  ///< For what may block: queries, catalogue reads.
  /// Success while the process takes traffic; otherwise the reason, one sentence.
  std::function<Status()> ready;
  ProcessInfo process;
  GatewayOptions options;

  std::optional<WriteServices> write = std::nullopt;
  std::optional<ReadServices> read = std::nullopt;
  std::optional<ProcessorServices> processor = std::nullopt;
  std::optional<RulerServices> ruler = std::nullopt;
  std::optional<AggregationServices> aggregations = std::nullopt;
  std::optional<NotificationServices> notifications = std::nullopt;
  RuleSettings rules = {};
  /// Backtests of rules that run now.
  std::shared_ptr<std::atomic<int>> backtests = std::make_shared<std::atomic<int>>(0);
  /// Tests of receivers that run now.
  std::shared_ptr<std::atomic<int>> receiver_tests = std::make_shared<std::atomic<int>>(0);
  /// Up to which event time the samples of a tenant can be expected to be there, where that is known. May
  /// wait. Empty in a process that cannot tell.
  std::function<std::optional<TimestampMs>(TenantId tenant)> watermark_ms = nullptr;
  log::Log* log = nullptr;        ///< Null in a process that neither writes nor applies it.
  store::Store* store = nullptr;  ///< Null in a process that neither applies nor reads it.
  /// Success once reads find all that was acknowledged before the start. Until then they are refused: a part
  /// of it would be a wrong answer. Empty: always.
  std::function<Status()> readable = nullptr;
  /// Makes a snapshot of the data, without the head where the first argument says so; may block for long.
  /// Empty in a process without a store. Errors: kUnsupported (the message says how the data are backed up
  /// instead), and as `store::Store::snapshot`.
  std::function<Result<Snapshot>(bool skip_head, Deadline deadline)> take_snapshot = nullptr;
  Upstreams* upstreams =
      nullptr;  ///< Null unless this process is a gateway to others. Outlives the HTTP server.
  /// Of this process's dependencies, for the status; those of `upstreams` are not among them. May be null.
  const resilience::Breakers* breakers = nullptr;

  /// The parts of a surface that this process serves; a route of another surface has no business here.
  WriteServices& writing() {
    CHECK(write.has_value(), "a route of the write surface runs only where writes are taken");
    return *write;
  }
  ReadServices& reading() {
    CHECK(read.has_value(), "a route of the read surface runs only where reads are answered");
    return *read;
  }
};

/// Of this process's dependencies.
inline std::vector<resilience::BreakerStatus> breaker_status(const Services& services) {
  return services.breakers == nullptr ? std::vector<resilience::BreakerStatus>()
                                      : services.breakers->status();
}

/// Open live streams.
inline telemetry::Gauge& live_connections(telemetry::Registry& registry) {
  return registry.gauge("weir_live_connections", "Open live streams.");
}

}  // namespace weir::gateway
