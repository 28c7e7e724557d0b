#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "wire/json_writer.h"

// docs/formats/status.md
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

void write_process(JsonWriter& json, const Services& services) {
  json.key("version");
  json.text(services.process.version);
  json.key("commit");
  json.text(services.process.commit);
  json.key("uptime_s");
  json.number(std::chrono::duration<double>(services.clock.steady() - services.process.started).count());
  json.key("roles");
  json.begin_array();
  for (const std::string& role : services.process.roles) json.text(role);
  json.end_array();
  json.key("ready");
  json.boolean(services.ready().ok());
  json.key("durability");
  json.text(durability_name(services.log.durability()));
  json.key("collector");
  json.boolean(services.process.collector);
}

void write_log(JsonWriter& json, const Services& services) {
  const Status writable = services.log.writable();
  json.key("log");
  json.begin_object();
  json.key("writable");
  json.boolean(writable.ok());
  json.key("reason");
  json.text(writable.ok() ? "" : writable.error().message);
  json.key("partitions");
  json.begin_array();
  for (const stream::PartitionProgress& progress : services.processor.progress()) {
    auto status = services.log.status(progress.partition);
    json.begin_object();
    write_integer(json, "partition", progress.partition.value());
    json.key("begin");
    json.integer(status.ok() ? status->begin.value() : 0);
    json.key("end");
    json.integer(progress.end.value());
    json.key("applied");
    json.integer(progress.applied.value());
    json.key("lag");
    json.integer(std::max<int64_t>(0, progress.end.value() - progress.applied.value()));
    write_integer(json, "refused", progress.records_refused);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_store(JsonWriter& json, const store::StoreStatus& status) {
  json.key("store");
  json.begin_object();
  write_integer(json, "active_series", status.active_series);
  write_integer(json, "head_samples", status.head_samples);
  write_integer(json, "head_bytes", status.head_bytes);
  write_integer(json, "blocks", status.block_count);
  write_integer(json, "block_bytes", status.block_bytes);
  write_integer(json, "block_samples", status.block_samples);
  json.key("mint_ms");
  json.integer(status.mint_ms);
  json.key("maxt_ms");
  json.integer(status.maxt_ms);
  json.end_object();
}

Result<std::string> status_json(const Services& services) {
  ASSIGN_OR_RETURN(const store::StoreStatus store, services.store.status());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_process(json, services);
  write_log(json, services);
  write_store(json, store);
  json.key("ingest");
  json.begin_object();
  write_integer(json, "samples_total", services.ingester.totals().accepted);
  write_integer(json, "rejected_total", services.ingester.totals().rejected);
  json.end_object();
  json.key("live");
  json.begin_object();
  json.key("connections");
  json.number(live_connections(services.registry).value());
  write_integer(json, "subscriptions", services.live.subscription_count());
  json.end_object();
  json.key("breakers");
  json.begin_array();
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace

void handle_status(Services& services, Call call) {
  Result<std::string> json = status_json(services);
  call.respond(json.ok() ? net::HttpResponse::json(200, std::move(*json)) : problem(json.error()));
}

void handle_buildinfo(Services& services, Call call) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("status");
  json.text("success");
  json.key("data");
  json.begin_object();
  json.key("application");
  json.text("Weir");
  json.key("version");
  json.text(services.process.version);
  json.key("revision");
  json.text(services.process.commit);
  json.end_object();
  json.end_object();
  call.respond(net::HttpResponse::json(200, std::move(out)));
}

}  // namespace weir::gateway
