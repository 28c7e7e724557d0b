#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "meta/meta_store.h"
#include "rules/rule_file.h"

/// Groups of rules in the catalogue, a document each: what the ruler API writes.
/// docs/formats/rule-documents.md has the bytes.
namespace weir::rules {

/// The kind of their documents: its revision tells whether any group of any tenant has changed.
inline constexpr std::string_view kRuleKind = "rules";

/// The key of what belongs to a group: names may hold anything, a key may not.
std::string group_key(std::string_view name_space, std::string_view name);

struct StoredGroup {
  std::string name_space;
  RuleGroup group;
};

/// All groups of a tenant, by name space and name. Documents that cannot be read are left out, and logged.
/// Errors as MetaStore's.
Result<std::vector<StoredGroup>> stored_groups(meta::MetaStore& meta, TenantId tenant, Deadline deadline);

/// Writes a group, in the place of one of the same name. kResourceExhausted when it is larger than a
/// document.
Status store_group(meta::MetaStore& meta, TenantId tenant, const StoredGroup& group, Deadline deadline);

/// kNotFound when there is none.
Status erase_group(meta::MetaStore& meta, TenantId tenant, std::string_view name_space, std::string_view name,
                   Deadline deadline);

}  // namespace weir::rules
