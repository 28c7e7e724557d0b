#include "stream/export.h"

#include <algorithm>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "query/engine.h"
#include "wire/json_writer.h"
#include "wire/remote_write.h"

// For moving everything elsewhere, docs/formats/export.md: pages that are remote-write bodies.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kLongest{20'000};
constexpr os::milliseconds kLogWait{1'000};
constexpr size_t kLogPageBytes = 2u << 20;

net::HttpResponse page_response(const Batch& batch) {
  auto response = net::HttpResponse::text(200, batch.empty() ? "" : wire::encode_remote_write(batch),
                                          "application/x-protobuf");
  response.headers.set("Content-Encoding", "snappy");
  response.headers.set("X-Weir-Samples", std::to_string(batch.sample_count()));
  return response;
}

/// What `match[]` asks for; all series when it is absent.
Result<stream::ExportOptions> export_options(const net::Params& params) {
  stream::ExportOptions options;
  if (const auto text = params.get("match[]"); text && !text->empty()) {
    ASSIGN_OR_RETURN(options.matchers, query::parse_selector(*text).context("invalid parameter \"match[]\""));
  }
  return options;
}

Result<net::HttpResponse> stored_page(Services& services, const Call& call, TenantId tenant) {
  const net::HttpRequest& request = call.request;
  stream::ExportCursor cursor;
  if (const auto text = request.query.get("cursor"); text && !text->empty()) {
    ASSIGN_OR_RETURN(cursor, stream::ExportCursor::parse(*text));
  }
  ASSIGN_OR_RETURN(const stream::ExportOptions options, export_options(request.query));
  ASSIGN_OR_RETURN(const store::StoreStatus status, services.reading().store.status());
  TimeRange range;
  ASSIGN_OR_RETURN(range.mint_ms, time_parameter(request.query, "start", status.mint_ms));
  ASSIGN_OR_RETURN(range.maxt_ms, time_parameter(request.query, "end", status.maxt_ms));
  range = {std::max(range.mint_ms, status.mint_ms), std::min(range.maxt_ms, status.maxt_ms)};
  ASSIGN_OR_RETURN(const auto page,
                   stream::export_stored(services.reading().store, tenant, range, cursor, options,
                                         services.clock, Deadline::after(services.clock, kLongest)));
  net::HttpResponse response = page_response(page.batch);
  if (page.next) response.headers.set("X-Weir-Next", page.next->to_text());
  return response;
}

Result<net::HttpResponse> logged_page(Services& services, const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const uint64_t partition, count_parameter(request.query, "partition", 0));
  ASSIGN_OR_RETURN(const uint64_t offset, count_parameter(request.query, "offset", 0));
  if (partition >= services.writing().log.partition_count()) {
    return invalid_argument(fmt::format("invalid parameter \"partition\": there are {}",
                                        services.writing().log.partition_count()));
  }
  ASSIGN_OR_RETURN(const auto page, stream::export_logged(services.writing().log, services.writing().codec,
                                                          PartitionId(static_cast<uint32_t>(partition)),
                                                          Offset(static_cast<int64_t>(offset)), kLogPageBytes,
                                                          Deadline::after(services.clock, kLogWait)));
  net::HttpResponse response = page_response(page.batch);
  if (page.tenant) response.headers.set("X-Weir-Tenant", services.writing().tenants.name_of(*page.tenant));
  response.headers.set("X-Weir-Next", std::to_string(page.next.value()));
  response.headers.set("X-Weir-Unreadable", std::to_string(page.unreadable));
  return response;
}

net::HttpResponse tenants_response(Services& services, const net::HttpRequest&) {
  const auto tenants = services.reading().meta.tenants(Deadline::after(services.clock, kLongest));
  if (!tenants.ok()) return problem(tenants.error());
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("tenants");
  json.begin_array();
  for (const meta::Tenant& tenant : *tenants) {
    json.begin_object();
    json.text("name", tenant.name);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return net::HttpResponse::json(200, std::move(out));
}

}  // namespace

void handle_export(Services& services, Call call) {
  answer_reading(services, std::move(call), problem, stored_page);
}

void handle_export_log(Services& services, Call call) {
  on_worker(services, std::move(call), problem, [](Services& all, const net::HttpRequest& request) {
    Result<net::HttpResponse> page = logged_page(all, request);
    return page.ok() ? std::move(*page) : problem(page.error());
  });
}

void handle_tenants(Services& services, Call call) {
  on_worker(services, std::move(call), problem, tenants_response);
}

void handle_read_only(Services& services, Call call) {
  const auto params = form_params(call.request);
  if (!params.ok()) return call.respond(problem(params.error()));
  const auto on = params->get("on");
  if (on != "true" && on != "false") {
    return call.respond(problem(invalid_argument("invalid parameter \"on\": expected true or false")));
  }
  if (!services.write) return call.respond(problem(not_found("this process takes no writes")));
  services.write->ingester.set_read_only(on == "true");
  call.respond(net::HttpResponse::json(200, fmt::format(R"({{"read_only":{}}})", *on)));
}

}  // namespace weir::gateway
