#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/suggest.h"
#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "gateway/rule_explanation_json.h"

// Why an alert is there or not: docs/rules.md.
namespace weir::gateway {
namespace {

namespace explain = rules::explain;

constexpr int64_t kChangesMs = 6 * kHourMs;
constexpr int64_t kChangesMsMax = 31 * 24 * kHourMs;
constexpr size_t kAlertsMax = 100;

/// What is asked for.
struct Asked {
  std::string alert;
  std::optional<std::string> group;
  explain::AlertFilter filter{{}};
  explain::ExplainLimits limits;
  int64_t changes_ms = kChangesMs;
  Deadline deadline = Deadline::never();
};

Result<Asked> asked_of(const net::Params& params, const Services& services) {
  Asked asked;
  asked.alert = params.get("alert").value_or("");
  if (asked.alert.empty()) return invalid_argument("invalid parameter \"alert\": is missing");
  if (const auto group = params.get("group"); group && !group->empty()) asked.group = std::string(*group);
  ASSIGN_OR_RETURN(auto selectors, selectors_parameter(params));
  asked.filter = explain::AlertFilter(std::move(selectors));
  ASSIGN_OR_RETURN(const uint64_t limit, count_parameter(params, "limit", asked.limits.alerts_max));
  if (limit == 0 || limit > kAlertsMax)
    return invalid_argument(fmt::format("invalid parameter \"limit\": must be 1 to {}", kAlertsMax));
  asked.limits.alerts_max = limit;
  ASSIGN_OR_RETURN(const auto range_ms, duration_parameter(params, "range"));
  asked.changes_ms = range_ms.value_or(kChangesMs);
  if (asked.changes_ms <= 0 || asked.changes_ms > kChangesMsMax)
    return invalid_argument("invalid parameter \"range\": must be more than 0 and at most 31d");
  ASSIGN_OR_RETURN(asked.deadline,
                   deadline_parameter(params, services.clock, services.options.limits.query_timeout_ms));
  return asked;
}

/// One call, when it is its turn.
class Explainer {
 public:
  Explainer(Services& services, const Asked& asked, TenantId tenant)
      : services_(services),
        asked_(asked),
        engine_(*services.store, services.rules.engine, services.clock),
        context_{.tenant = tenant, .limits = services.options.limits, .deadline = asked.deadline},
        parts_{*services.store, engine_, context_} {}

  Result<ExplainedAlert> run() {
    ExplainedAlert out;
    out.name = asked_.alert;
    out.now_ms = services_.clock.wall_ms();
    if (services_.watermark_ms) out.watermark_ms = services_.watermark_ms(context_.tenant);
    const std::vector<rules::GroupStatus> groups = services_.ruler->ruler.groups(context_.tenant);
    for (const rules::GroupStatus& group : groups) {
      if (asked_.group && group.name != *asked_.group) continue;
      for (const rules::RuleStatus& rule : group.rules) {
        if (rule.rule.alert != asked_.alert) continue;
        ASSIGN_OR_RETURN(auto explanation, explain::explain_rule(group, rule, asked_.filter, out.now_ms,
                                                                 asked_.limits, parts_));
        out.rules.push_back({group, rule, std::move(explanation)});
      }
    }
    if (out.rules.empty()) return unknown(groups);
    add_changes(out);
    return out;
  }

 private:
  Error unknown(const std::vector<rules::GroupStatus>& groups) const {
    std::set<std::string_view> names;
    for (const rules::GroupStatus& group : groups) {
      for (const rules::RuleStatus& rule : group.rules) {
        if (!rule.rule.alert.empty()) names.insert(rule.rule.alert);
      }
    }
    if (names.contains(asked_.alert)) {
      return not_found(
          fmt::format("no alerting rule \"{}\" in a group \"{}\"", asked_.alert, asked_.group.value_or("")));
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    return not_found(fmt::format("no alerting rule \"{}\" is evaluated here{}", asked_.alert,
                                 did_you_mean(asked_.alert, known)));
  }

  /// That they cannot be read is no reason to say nothing of the rules.
  void add_changes(ExplainedAlert& out) const {
    int64_t interval_ms = 0;
    for (const ExplainedRule& rule : out.rules) interval_ms = std::max(interval_ms, rule.group.interval_ms);
    explain::ChangesWanted wanted;
    wanted.alertname = asked_.alert;
    wanted.range = {std::max<TimestampMs>(0, out.now_ms - asked_.changes_ms), out.now_ms};
    wanted.gap_ms = std::max<int64_t>(engine_.options().lookback.count(), 2 * interval_ms);
    wanted.matches = [this](LabelsView alert) { return asked_.filter.accepts(alert); };
    out.changes_range = wanted.range;
    auto changes = explain::state_changes(wanted, parts_);
    if (changes.ok()) {
      out.changes = *std::move(changes);
    } else {
      out.changes_error = changes.error().message;
    }
  }

  Services& services_;
  const Asked& asked_;
  const query::Engine engine_;
  const query::QueryContext context_;
  const explain::Parts parts_;
};

Result<net::HttpResponse> respond(Services& services, const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const Asked asked, asked_of(request.query, services));
  ASSIGN_OR_RETURN(const std::string name, tenant_name(request.headers));
  ASSIGN_OR_RETURN(const auto tenant, services.ruler->tenants.find(name, asked.deadline));
  if (services.readable) RETURN_IF_ERROR(services.readable());
  ASSIGN_OR_RETURN(const ExplainedAlert explained,
                   Explainer(services, asked, tenant.value_or(TenantId::nobody())).run());
  return net::HttpResponse::json(200, rule_explanation_json(explained));
}

}  // namespace

void handle_rules_explain(Services& services, Call call) {
  if (!services.ruler || services.store == nullptr)
    return call.respond(not_served(services.process, "ruler"));
  on_worker(services, std::move(call), problem, [](Services& parts, const net::HttpRequest& request) {
    auto response = respond(parts, request);
    return response.ok() ? *std::move(response) : problem(response.error());
  });
}

}  // namespace weir::gateway
