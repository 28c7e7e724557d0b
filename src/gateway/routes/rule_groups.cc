#include <algorithm>
#include <boost/json.hpp>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "rules/rule_file_text.h"
#include "rules/ruler/rule_documents.h"

// The ruler API of Grafana Mimir: groups of rules in the catalogue, by name space.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kTimeout{10'000};

/// One call of this API, when it is its turn.
struct RulesCall {
  Services& services;
  const net::HttpRequest& request;
  const std::vector<std::string>& names;  ///< Name space and group, as far as the path has them.
  std::string tenant_name;
  Deadline deadline;

  meta::MetaStore& meta() const { return services.ruler->meta; }
  /// nullopt when there is no such tenant.
  Result<std::optional<TenantId>> tenant() const {
    return services.ruler->tenants.find(tenant_name, deadline);
  }
};

net::HttpResponse yaml(std::string text) {
  return net::HttpResponse::text(200, std::move(text), "application/yaml");
}

net::HttpResponse accepted() {
  return net::HttpResponse::json(202, R"({"status":"success"})");
}

/// The tenant's groups that the path names.
Result<std::vector<rules::StoredGroup>> named_groups(const RulesCall& call) {
  ASSIGN_OR_RETURN(const std::optional<TenantId> tenant, call.tenant());
  if (!tenant) return std::vector<rules::StoredGroup>();
  ASSIGN_OR_RETURN(auto groups, rules::stored_groups(call.meta(), *tenant, call.deadline));
  std::erase_if(groups, [&](const rules::StoredGroup& one) {
    return (!call.names.empty() && one.name_space != call.names[0]) ||
           (call.names.size() > 1 && one.group.name != call.names[1]);
  });
  return groups;
}

/// A map of name spaces to lists of groups.
Result<net::HttpResponse> list(const RulesCall& call) {
  ASSIGN_OR_RETURN(const std::vector<rules::StoredGroup> groups, named_groups(call));
  if (groups.empty()) return not_found("no rule groups found");
  std::string out;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i == 0 || groups[i].name_space != groups[i - 1].name_space)
      out += boost::json::serialize(boost::json::string_view(groups[i].name_space)) + ":\n";
    out += rules::to_yaml(groups[i].group, 2);
  }
  return yaml(std::move(out));
}

/// The group alone, which is a list of one without its dash.
Result<net::HttpResponse> show(const RulesCall& call) {
  ASSIGN_OR_RETURN(const std::vector<rules::StoredGroup> groups, named_groups(call));
  if (groups.empty()) return not_found("group does not exist");
  std::string text = rules::to_yaml(groups.front().group, 0);
  text.front() = ' ';
  return yaml(std::move(text));
}

Result<net::HttpResponse> store(const RulesCall& call) {
  rules::RuleFile file = rules::parse_rule_group(call.request.body);
  if (!file.problems.empty()) {
    std::string all;
    for (const rules::Problem& problem : file.problems)
      all += fmt::format("{}{}: {}", all.empty() ? "" : "\n", yaml::to_text(problem.mark), problem.message);
    return invalid_argument(std::move(all));
  }
  ASSIGN_OR_RETURN(const TenantId tenant,
                   call.services.ruler->tenants.find_or_create(call.tenant_name, call.deadline));
  RETURN_IF_ERROR(rules::store_group(call.meta(), tenant, {call.names[0], std::move(file.groups.front())},
                                     call.deadline));
  return accepted();
}

Result<net::HttpResponse> erase(const RulesCall& call) {
  ASSIGN_OR_RETURN(const std::vector<rules::StoredGroup> groups, named_groups(call));
  if (groups.empty())
    return not_found(call.names.size() > 1 ? "group does not exist" : "no rule groups found");
  ASSIGN_OR_RETURN(const std::optional<TenantId> tenant, call.tenant());
  for (const rules::StoredGroup& one : groups) {
    const Status erased =
        rules::erase_group(call.meta(), *tenant, one.name_space, one.group.name, call.deadline);
    if (!erased.ok() && erased.error().code != Code::kNotFound) return erased.error();
  }
  return accepted();
}

using Answer = Result<net::HttpResponse> (*)(const RulesCall& call);

void answer_by(Answer answer, Services& services, Call call) {
  if (!services.ruler) return call.respond(not_served(services.process, "ruler"));
  std::vector<std::string> names = call.path_parameters;
  on_worker(services, std::move(call), problem,
            [answer, names = std::move(names)](Services& parts, const net::HttpRequest& request) {
              Result<std::string> tenant = tenant_name(request.headers);
              if (!tenant.ok()) return problem(tenant.error());
              auto response =
                  answer({parts, request, names, *std::move(tenant), Deadline::after(parts.clock, kTimeout)});
              return response.ok() ? *std::move(response) : problem(response.error());
            });
}

}  // namespace

void handle_rule_namespaces(Services& services, Call call) {
  answer_by(list, services, std::move(call));
}
void handle_rule_group(Services& services, Call call) {
  answer_by(show, services, std::move(call));
}
void handle_store_rules(Services& services, Call call) {
  answer_by(store, services, std::move(call));
}
void handle_erase_rules(Services& services, Call call) {
  answer_by(erase, services, std::move(call));
}

}  // namespace weir::gateway
