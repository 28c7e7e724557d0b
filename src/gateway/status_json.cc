#include "gateway/status_json.h"

#include <algorithm>

#include "gateway/health.h"
#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

using wire::JsonWriter;

std::string_view durability_name(log::Durability durability) {
  switch (durability) {
    case log::Durability::kFsync:
      return "fsync";
    case log::Durability::kReplicated:
      return "replicated";
    case log::Durability::kPageCache:
      return "page_cache";
  }
  return "page_cache";
}

void write_integer(JsonWriter& json, std::string_view key, uint64_t value) {
  json.key(key);
  json.integer(static_cast<int64_t>(value));
}

void write_text(JsonWriter& json, std::string_view key, std::string_view value) {
  json.key(key);
  json.text(value);
}

void write_boolean(JsonWriter& json, std::string_view key, bool value) {
  json.key(key);
  json.boolean(value);
}

void begin_section(JsonWriter& json, std::string_view key, bool present) {
  json.key(key);
  json.begin_object();
  write_boolean(json, "present", present);
}

void write_process(JsonWriter& json, const Services& services) {
  write_text(json, "version", services.process.version);
  write_text(json, "commit", services.process.commit);
  json.key("uptime_s");
  json.number(std::chrono::duration<double>(services.clock.steady() - services.process.started).count());
  json.key("roles");
  json.begin_array();
  for (const std::string& role : services.process.roles) json.text(role);
  json.end_array();
  json.key("engines");
  json.begin_object();
  for (const auto& [seam, engine] : services.process.engines) write_text(json, seam, engine);
  json.end_object();
  write_boolean(json, "ready", ready(services).ok());
  write_text(json, "durability",
             services.log == nullptr ? "none" : durability_name(services.log->durability()));
  write_boolean(json, "collector", services.process.collector);
}

void write_partition(JsonWriter& json, const log::Log* log, const stream::PartitionProgress& progress) {
  const auto status =
      log == nullptr ? Result<log::PartitionStatus>(log::PartitionStatus{}) : log->status(progress.partition);
  json.begin_object();
  write_integer(json, "partition", progress.partition.value());
  json.key("begin");
  json.integer(status.ok() ? status->begin.value() : 0);
  json.key("end");
  json.integer(progress.end.value());
  json.key("applied");
  json.integer(progress.applied.value());
  json.key("lag");
  json.integer(progress.lag());
  write_integer(json, "refused", progress.records_refused);
  json.end_object();
}

void write_log(JsonWriter& json, const Services& services) {
  const log::Log* log = services.log;
  const Status writable = log == nullptr ? unavailable("this process has no log") : log->writable();
  begin_section(json, "log", log != nullptr);
  write_boolean(json, "writable", writable.ok());
  write_text(json, "reason", writable.ok() ? "" : writable.error().message);
  json.key("partitions");
  json.begin_array();
  if (services.processor.has_value()) {
    for (const auto& progress : services.processor->processor.progress())
      write_partition(json, log, progress);
  }
  json.end_array();
  json.end_object();
}

void write_store(JsonWriter& json, const store::Store* store) {
  const auto status = store == nullptr ? Result<store::StoreStatus>(store::StoreStatus{}) : store->status();
  const store::StoreStatus known = status.ok() ? *status : store::StoreStatus{};
  begin_section(json, "store", store != nullptr);
  write_text(json, "error", status.ok() ? "" : status.error().message);
  write_integer(json, "active_series", known.active_series);
  write_integer(json, "head_samples", known.head_samples);
  write_integer(json, "head_bytes", known.head_bytes);
  write_integer(json, "blocks", known.block_count);
  write_integer(json, "block_bytes", known.block_bytes);
  write_integer(json, "block_samples", known.block_samples);
  json.key("mint_ms");
  json.integer(known.mint_ms);
  json.key("maxt_ms");
  json.integer(known.maxt_ms);
  json.end_object();
}

void write_tenant_lag(JsonWriter& json, const stream::TenantLag& lag) {
  json.begin_object();
  write_integer(json, "tenant_id", lag.tenant.value());
  write_integer(json, "waiting_records", lag.waiting_records);
  json.key("lag_s");
  json.number(lag.seconds);
  json.end_object();
}

void write_surfaces(JsonWriter& json, const Services& services) {
  begin_section(json, "processor", services.processor.has_value());
  write_boolean(json, "caught_up",
                services.processor.has_value() && services.processor->processor.caught_up());
  json.key("tenants");
  json.begin_array();
  if (services.processor.has_value()) {
    for (const stream::TenantLag& lag : services.processor->processor.tenant_lags())
      write_tenant_lag(json, lag);
  }
  json.end_array();
  json.end_object();
  const auto totals =
      services.write.has_value() ? services.write->ingester.totals() : ingest::Ingester::Totals{};
  begin_section(json, "ingest", services.write.has_value());
  write_integer(json, "samples_total", totals.accepted);
  write_integer(json, "rejected_total", totals.rejected);
  json.end_object();
  begin_section(json, "live", services.read.has_value());
  json.key("connections");
  json.number(live_connections(services.registry).value());
  write_integer(json, "subscriptions",
                services.read.has_value() ? services.read->live.subscription_count() : 0);
  json.end_object();
}

void write_breaker(JsonWriter& json, const resilience::BreakerStatus& breaker) {
  json.begin_object();
  write_text(json, "name", breaker.name);
  write_text(json, "state", breaker_state_text(breaker.state));
  write_integer(json, "calls", breaker.calls);
  write_integer(json, "failures", breaker.failures);
  write_integer(json, "slow", breaker.slow);
  write_integer(json, "opened_total", breaker.opened_total);
  write_integer(json, "refused_total", breaker.refused_total);
  json.key("retry_in_ms");
  json.integer(breaker.retry_in.count());
  json.end_object();
}

void write_upstream(JsonWriter& json, const UpstreamStatus& upstream) {
  json.begin_object();
  write_text(json, "surface", surface_name(upstream.surface));
  write_text(json, "name", upstream.name);
  write_text(json, "address", upstream.address);
  write_text(json, "state", upstream_state_name(upstream.state));
  write_text(json, "reason", upstream.reason);
  write_integer(json, "in_flight", upstream.in_flight);
  write_integer(json, "streams", upstream.streams);
  write_integer(json, "requests_total", upstream.requests);
  write_integer(json, "errors_total", upstream.errors);
  write_integer(json, "retries_total", upstream.retries);
  json.end_object();
}

void write_dependencies(JsonWriter& json, const Services& services) {
  const std::vector<UpstreamStatus> upstreams =
      services.upstreams == nullptr ? std::vector<UpstreamStatus>{} : services.upstreams->status();
  json.key("breakers");
  json.begin_array();
  for (const resilience::BreakerStatus& breaker : breaker_status(services)) write_breaker(json, breaker);
  for (const UpstreamStatus& upstream : upstreams) write_breaker(json, upstream.breaker);
  json.end_array();
  json.key("upstreams");
  json.begin_array();
  for (const UpstreamStatus& upstream : upstreams) write_upstream(json, upstream);
  json.end_array();
}

}  // namespace

std::string status_json(const Services& services) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_process(json, services);
  write_log(json, services);
  write_store(json, services.store);
  write_surfaces(json, services);
  write_dependencies(json, services);
  json.end_object();
  return out;
}

}  // namespace weir::gateway
