#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/escaped_name.h"
#include "gateway/parameters.h"
#include "gateway/prometheus_json.h"
#include "gateway/routes/handlers.h"

// Prometheus' series, labels and label values.
namespace weir::gateway {
namespace {

/// What these three share: `match[]` (any of several selectors), `start`, `end`, `limit`.
struct MetadataQuery {
  std::vector<std::vector<Matcher>> selectors;  // empty: all series
  TimeRange range = TimeRange::all();
  uint64_t limit = 0;
  Deadline deadline = Deadline::never();
};

Result<MetadataQuery> parse_metadata_query(const Services& services, const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(request));
  MetadataQuery query;
  ASSIGN_OR_RETURN(query.selectors, selectors_parameter(params));
  ASSIGN_OR_RETURN(query.range.mint_ms, time_parameter(params, "start", TimeRange::all().mint_ms));
  ASSIGN_OR_RETURN(query.range.maxt_ms, time_parameter(params, "end", TimeRange::all().maxt_ms));
  const Limits& limits = services.options.limits;
  ASSIGN_OR_RETURN(query.limit, limit_parameter(params, limits.query_series_max));
  ASSIGN_OR_RETURN(query.deadline, deadline_parameter(params, services.clock, limits.query_timeout_ms));
  return query;
}

/// Asks once for each selector (once without any when there is none) and merges: sorted, unique, at most
/// `limit`.
template <typename T, typename Ask>
Result<std::vector<T>> ask_each(const MetadataQuery& query, Ask ask) {
  if (query.selectors.empty()) return ask(store::LabelRequest{{}, query.range, query.limit});
  std::vector<T> merged;
  for (const std::vector<Matcher>& matchers : query.selectors) {
    ASSIGN_OR_RETURN(std::vector<T> some, ask(store::LabelRequest{matchers, query.range, query.limit}));
    merged.insert(merged.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  std::sort(merged.begin(), merged.end());
  merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
  if (merged.size() > query.limit) merged.resize(query.limit);
  return merged;
}

Result<net::HttpResponse> series(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const MetadataQuery query, parse_metadata_query(services, call.request));
  if (query.selectors.empty()) return invalid_argument("no match[] parameter provided");
  ASSIGN_OR_RETURN(const auto found, ask_each<Labels>(query, [&](const store::LabelRequest& request) {
                     return services.reading().store.series(tenant, request, query.deadline);
                   }));
  return net::HttpResponse::json(200, to_prometheus_json(found));
}

Result<net::HttpResponse> labels(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const MetadataQuery query, parse_metadata_query(services, call.request));
  ASSIGN_OR_RETURN(const auto names, ask_each<std::string>(query, [&](const store::LabelRequest& request) {
                     return services.reading().store.label_names(tenant, request, query.deadline);
                   }));
  return net::HttpResponse::json(200, to_prometheus_json(names));
}

Result<net::HttpResponse> label_values(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const MetadataQuery query, parse_metadata_query(services, call.request));
  const std::string name = unescaped_name(call.path_parameters.front());
  ASSIGN_OR_RETURN(const auto values, ask_each<std::string>(query, [&](const store::LabelRequest& request) {
                     return services.reading().store.label_values(tenant, name, request, query.deadline);
                   }));
  return net::HttpResponse::json(200, to_prometheus_json(values));
}

}  // namespace

void handle_series(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, series);
}
void handle_labels(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, labels);
}
void handle_label_values(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, label_values);
}

}  // namespace weir::gateway
