#include <fmt/format.h>
#include <unistd.h>

#include "base/duration.h"
#include "gateway/answers.h"
#include "gateway/cardinality.h"
#include "gateway/parameters.h"
#include "gateway/prometheus_json.h"
#include "gateway/routes/handlers.h"
#include "wire/json_writer.h"

// What Prometheus tells of itself under /api/v1/status, and its targets, of which a Weir has none.
namespace weir::gateway {
namespace {

constexpr uint64_t kTopDefault = 10;  // entries of each list of status/tsdb
constexpr uint64_t kTopMax = 10'000;
constexpr int64_t kRecentMs = 3 * kHourMs;  // as long as Prometheus' head

net::HttpResponse success(std::string_view data) {
  return net::HttpResponse::json(200, success_json(data));
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

std::string working_directory() {
  char path[4096];
  return ::getcwd(path, sizeof(path)) != nullptr ? path : "";
}

std::string runtime_json(const Services& services) {
  const TimestampMs now = services.clock.wall_ms();
  const auto uptime =
      std::chrono::duration_cast<os::milliseconds>(services.clock.steady() - services.process.started);
  const std::string started = format_time(now - uptime.count());
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.text("startTime", started);
  json.text("CWD", working_directory());
  json.text("hostname", host_name());
  json.text("serverTime", format_time(now));
  json.key("reloadConfigSuccess");  // what is wrong with a configuration ends the start
  json.boolean(true);
  json.text("lastConfigTime", started);
  json.text("storageRetention", services.process.retention);
  json.end_object();
  return out;
}

std::string settings_json(const ProcessInfo& process) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  for (const auto& [key, value] : process.settings) {
    json.key(key);
    json.text(value);
  }
  json.end_object();
  return out;
}

std::string config_json(const ProcessInfo& process) {
  std::string yaml;
  std::string_view group;
  for (const auto& [key, value] : process.settings) {
    const std::string_view own = std::string_view(key).substr(0, key.find('.'));
    if (own != group) yaml += fmt::format("{}:\n", own);
    group = own;
    std::string quoted;
    wire::JsonWriter(quoted).text(value);  // a string of JSON is one of YAML
    yaml += fmt::format("  {}: {}\n", key.substr(own.size() + 1), quoted);
  }
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.text("yaml", yaml);
  json.end_object();
  return out;
}

void write_counts(wire::JsonWriter& json, std::string_view key, const Cardinality::Counts& counts) {
  json.key(key);
  json.begin_array();
  for (const auto& [name, value] : counts) {
    json.begin_object();
    json.text("name", name);
    json.count("value", value);
    json.end_object();
  }
  json.end_array();
}

Result<net::HttpResponse> tsdb(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(call.request));
  ASSIGN_OR_RETURN(const uint64_t limit, limit_parameter(params, kTopDefault));
  if (limit > kTopMax)
    return invalid_argument(fmt::format("invalid parameter \"limit\": {} is above {}", limit, kTopMax));
  ASSIGN_OR_RETURN(const Deadline deadline,
                   deadline_parameter(params, services.clock, services.options.limits.query_timeout_ms));
  const TimestampMs now = services.clock.wall_ms();
  const TimeRange recent{now - kRecentMs, now};
  ASSIGN_OR_RETURN(const Cardinality found,
                   count_series(services.reading().store, tenant, recent, limit, deadline));
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("headStats");
  json.begin_object();
  json.count("numSeries", found.series);
  json.count("numLabelPairs", found.label_pairs);
  json.integer("minTime", recent.mint_ms);
  json.integer("maxTime", recent.maxt_ms);
  json.end_object();
  write_counts(json, "seriesCountByMetricName", found.series_by_metric);
  write_counts(json, "labelValueCountByLabelName", found.values_by_label);
  write_counts(json, "memoryInBytesByLabelName", found.value_bytes_by_label);
  write_counts(json, "seriesCountByLabelValuePair", found.series_by_pair);
  json.end_object();
  return success(out);
}

}  // namespace

void handle_runtimeinfo(Services& services, Call call) {
  call.respond(success(runtime_json(services)));
}
void handle_status_flags(Services& services, Call call) {
  call.respond(success(settings_json(services.process)));
}
void handle_status_config(Services& services, Call call) {
  call.respond(success(config_json(services.process)));
}
void handle_status_tsdb(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, tsdb);
}
void handle_targets(Services& /*services*/, Call call) {
  call.respond(success(R"({"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}})"));
}

}  // namespace weir::gateway
