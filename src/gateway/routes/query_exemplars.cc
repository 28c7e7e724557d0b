#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/prometheus_json.h"
#include "gateway/routes/handlers.h"
#include "query/selectors.h"

// Prometheus' exemplars of the series that an expression selects.
namespace weir::gateway {
namespace {

Result<net::HttpResponse> exemplars(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(call.request));
  TimeRange range;
  ASSIGN_OR_RETURN(range.mint_ms, time_parameter(params, "start", TimeRange::all().mint_ms));
  ASSIGN_OR_RETURN(range.maxt_ms, time_parameter(params, "end", TimeRange::all().maxt_ms));
  if (range.maxt_ms < range.mint_ms)
    return invalid_argument("end timestamp must not be before start timestamp");
  ASSIGN_OR_RETURN(
      const auto selectors,
      query::parse_selectors(params.get("query").value_or("")).context("invalid parameter \"query\""));
  ASSIGN_OR_RETURN(const Deadline deadline,
                   deadline_parameter(params, services.clock, services.options.limits.query_timeout_ms));
  store::ExemplarRequest wanted;
  wanted.selectors = selectors;
  wanted.range = range;
  ASSIGN_OR_RETURN(const auto found, services.reading().store.exemplars(tenant, wanted, deadline));
  return net::HttpResponse::json(200, to_prometheus_json(found));
}

}  // namespace

void handle_query_exemplars(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, exemplars);
}

}  // namespace weir::gateway
