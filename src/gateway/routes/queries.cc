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
  const auto integer = [&](std::string_view key, uint64_t value) {
    json.key(key);
    json.integer(static_cast<int64_t>(value));
  };
  const auto time = [&](std::string_view key, TimestampMs at) {
    json.key(key);
    json.text(format_time(at));
  };
  json.begin_object();
  integer("id", report.id);
  json.key("query");
  json.text(report.asked.text);
  time("start", report.asked.start_ms);
  time("end", report.asked.end_ms);
  if (report.asked.step_ms > 0) integer("step_ms", static_cast<uint64_t>(report.asked.step_ms));
  time("began", report.began_ms);
  integer("took_ms", static_cast<uint64_t>(report.took.count()));
  integer("series_read", report.series_read);
  integer("samples_read", report.samples_read);
  if (!report.outcome.empty()) {
    json.key("outcome");
    json.text(report.outcome);
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

net::HttpResponse kill(query::RunningQueries& queries, TenantId tenant, std::string_view id) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  const bool known = error == std::errc() && end == id.data() + id.size() && queries.kill(tenant, number);
  if (!known) return problem(not_found(fmt::format("no query {} of this tenant runs here", id)));
  return net::HttpResponse{.status = 204, .headers = {}, .body = {}};
}

}  // namespace

void handle_queries(Services& services, Call call) {
  with_reading_tenant(services, std::move(call), problem, [](Services& parts, Call held, TenantId tenant) {
    held.respond(net::HttpResponse::json(200, queries_json(parts.reading().queries, tenant)));
  });
}

void handle_kill_query(Services& services, Call call) {
  with_reading_tenant(services, std::move(call), problem, [](Services& parts, Call held, TenantId tenant) {
    held.respond(kill(parts.reading().queries, tenant, held.path_parameter));
  });
}

}  // namespace weir::gateway
