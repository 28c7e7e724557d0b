#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/query_parameters.h"
#include "gateway/routes/handlers.h"
#include "wire/gzip.h"
#include "wire/json_writer.h"

// Prometheus' instant and range queries.
namespace weir::gateway {
namespace {

/// The answer, gzipped when it is worth it and the client takes it.
net::HttpResponse success(const net::HttpRequest& request, Answer answer,
                          std::optional<TimestampMs> watermark_ms) {
  constexpr size_t kWorthCompressing = 16 * 1024;
  const bool compress = answer.json.size() >= kWorthCompressing &&
                        request.headers.get("Accept-Encoding").find("gzip") != std::string_view::npos;
  auto response =
      net::HttpResponse::json(200, compress ? wire::gzip(answer.json, 1) : std::move(answer.json));
  response.headers.set("X-Weir-Cache", std::string(field_of(answer.source)));
  if (watermark_ms) {
    std::string seconds;
    wire::append_prometheus_time(seconds, *watermark_ms);
    response.headers.set("X-Weir-Watermark", std::move(seconds));
  }
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

Result<Question> question_of(const AskedQuery& query, const net::Params& params) {
  Question question{.text = query.text, .range = query.range, .instant = query.instant()};
  if (question.instant) question.range.step_ms = 1;
  ASSIGN_OR_RETURN(question.limit, count_parameter(params, "limit", 0));
  question.stats = !params.get("stats").value_or("").empty();
  // Nobody asks for the same moment twice without naming it.
  question.reusable = query.names_time && !question.stats && !wants_no_cache(params);
  return question;
}

using ReadQuery = Result<AskedQuery> (*)(const net::Params&, const Services&);

/// The query is known as running while it is answered.
template <ReadQuery read>
Result<net::HttpResponse> respond(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(call.request));
  ASSIGN_OR_RETURN(const AskedQuery query, read(params, services));
  ASSIGN_OR_RETURN(const Question question, question_of(query, params));
  query::RunningQueries::Entry entry(services.reading().queries, query.description(tenant),
                                     call.request.client_gone);
  // Before the answer is made, so that it is not newer than that.
  const auto watermark_ms = services.watermark_ms ? services.watermark_ms(tenant) : std::nullopt;
  Result<Answer> answer = services.reading().answers.answer(
      question, query.context(tenant, services.options.limits, entry.query(), call.waited));
  entry.finish(answer.ok() ? "success" : code_name(answer.error().code));
  if (!answer.ok()) return std::move(answer).error();
  return success(call.request, std::move(*answer), watermark_ms);
}

}  // namespace

void handle_query(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, respond<instant_query>);
}

void handle_query_range(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, respond<range_query>);
}

}  // namespace weir::gateway
