#include <algorithm>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/prometheus_json.h"
#include "gateway/routes/handlers.h"
#include "gateway/rule_pages.h"
#include "gateway/rules_json.h"
#include "rules/ruler/ruler.h"

// Prometheus' rules and alerts, as this process evaluates them.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kCatalogueTimeout{5'000};

/// None where the tenant is not known, or this process evaluates no rules.
Result<std::vector<rules::GroupStatus>> groups_of(const Services& services, const net::HttpRequest& request) {
  if (!services.ruler) return std::vector<rules::GroupStatus>();
  ASSIGN_OR_RETURN(const std::string name, tenant_name(request.headers));
  const Deadline deadline = Deadline::after(services.clock, kCatalogueTimeout);
  ASSIGN_OR_RETURN(const auto tenant, services.ruler->tenants.find(name, deadline));
  return services.ruler->ruler.groups(tenant.value_or(TenantId::nobody()));
}

std::vector<std::string> texts_of(const net::Params& params, std::string_view name) {
  const auto all = params.all(name);
  return {all.begin(), all.end()};
}

bool is_among(const std::vector<std::string>& wanted, const std::string& name) {
  return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

Labels labels_of(const rules::TextMap& texts) {
  std::vector<Label> labels;
  for (const auto& [name, value] : texts) labels.push_back({name, value});
  auto made = Labels::from(std::move(labels));
  return made.ok() ? *std::move(made) : Labels();
}

/// Whether one of the selectors accepts a rule's labels; without selectors every rule is.
bool is_selected(const std::vector<std::vector<Matcher>>& selectors, const rules::Rule& rule) {
  if (selectors.empty()) return true;
  const Labels labels = labels_of(rule.labels);
  return std::ranges::any_of(
      selectors, [&](const std::vector<Matcher>& selector) { return all_match(selector, labels); });
}

/// `type`, `rule_name[]`, `rule_group[]`, `file[]`, `match[]`, `exclude_alerts`.
Result<RuleFilter> parse_filter(const net::Params& params) {
  const std::string type(params.get("type").value_or(""));
  if (!type.empty() && type != "alert" && type != "record")
    return invalid_argument(fmt::format("invalid parameter \"type\": \"{}\" is not alert or record", type));
  const std::string exclude(params.get("exclude_alerts").value_or(""));
  if (!exclude.empty() && exclude != "true" && exclude != "false") {
    return invalid_argument(
        fmt::format("invalid parameter \"exclude_alerts\": \"{}\" is not true or false", exclude));
  }
  ASSIGN_OR_RETURN(auto selectors, selectors_parameter(params));
  RuleFilter filter;
  filter.with_alerts = exclude != "true";
  filter.group = [names = texts_of(params, "rule_group[]"),
                  files = texts_of(params, "file[]")](const rules::GroupStatus& group) {
    return is_among(names, group.name) && is_among(files, group.name_space);
  };
  filter.rule = [type, names = texts_of(params, "rule_name[]"),
                 selectors = std::move(selectors)](const rules::RuleStatus& rule) {
    const bool of_type = type.empty() || (type == "alert") == !rule.rule.alert.empty();
    return of_type && is_among(names, rule.rule.name()) && is_selected(selectors, rule.rule);
  };
  return filter;
}

Result<net::HttpResponse> rules_answer(const Services& services, const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const RuleFilter filter, parse_filter(request.query));
  ASSIGN_OR_RETURN(std::vector<rules::GroupStatus> groups, groups_of(services, request));
  ASSIGN_OR_RETURN(const RulePage page, page_of(std::move(groups), filter, request.query));
  return net::HttpResponse::json(200, success_json(rules_json(page.groups, filter, page.next_token)));
}

Result<net::HttpResponse> alerts_answer(const Services& services, const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<rules::GroupStatus> groups, groups_of(services, request));
  return net::HttpResponse::json(200, success_json(alerts_json(groups)));
}

using Answer = Result<net::HttpResponse> (*)(const Services& services, const net::HttpRequest& request);

void answer_by(Answer answer, Services& services, Call call) {
  on_worker(services, std::move(call), prometheus_error,
            [answer](Services& parts, const net::HttpRequest& request) {
              auto response = answer(parts, request);
              return response.ok() ? *std::move(response) : prometheus_error(response.error());
            });
}

}  // namespace

void handle_rules(Services& services, Call call) {
  answer_by(rules_answer, services, std::move(call));
}
void handle_alerts(Services& services, Call call) {
  answer_by(alerts_answer, services, std::move(call));
}

}  // namespace weir::gateway
