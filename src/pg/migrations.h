#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"

namespace weir::pg {

/// One step of a schema, forward only. Once released it never changes: its text is hashed and checked.
struct Migration {
  uint32_t number = 0;    ///< 1, 2, 3, ... without gaps.
  std::string_view name;  ///< "series and samples".
  std::string_view sql;   ///< One or more statements.
  /// False for what PostgreSQL refuses inside a transaction: then `sql` is one statement, safe to run again
  /// after a crash before it was noted.
  bool transactional = true;
};

struct MigrationReport {
  uint32_t from = 0;                 ///< Version found.
  uint32_t to = 0;                   ///< Version now.
  std::vector<std::string> applied;  ///< "3 rollups", in order.
};

/// Brings the schema `component` ("catalogue", "timescale") up to the last of `migrations`, one at a time
/// under an advisory lock, so that processes that start together do it once. What ran is kept in the table
/// public.weir_migration(component, number, name, sha256, applied_at); the hash is the server's, of the text.
/// Errors: kUnsupported (the database is newer than this binary: both versions are named),
/// kFailedPrecondition (a migration that ran has another text now: named), and those of `Connection`, with
/// the migration's number and name.
Result<MigrationReport> migrate(Connection& connection, std::string_view component,
                                std::span<const Migration> migrations, Deadline deadline);

/// The version found, without changing anything: 0 for an empty database.
Result<uint32_t> schema_version(Connection& connection, std::string_view component, Deadline deadline);

/// kFailedPrecondition unless the schema is exactly at the last of `migrations`; says to run `weir migrate`.
Status check_schema(Connection& connection, std::string_view component, std::span<const Migration> migrations,
                    Deadline deadline);

}  // namespace weir::pg
