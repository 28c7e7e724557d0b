#include "gateway/answers.h"
#include "gateway/explain_json.h"
#include "gateway/routes/handlers.h"

// What a query does and what each part of it takes: docs/formats/explain.md.
namespace weir::gateway {
namespace {

/// A query that has the parameters of a range is one.
Result<AskedQuery> asked_query(const net::Params& params, const Services& services) {
  for (const std::string_view name : {"start", "end", "step"}) {
    if (!params.get(name).value_or("").empty()) return range_query(params, services);
  }
  return instant_query(params, services);
}

Result<bool> wants_run(const net::Params& params) {
  const std::string_view analyze = params.get("analyze").value_or("");
  if (analyze.empty() || analyze == "true" || analyze == "1") return true;
  if (analyze == "false" || analyze == "0") return false;
  return invalid_argument("invalid parameter \"analyze\": must be true or false");
}

Result<query::QueryResult> evaluate(const query::Engine& engine, const AskedQuery& asked,
                                    const query::QueryContext& context) {
  return asked.instant() ? engine.instant(context, asked.text, asked.range.start_ms)
                         : engine.range(context, asked.text, asked.range);
}

/// Runs the query, or only looks at it, and tells of it.
Result<std::string> explain(const query::Engine& engine, const AskedQuery& asked,
                            const query::QueryContext& context, bool run) {
  if (!run) {
    RETURN_IF_ERROR(engine.plan(context, asked.text, asked.range));
    return explain_json({asked, *context.profile});
  }
  ASSIGN_OR_RETURN(const query::QueryResult result, evaluate(engine, asked, context));
  return explain_json({asked, *context.profile, &result});
}

Result<net::HttpResponse> respond(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(call.request));
  ASSIGN_OR_RETURN(const AskedQuery asked, asked_query(params, services));
  ASSIGN_OR_RETURN(const bool run, wants_run(params));
  query::RunningQueries::Entry entry(services.reading().queries, asked.description(tenant),
                                     call.request.client_gone);
  query::Profile profile(services.clock);
  query::QueryContext context = asked.context(tenant, services.options.limits, entry.query(), call.waited);
  context.profile = &profile;
  Result<std::string> json = explain(services.reading().engine, asked, context, run);
  entry.finish(json.ok() ? "success" : code_name(json.error().code));
  if (!json.ok()) return std::move(json).error();
  return net::HttpResponse::json(200, std::move(*json));
}

}  // namespace

/// What a query would be refused with, this is refused with, too.
void handle_explain(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, respond);
}

}  // namespace weir::gateway
