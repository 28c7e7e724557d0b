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

void begin_section(JsonWriter& json, std::string_view key, bool present) {
  json.key(key);
  json.begin_object();
  json.boolean("present", present);
}

void write_process(JsonWriter& json, const Services& services) {
  json.text("version", services.process.version);
  json.text("commit", services.process.commit);
  json.number("uptime_s",
              std::chrono::duration<double>(services.clock.steady() - services.process.started).count());
  json.key("roles");
  json.begin_array();
  for (const std::string& role : services.process.roles) json.text(role);
  json.end_array();
  json.key("engines");
  json.begin_object();
  for (const auto& [seam, engine] : services.process.engines) json.text(seam, engine);
  json.end_object();
  json.boolean("ready", ready(services).ok());
  json.text("durability", services.log == nullptr ? "none" : durability_name(services.log->durability()));
  json.boolean("collector", services.process.collector);
}

void write_partition(JsonWriter& json, const log::Log* log, const stream::PartitionProgress& progress) {
  const auto status =
      log == nullptr ? Result<log::PartitionStatus>(log::PartitionStatus{}) : log->status(progress.partition);
  json.begin_object();
  json.count("partition", progress.partition.value());
  json.integer("begin", status.ok() ? status->begin.value() : 0);
  json.integer("end", progress.end.value());
  json.integer("applied", progress.applied.value());
  json.integer("lag", progress.lag());
  json.count("refused", progress.records_refused);
  json.end_object();
}

void write_log(JsonWriter& json, const Services& services) {
  const log::Log* log = services.log;
  const Status writable = log == nullptr ? unavailable("this process has no log") : log->writable();
  begin_section(json, "log", log != nullptr);
  json.boolean("writable", writable.ok());
  json.text("reason", writable.ok() ? "" : writable.error().message);
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
  json.text("error", status.ok() ? "" : status.error().message);
  json.count("active_series", known.active_series);
  json.count("head_samples", known.head_samples);
  json.count("head_bytes", known.head_bytes);
  json.count("blocks", known.block_count);
  json.count("block_bytes", known.block_bytes);
  json.count("block_samples", known.block_samples);
  json.integer("mint_ms", known.mint_ms);
  json.integer("maxt_ms", known.maxt_ms);
  json.end_object();
}

void write_tenant_lag(JsonWriter& json, const Services& services, const stream::TenantLag& lag) {
  json.begin_object();
  json.count("tenant_id", lag.tenant.value());
  json.count("waiting_records", lag.waiting_records);
  json.number("lag_s", lag.seconds);
  const bool is_one = lag.tenant != TenantId::nobody();
  const auto watermark_ms =
      is_one && services.watermark_ms ? services.watermark_ms(lag.tenant) : std::nullopt;
  if (watermark_ms) json.integer("watermark_ms", *watermark_ms);
  json.end_object();
}

void write_surfaces(JsonWriter& json, const Services& services) {
  begin_section(json, "processor", services.processor.has_value());
  json.boolean("caught_up", services.processor.has_value() && services.processor->processor.caught_up());
  json.key("tenants");
  json.begin_array();
  if (services.processor.has_value()) {
    for (const stream::TenantLag& lag : services.processor->processor.tenant_lags())
      write_tenant_lag(json, services, lag);
  }
  json.end_array();
  json.end_object();
  const auto totals =
      services.write.has_value() ? services.write->ingester.totals() : ingest::Ingester::Totals{};
  begin_section(json, "ingest", services.write.has_value());
  json.count("samples_total", totals.accepted);
  json.count("rejected_total", totals.rejected);
  json.end_object();
  begin_section(json, "live", services.read.has_value());
  json.number("connections", live_connections(services.registry).value());
  json.count("subscriptions", services.read.has_value() ? services.read->live.subscription_count() : 0);
  json.end_object();
}

void write_breaker(JsonWriter& json, const resilience::BreakerStatus& breaker) {
  json.begin_object();
  json.text("name", breaker.name);
  json.text("state", breaker_state_text(breaker.state));
  json.count("calls", breaker.calls);
  json.count("failures", breaker.failures);
  json.count("slow", breaker.slow);
  json.count("opened_total", breaker.opened_total);
  json.count("refused_total", breaker.refused_total);
  json.integer("retry_in_ms", breaker.retry_in.count());
  json.end_object();
}

void write_upstream(JsonWriter& json, const UpstreamStatus& upstream) {
  json.begin_object();
  json.text("surface", surface_name(upstream.surface));
  json.text("name", upstream.name);
  json.text("address", upstream.address);
  json.text("state", upstream_state_name(upstream.state));
  json.text("reason", upstream.reason);
  json.count("in_flight", upstream.in_flight);
  json.count("streams", upstream.streams);
  json.count("requests_total", upstream.requests);
  json.count("errors_total", upstream.errors);
  json.count("retries_total", upstream.retries);
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
