#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/definition.h"
#include "meta/meta_store.h"

/// Aggregations in the catalogue, a document of YAML each: what the API writes.
namespace weir::aggregation {

/// The kind of their documents: its revision tells whether any of any tenant has changed.
inline constexpr std::string_view kDefinitionKind = "aggregations";

/// The key of what belongs to an aggregation: names have capital letters, keys have none.
std::string definition_key(std::string_view name);

struct StoredDefinition {
  Definition definition;
  uint64_t version = 0;  ///< Of the document.
  TimestampMs updated_ms = 0;
};

/// All of a tenant, by name. Documents that cannot be read are left out, and logged. Errors as MetaStore's.
Result<std::vector<StoredDefinition>> stored_definitions(meta::MetaStore& meta, TenantId tenant,
                                                         Deadline deadline);
/// kNotFound when there is none, kCorruption when it cannot be read.
Result<StoredDefinition> stored_definition(meta::MetaStore& meta, TenantId tenant, std::string_view name,
                                           Deadline deadline);
/// Writes it in the place of one of the same name. `if_version`: as MetaStore::put. Returns its version.
/// Errors: kInvalidArgument for a name that is none, kResourceExhausted when it is larger than a document.
Result<uint64_t> store_definition(meta::MetaStore& meta, TenantId tenant, const Definition& definition,
                                  std::optional<uint64_t> if_version, Deadline deadline);
/// kNotFound when there is none. `if_version`: as MetaStore::erase.
Status erase_definition(meta::MetaStore& meta, TenantId tenant, std::string_view name,
                        std::optional<uint64_t> if_version, Deadline deadline);

}  // namespace weir::aggregation
