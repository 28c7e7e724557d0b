#include "gateway/query_parameters.h"

#include "gateway/parameters.h"
#include "query/refusals.h"

namespace weir::gateway {
namespace {

Result<query::Engine::Range> range_parameters(const net::Params& params, const Limits& limits) {
  query::Engine::Range range;
  ASSIGN_OR_RETURN(range.start_ms, time_parameter(params, "start", std::nullopt));
  ASSIGN_OR_RETURN(range.end_ms, time_parameter(params, "end", std::nullopt));
  ASSIGN_OR_RETURN(const std::optional<int64_t> step_ms, duration_parameter(params, "step"));
  if (!step_ms) return invalid_argument("invalid parameter \"step\": is missing");
  range.step_ms = *step_ms;
  if (range.end_ms < range.start_ms) {
    return invalid_argument("invalid parameter \"end\": end timestamp must not be before start time");
  }
  if (range.step_ms <= 0) {
    return invalid_argument(
        "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a "
        "positive "
        "integer");
  }
  if ((range.end_ms - range.start_ms) / range.step_ms > limits.query_points_per_series_max) {
    return invalid_argument(query::too_many_points(range.end_ms - range.start_ms, range.step_ms, limits));
  }
  return range;
}

/// What both kinds of query have in common.
Result<AskedQuery> begin_query(const net::Params& params, const Services& services) {
  AskedQuery query;
  query.text = params.get("query").value_or("");
  if (query.text.empty()) return invalid_argument("invalid parameter \"query\": is missing");
  ASSIGN_OR_RETURN(query.deadline,
                   deadline_parameter(params, services.clock, services.options.limits.query_timeout_ms));
  ASSIGN_OR_RETURN(const std::optional<int64_t> lookback_ms, duration_parameter(params, "lookback_delta"));
  if (lookback_ms && *lookback_ms > 0) query.lookback = os::milliseconds(*lookback_ms);
  return query;
}

}  // namespace

Result<AskedQuery> instant_query(const net::Params& params, const Services& services) {
  ASSIGN_OR_RETURN(AskedQuery query, begin_query(params, services));
  ASSIGN_OR_RETURN(const TimestampMs at_ms, time_parameter(params, "time", services.clock.wall_ms()));
  query.range = {at_ms, at_ms, 0};
  query.names_time = !params.get("time").value_or("").empty();
  return query;
}

Result<AskedQuery> range_query(const net::Params& params, const Services& services) {
  ASSIGN_OR_RETURN(AskedQuery query, begin_query(params, services));
  ASSIGN_OR_RETURN(query.range, range_parameters(params, services.options.limits));
  return query;
}

}  // namespace weir::gateway
