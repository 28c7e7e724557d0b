#include "aggregation/definition_documents.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "aggregation/definition_reader.h"
#include "telemetry/logger.h"

namespace weir::aggregation {
namespace {

constexpr size_t kBodyBytesMax = 1u << 20;  // of a document

Error no_such(std::string_view name) {
  return not_found(fmt::format("aggregation \"{}\": there is none of this name", name));
}

Result<StoredDefinition> decode(const meta::Document& document) {
  DefinitionFile file = parse_definition(document.body, {.bytes_max = kBodyBytesMax});
  if (!file.problems.empty()) {
    const yaml::Problem& first = file.problems.front();
    return corruption(fmt::format("{}: {}", to_text(first.mark), first.message));
  }
  Definition& definition = file.definitions.front();
  if (definition_key(definition.name) != document.key)
    return corruption(fmt::format("it is named \"{}\", and its key is of another name", definition.name));
  return StoredDefinition{std::move(definition), document.version, document.updated_ms};
}

}  // namespace

// "Web-requests" is "/web-requests".
std::string definition_key(std::string_view name) {
  std::string key;
  for (const char c : name) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital) key += '/';
    key += is_capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return key;
}

Result<std::vector<StoredDefinition>> stored_definitions(meta::MetaStore& meta, TenantId tenant,
                                                         Deadline deadline) {
  ASSIGN_OR_RETURN(const std::vector<meta::Document> documents, meta.list(tenant, kDefinitionKind, deadline));
  std::vector<StoredDefinition> definitions;
  for (const meta::Document& document : documents) {
    auto definition = decode(document);
    if (definition.ok()) {
      definitions.push_back(*std::move(definition));
    } else {
      telemetry::log_error(
          "aggregation", "a stored aggregation cannot be read",
          {{"tenant", tenant.value()}, {"key", document.key}, {"error", definition.error().message}});
    }
  }
  std::sort(definitions.begin(), definitions.end(), [](const StoredDefinition& a, const StoredDefinition& b) {
    return a.definition.name < b.definition.name;
  });
  return definitions;
}

Result<StoredDefinition> stored_definition(meta::MetaStore& meta, TenantId tenant, std::string_view name,
                                           Deadline deadline) {
  if (!is_definition_name(name)) return no_such(name);
  const auto document = meta.get(tenant, kDefinitionKind, definition_key(name), deadline);
  if (!document.ok()) return document.error().code == Code::kNotFound ? no_such(name) : document.error();
  return decode(*document).context(fmt::format("aggregation \"{}\"", name));
}

Result<uint64_t> store_definition(meta::MetaStore& meta, TenantId tenant, const Definition& definition,
                                  std::optional<uint64_t> if_version, Deadline deadline) {
  if (!is_definition_name(definition.name)) {
    return invalid_argument(fmt::format(
        "aggregation: the name \"{}\" is not 1 to 100 of the characters a-z A-Z 0-9 _ . -", definition.name));
  }
  const std::string body = to_yaml(definition);
  if (body.size() > kBodyBytesMax) {
    return resource_exhausted(
        fmt::format("aggregation \"{}\": {} bytes, limit {}", definition.name, body.size(), kBodyBytesMax));
  }
  return meta.put(tenant, kDefinitionKind, definition_key(definition.name), body, if_version, deadline)
      .context(fmt::format("aggregation \"{}\"", definition.name));
}

Status erase_definition(meta::MetaStore& meta, TenantId tenant, std::string_view name,
                        std::optional<uint64_t> if_version, Deadline deadline) {
  if (!is_definition_name(name)) return no_such(name);
  Status erased = meta.erase(tenant, kDefinitionKind, definition_key(name), if_version, deadline);
  if (!erased.ok() && erased.error().code == Code::kNotFound) return no_such(name);
  return std::move(erased).context(fmt::format("aggregation \"{}\"", name));
}

}  // namespace weir::aggregation
