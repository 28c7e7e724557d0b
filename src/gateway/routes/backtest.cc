#include "rules/backtest/backtest.h"

#include <algorithm>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/backtest_json.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "gateway/slot.h"

// What the rules of a file would have done over the tenant's history: docs/rules.md.
namespace weir::gateway {
namespace {

constexpr int64_t kLongestMs = 5 * 60'000;
/// Each takes a worker for as long as it runs.
constexpr int kAtOnceMax = 2;
constexpr size_t kRulesMax = 1'000;

Result<std::vector<rules::RuleGroup>> groups_of(const std::string& body) {
  rules::RuleFileLimits limits;
  limits.rules_max = kRulesMax;
  rules::RuleFile file = rules::parse_rule_file(body, limits);
  if (!file.problems.empty()) {
    std::string all;
    for (const rules::Problem& problem : file.problems)
      all += fmt::format("{}{}: {}", all.empty() ? "" : "\n", yaml::to_text(problem.mark), problem.message);
    return invalid_argument(std::move(all));
  }
  if (file.rule_count() == 0) return invalid_argument("backtest: the body has no rules");
  return std::move(file.groups);
}

Result<rules::backtest::Options> options_of(const net::Params& params, const Services& services) {
  rules::backtest::Options options;
  ASSIGN_OR_RETURN(options.start_ms, time_parameter(params, "start", std::nullopt));
  ASSIGN_OR_RETURN(options.end_ms, time_parameter(params, "end", std::nullopt));
  ASSIGN_OR_RETURN(const std::optional<int64_t> step_ms, duration_parameter(params, "step"));
  if (step_ms && *step_ms <= 0) return invalid_argument("invalid parameter \"step\": must be positive");
  options.step_ms = step_ms.value_or(0);
  options.interval_ms = services.rules.interval_ms;
  options.query_offset_ms = services.rules.query_offset_ms;
  options.external_url = services.rules.external_url;
  options.unknown_ms_max = services.rules.unknown_ms_max;
  return options;
}

/// A query's time unless more is asked for.
Result<Deadline> deadline_of(const net::Params& params, const Services& services) {
  const bool asked = !params.get("timeout").value_or("").empty();
  return deadline_parameter(params, services.clock,
                            asked ? kLongestMs : services.options.limits.query_timeout_ms);
}

/// The parameters are those of the path alone: the body is the file, whatever its type is said to be.
Result<net::HttpResponse> respond(Services& services, const Call& call, TenantId tenant) {
  const net::Params& params = call.request.query;
  ASSIGN_OR_RETURN(const rules::backtest::Options options, options_of(params, services));
  ASSIGN_OR_RETURN(const Deadline deadline, deadline_of(params, services));
  ASSIGN_OR_RETURN(const std::vector<rules::RuleGroup> groups, groups_of(call.request.body));
  const Slot slot(*services.backtests, kAtOnceMax);
  if (!slot.taken()) {
    return unavailable(
        fmt::format("backtest: {} run already, limit {}; try again later", kAtOnceMax, kAtOnceMax));
  }
  ReadServices& reading = services.reading();
  query::RunningQueries::Entry entry(reading.queries,
                                     {tenant, fmt::format("backtest of {} groups of rules", groups.size()),
                                      options.start_ms, options.end_ms, options.step_ms},
                                     call.request.client_gone);
  const query::QueryContext context{
      .tenant = tenant, .limits = services.options.limits, .deadline = deadline, .running = &entry.query()};
  const auto outcome = rules::backtest::run_backtest(
      groups, options, {reading.store, reading.engine.options(), context, services.clock});
  const bool whole = outcome.ok() && !outcome->stopped;
  entry.finish(whole ? "success" : code_name(outcome.ok() ? outcome->stopped->code : outcome.error().code));
  if (!outcome.ok()) return outcome.error();
  return net::HttpResponse::json(200, backtest_json(*outcome));
}

}  // namespace

void handle_rules_backtest(Services& services, Call call) {
  answer_reading(services, std::move(call), problem, respond);
}

}  // namespace weir::gateway
