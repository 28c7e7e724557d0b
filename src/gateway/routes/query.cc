#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "wire/gzip.h"

// Prometheus' instant and range queries.
namespace weir::gateway {
namespace {

Result<std::string> query_parameter(const net::Params& params) {
  const auto text = params.get("query");
  if (!text || text->empty()) return invalid_argument("invalid parameter \"query\": is missing");
  return std::string(*text);
}

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
    return invalid_argument(
        fmt::format("exceeded maximum resolution of {} points per timeseries. Try decreasing the query "
                    "resolution (?step=XX)",
                    limits.query_points_per_series_max));
  }
  return range;
}

/// The answer, gzipped when it is worth it and the client takes it.
net::HttpResponse success(const net::HttpRequest& request, Answer answer) {
  constexpr size_t kWorthCompressing = 16 * 1024;
  const bool compress = answer.json.size() >= kWorthCompressing &&
                        request.headers.get("Accept-Encoding").find("gzip") != std::string_view::npos;
  auto response =
      net::HttpResponse::json(200, compress ? wire::gzip(answer.json, 1) : std::move(answer.json));
  response.headers.set("X-Weir-Cache", std::string(field_of(answer.source)));
  if (!compress) return response;
  response.headers.set("Content-Encoding", "gzip");
  response.headers.set("Vary", "Accept-Encoding");
  return response;
}

/// The parameter `nocache`, as VictoriaMetrics has it.
bool wants_no_cache(const net::Params& params) {
  const std::string_view value = params.get("nocache").value_or("");
  return !value.empty() && value != "0" && value != "false";
}

/// Reads what both kinds of query have in common, and answers; the query is known as running meanwhile.
Result<Answer> run(Services& services, const net::HttpRequest& request, const net::Params& params,
                   TenantId tenant, Question question) {
  ASSIGN_OR_RETURN(const Deadline deadline,
                   deadline_parameter(params, services.clock, services.options.limits.query_timeout_ms));
  ASSIGN_OR_RETURN(question.limit, count_parameter(params, "limit", 0));
  ASSIGN_OR_RETURN(const std::optional<int64_t> lookback_ms, duration_parameter(params, "lookback_delta"));
  question.stats = !params.get("stats").value_or("").empty();
  question.reusable = question.reusable && !question.stats && !wants_no_cache(params);
  const int64_t step_ms = question.instant ? 0 : question.range.step_ms;
  query::RunningQueries::Entry entry(
      services.reading().queries,
      {tenant, std::string(question.text), question.range.start_ms, question.range.end_ms, step_ms},
      request.client_gone);
  query::QueryContext context{tenant, services.options.limits, deadline, &entry.query()};
  if (lookback_ms && *lookback_ms > 0) context.lookback = os::milliseconds(*lookback_ms);
  Result<Answer> answer = services.reading().answers.answer(question, context);
  entry.finish(answer.ok() ? "success" : code_name(answer.error().code));
  return answer;
}

Result<Answer> answer_instant(Services& services, const net::HttpRequest& request, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(request));
  ASSIGN_OR_RETURN(const std::string text, query_parameter(params));
  ASSIGN_OR_RETURN(const TimestampMs at, time_parameter(params, "time", services.clock.wall_ms()));
  // Nobody asks for the same moment twice without naming it.
  const bool names_time = !params.get("time").value_or("").empty();
  return run(services, request, params, tenant,
             {.text = text, .range = {at, at, 1}, .instant = true, .reusable = names_time});
}

Result<Answer> answer_range(Services& services, const net::HttpRequest& request, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(request));
  ASSIGN_OR_RETURN(const std::string text, query_parameter(params));
  ASSIGN_OR_RETURN(const query::Engine::Range range, range_parameters(params, services.options.limits));
  return run(services, request, params, tenant, {.text = text, .range = range, .reusable = true});
}

template <Result<Answer> (*ask)(Services&, const net::HttpRequest&, TenantId)>
Result<net::HttpResponse> respond(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(Answer answer, ask(services, call.request, tenant));
  return success(call.request, std::move(answer));
}

}  // namespace

void handle_query(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, respond<answer_instant>);
}

void handle_query_range(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, respond<answer_range>);
}

}  // namespace weir::gateway
