#include "rules/ruler/rule_documents.h"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>

#include <fmt/format.h>

#include "base/hash.h"
#include "rules/rule_file_text.h"
#include "telemetry/logger.h"

namespace weir::rules {
namespace {

namespace json = boost::json;

constexpr size_t kBodyBytesMax = 1u << 20;  // of a document

Result<StoredGroup> decode(std::string_view body) {
  boost::system::error_code bad_syntax;
  const json::value document = json::parse(body, bad_syntax);
  const json::object* object = bad_syntax ? nullptr : document.if_object();
  const json::value* name_space = object == nullptr ? nullptr : object->if_contains("namespace");
  const json::value* text = object == nullptr ? nullptr : object->if_contains("rules");
  if (name_space == nullptr || text == nullptr || !name_space->is_string() || !text->is_string())
    return corruption("not an object with the texts \"namespace\" and \"rules\"");
  RuleFile file = parse_rule_file(std::string_view(text->get_string()));
  if (!file.problems.empty()) return corruption(file.problems.front().message);
  if (file.groups.size() != 1) return corruption(fmt::format("{} groups, not one", file.groups.size()));
  return StoredGroup{std::string(name_space->get_string()), std::move(file.groups.front())};
}

}  // namespace

std::string group_key(std::string_view name_space, std::string_view name) {
  const std::string both = fmt::format("{}:{}{}", name_space.size(), name_space, name);
  return fmt::format("{:016x}{:016x}", stable_hash(both, 0), stable_hash(both, 1));
}

Result<std::vector<StoredGroup>> stored_groups(meta::MetaStore& meta, TenantId tenant, Deadline deadline) {
  ASSIGN_OR_RETURN(const std::vector<meta::Document> documents, meta.list(tenant, kRuleKind, deadline));
  std::vector<StoredGroup> groups;
  for (const meta::Document& document : documents) {
    auto group = decode(document.body);
    if (group.ok()) {
      groups.push_back(*std::move(group));
    } else {
      telemetry::log_error(
          "rules", "a stored group cannot be read",
          {{"tenant", tenant.value()}, {"key", document.key}, {"error", group.error().message}});
    }
  }
  std::sort(groups.begin(), groups.end(), [](const StoredGroup& a, const StoredGroup& b) {
    return std::tie(a.name_space, a.group.name) < std::tie(b.name_space, b.group.name);
  });
  return groups;
}

Status store_group(meta::MetaStore& meta, TenantId tenant, const StoredGroup& group, Deadline deadline) {
  const std::string body = json::serialize(
      json::object{{"namespace", group.name_space}, {"rules", "groups:\n" + to_yaml(group.group, 0)}});
  if (body.size() > kBodyBytesMax) {
    return resource_exhausted(fmt::format("group \"{}\": {} bytes; a group may take {}; make several of it",
                                          group.group.name, body.size(), kBodyBytesMax));
  }
  const auto version = meta.put(tenant, kRuleKind, group_key(group.name_space, group.group.name), body,
                                std::nullopt, deadline);
  return version.ok() ? Status() : Status(version.error());
}

Status erase_group(meta::MetaStore& meta, TenantId tenant, std::string_view name_space, std::string_view name,
                   Deadline deadline) {
  return meta.erase(tenant, kRuleKind, group_key(name_space, name), std::nullopt, deadline);
}

}  // namespace weir::rules
