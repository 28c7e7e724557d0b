#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "telemetry/logger.h"

// Prometheus' deletion of samples, and the bringing back of their space.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kLongest{30 * 60 * 1'000};

struct DeleteQuery {
  std::vector<std::string> texts;
  std::vector<std::vector<Matcher>> selectors;
  TimeRange range = TimeRange::all();
};

Result<DeleteQuery> parse_delete_query(const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(request));
  DeleteQuery query;
  for (const std::string_view text : params.all("match[]")) query.texts.emplace_back(text);
  ASSIGN_OR_RETURN(query.selectors, selectors_parameter(params));
  if (query.selectors.empty()) return invalid_argument("no match[] parameter provided");
  ASSIGN_OR_RETURN(query.range.mint_ms, time_parameter(params, "start", TimeRange::all().mint_ms));
  ASSIGN_OR_RETURN(query.range.maxt_ms, time_parameter(params, "end", TimeRange::all().maxt_ms));
  if (query.range.mint_ms > query.range.maxt_ms) return invalid_argument("end is before start");
  return query;
}

net::HttpResponse no_content() {
  return {204, {}, {}};
}

// What was deleted is told to the logger, since nothing else keeps it.
Result<net::HttpResponse> delete_series(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const DeleteQuery query, parse_delete_query(call.request));
  ASSIGN_OR_RETURN(const std::string name, tenant_name(call.request.headers));
  const Deadline deadline = Deadline::after(services.clock, kLongest);
  for (size_t i = 0; i < query.selectors.size(); ++i) {
    ASSIGN_OR_RETURN(const store::EraseReport report,
                     services.reading().store.erase(tenant, query.selectors[i], query.range, deadline));
    telemetry::log_info("gateway", "samples were deleted",
                        {{"tenant", name},
                         {"match", query.texts[i]},
                         {"start_ms", query.range.mint_ms},
                         {"end_ms", query.range.maxt_ms},
                         {"series", report.series}});
  }
  return no_content();
}

net::HttpResponse clean_tombstones(Services& services, const net::HttpRequest&) {
  const Status done = services.store->compact(Deadline::after(services.clock, kLongest));
  return done.ok() ? no_content() : prometheus_error(done.error());
}

}  // namespace

void handle_delete_series(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, delete_series);
}

void handle_clean_tombstones(Services& services, Call call) {
  if (services.store == nullptr) return call.respond(not_served(services.process, "processor"));
  on_worker(services, std::move(call), prometheus_error, clean_tombstones);
}

}  // namespace weir::gateway
