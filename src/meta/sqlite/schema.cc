#include "meta/sqlite/schema.h"

#include <iterator>

#include <fmt/format.h>

namespace weir::meta::sqlite {
namespace {

// "WEIR": tells our files from other programs' databases (sqlite.org/pragma.html#pragma_application_id).
constexpr int64_t kApplicationId = 0x57454952;

// One entry a schema version, the first leads to version 1. An entry that was released is never changed.
constexpr const char* kMigrations[] = {
    // `documents.version` is the kind's revision at the change, and a revision is never given out twice, so a
    // version cannot
    // repeat after its document was erased. A released lease keeps its row, with an empty holder, for the
    // sake of its epoch.
    R"sql(
      CREATE TABLE tenants (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        created_ms INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE documents (
        tenant INTEGER NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        version INTEGER NOT NULL,
        updated_ms INTEGER NOT NULL,
        PRIMARY KEY (tenant, kind, key)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE revisions (
        kind TEXT PRIMARY KEY,
        revision INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE leases (
        name TEXT PRIMARY KEY,
        holder TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    )sql",
};
constexpr int64_t kNewestVersion = std::size(kMigrations);

Result<int64_t> read_integer(Connection& connection, const char* sql) {
  ASSIGN_OR_RETURN(Query query, connection.query(sql));
  ASSIGN_OR_RETURN(const bool row, query.step());
  return row ? query.integer(0) : 0;
}

// An empty file is ours to fill; anything else must say that it is ours.
Status check_owner(Connection& connection) {
  ASSIGN_OR_RETURN(const int64_t id, read_integer(connection, "PRAGMA application_id"));
  if (id == kApplicationId) return {};
  ASSIGN_OR_RETURN(const int64_t tables, read_integer(connection, "SELECT count(*) FROM sqlite_schema"));
  if (id == 0 && tables == 0) return {};
  return corruption(
      fmt::format("not a Weir catalogue: application id 0x{:08x}, expected 0x{:08x}", id, kApplicationId));
}

Status apply(Connection& connection, int64_t from) {
  for (int64_t version = from; version < kNewestVersion; ++version) {
    RETURN_IF_ERROR(connection.execute(kMigrations[version]));
  }
  ASSIGN_OR_RETURN(Query query, connection.query("UPDATE schema_version SET version = ?"));
  return query.bind(kNewestVersion).run();
}

Status migrate_locked(Connection& connection) {
  RETURN_IF_ERROR(check_owner(connection));
  RETURN_IF_ERROR(connection.execute(
      fmt::format("PRAGMA application_id = {};"
                  "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT;"
                  "INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS (SELECT * FROM schema_version)",
                  kApplicationId)
          .c_str()));
  ASSIGN_OR_RETURN(const int64_t version, read_integer(connection, "SELECT version FROM schema_version"));
  if (version > kNewestVersion) {
    return unsupported(
        fmt::format("catalogue has schema version {}, this Weir knows up to {}", version, kNewestVersion));
  }
  return version == kNewestVersion ? Status() : apply(connection, version);
}

}  // namespace

Status migrate(Connection& connection) {
  return in_transaction(connection, [&] { return migrate_locked(connection); });
}

}  // namespace weir::meta::sqlite
