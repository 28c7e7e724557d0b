#include <charconv>
#include <span>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/prometheus_json.h"
#include "gateway/routes/handlers.h"
#include "wire/json_writer.h"

// Prometheus' metadata of metrics: type, unit and help by the name of the family.
namespace weir::gateway {
namespace {

constexpr int64_t kNoLimit = -1;

/// A number as Go's strconv.Atoi reads it; absent or empty is kNoLimit.
Result<int64_t> number_parameter(const net::Params& params, std::string_view name) {
  std::string_view text = params.get(name).value_or("");
  if (text.empty()) return kNoLimit;
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return invalid_argument(fmt::format("{} must be a number", name));
  return number;
}

struct MetadataRequest {
  std::string_view metric;  // empty: all
  int64_t metrics_max = kNoLimit;
  int64_t per_metric_max = kNoLimit;  // 0 is none, too
};

void write_descriptions(wire::JsonWriter& json, std::span<const MetricDescription> descriptions) {
  json.begin_array();
  for (const MetricDescription& one : descriptions) {
    json.begin_object();
    json.text("type", metric_type_name(one.type));
    json.text("unit", one.unit);
    json.text("help", one.help);
    json.end_object();
  }
  json.end_array();
}

std::string to_json(const MetadataRequest& request, const MetricDescriptions& metrics) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  int64_t written = 0;
  const auto write = [&](MetricDescriptions::const_iterator metric) {
    std::span<const MetricDescription> shown = metric->second;
    if (request.per_metric_max > 0)
      shown = shown.first(std::min(shown.size(), static_cast<size_t>(request.per_metric_max)));
    if (request.metrics_max >= 0 && written++ >= request.metrics_max) return;
    json.key(metric->first);
    write_descriptions(json, shown);
  };
  if (request.metric.empty()) {
    for (auto metric = metrics.begin(); metric != metrics.end(); ++metric) write(metric);
  } else if (const auto metric = metrics.find(request.metric); metric != metrics.end()) {
    write(metric);
  }
  json.end_object();
  return out;
}

Result<net::HttpResponse> metric_metadata(Services& services, const Call& call, TenantId tenant) {
  const net::Params& params = call.request.query;
  MetadataRequest request;
  ASSIGN_OR_RETURN(request.metrics_max, number_parameter(params, "limit"));
  ASSIGN_OR_RETURN(request.per_metric_max, number_parameter(params, "limit_per_metric"));
  request.metric = params.get("metric").value_or("");
  const Limits& limits = services.options.limits;
  const Deadline deadline = Deadline::after(services.clock, os::milliseconds(limits.query_timeout_ms));
  ASSIGN_OR_RETURN(const auto metrics, services.reading().metadata.of(tenant, deadline));
  return net::HttpResponse::json(200, success_json(to_json(request, *metrics)));
}

}  // namespace

void handle_metric_metadata(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, metric_metadata);
}

}  // namespace weir::gateway
