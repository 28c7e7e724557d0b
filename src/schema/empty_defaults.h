#pragma once

#include <set>
#include <string>
#include <string_view>

namespace weir::schema {

/// The fields of an Avro schema (JSON) whose default is an empty array, as "Record.field" with the record's
/// name alone; avro-c forgets defaults. What is not JSON has none.
std::set<std::string, std::less<>> empty_defaults(std::string_view schema);

}  // namespace weir::schema
