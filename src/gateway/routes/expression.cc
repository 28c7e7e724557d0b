#include "gateway/answers.h"
#include "gateway/expression_json.h"
#include "gateway/prometheus_json.h"
#include "gateway/routes/handlers.h"
#include "query/parser.h"
#include "query/pretty.h"
#include "wire/json_writer.h"

// What Prometheus says of an expression without evaluating it: its form and its tree.
namespace weir::gateway {
namespace {

std::string formatted(const query::Expr& expr) {
  std::string out;
  wire::JsonWriter(out).text(query::pretty(expr));
  return out;
}

/// Text of the longest kind takes milliseconds, so it is a worker's.
template <std::string (*data)(const query::Expr&)>
net::HttpResponse respond(Services& services, const net::HttpRequest& request) {
  const auto answer = [&]() -> Result<std::string> {
    ASSIGN_OR_RETURN(const net::Params params, form_params(request));
    ASSIGN_OR_RETURN(const query::ExprPtr expr,
                     query::parse(params.get("query").value_or(""), services.reading().engine.parse_limits())
                         .context("invalid parameter \"query\""));
    return success_json(data(*expr));
  };
  Result<std::string> json = answer();
  return json.ok() ? net::HttpResponse::json(200, std::move(*json)) : prometheus_error(json.error());
}

}  // namespace

void handle_format_query(Services& services, Call call) {
  on_worker(services, std::move(call), prometheus_error, respond<formatted>);
}

void handle_parse_query(Services& services, Call call) {
  on_worker(services, std::move(call), prometheus_error, respond<expression_json>);
}

}  // namespace weir::gateway
