#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "pg/migrations.h"

namespace weir::meta::postgres {

/// The steps of the catalogue's tables. Their SQL names no schema: a session's search_path says where. What
/// ran is noted under the schema's name.
std::span<const pg::Migration> migrations();

/// Plain and short enough to be put into SQL as it is.
Status validate_schema_name(std::string_view schema);

/// Makes the schema if it is not there, one process at a time.
std::string schema_sql(std::string_view schema);

/// What each session begins with: where the tables are, and that commits are durable.
std::string session_sql(std::string_view schema);

/// The channel on which changes of this schema's documents are announced, as "KIND REVISION".
std::string channel(std::string_view schema);

}  // namespace weir::meta::postgres
