#include <charconv>

#include <fmt/format.h>

#include "base/duration.h"
#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "wire/json_writer.h"

// A tenant's queries that run in this process, and its last slow ones: docs/formats/queries.md.
namespace weir::gateway {
namespace {

using query::QueryReport;

void write_report(wire::JsonWriter& json, const QueryReport& report) {
  json.begin_object();
  json.count("id", report.id);
  json.text("query", report.asked.text);
  json.text("start", format_time(report.asked.start_ms));
  json.text("end", format_time(report.asked.end_ms));
  if (report.asked.step_ms > 0) json.integer("step_ms", report.asked.step_ms);
  json.text("began", format_time(report.began_ms));
  json.integer("took_ms", report.took.count());
  json.count("series_read", report.series_read);
  json.count("samples_read", report.samples_read);
  if (!report.outcome.empty()) {
    json.text("outcome", report.outcome);
  }
  json.end_object();
}

std::string queries_json(const query::RunningQueries& queries, TenantId tenant) {
  std::string out;
  wire::JsonWriter json(out);
  const auto list = [&](std::string_view name, const std::vector<QueryReport>& reports) {
    json.key(name);
    json.begin_array();
    for (const QueryReport& report : reports) write_report(json, report);
    json.end_array();
  };
  json.begin_object();
  list("running", queries.running(tenant));
  list("slow", queries.slow(tenant));
  json.end_object();
  return out;
}

Result<net::HttpResponse> list(Services& services, const Call&, TenantId tenant) {
  return net::HttpResponse::json(200, queries_json(services.reading().queries, tenant));
}

Result<net::HttpResponse> kill(Services& services, const Call& call, TenantId tenant) {
  const std::string& id = call.path_parameters.front();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  const bool known =
      error == std::errc() && end == id.data() + id.size() && services.reading().queries.kill(tenant, number);
  if (!known) return not_found(fmt::format("no query {} of this tenant runs here", id));
  return net::HttpResponse{.status = 204, .headers = {}, .body = {}};
}

}  // namespace

void handle_queries(Services& services, Call call) {
  answer_reading(services, std::move(call), problem, list, Wait::kAnyLength);
}

void handle_kill_query(Services& services, Call call) {
  answer_reading(services, std::move(call), problem, kill, Wait::kAnyLength);
}

}  // namespace weir::gateway
