#include "meta/sqlite/read_only.h"

#include <sqlite3.h>

#include "meta/sqlite/connection.h"
#include "os/files.h"

namespace weir::meta::sqlite {
namespace {

/// For a file: URI: what has a meaning there is escaped.
std::string as_uri(const std::string& path, bool immutable) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    } else {
      uri += c;
    }
  }
  return uri + (immutable ? "?immutable=1" : "");
}

/// After a clean stop there is no write-ahead log, and without one the file can be read without making others
/// beside it.
Result<std::unique_ptr<Connection>> open_read_only(const std::string& path) {
  ASSIGN_OR_RETURN(const bool has_wal, os::posix_files().exists(path + "-wal"));
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(as_uri(path, !has_wal).c_str(), &db, flags, nullptr);
  if (code == SQLITE_OK) return std::make_unique<Connection>(path, db);
  Error error = io_error(path + ": " + sqlite3_errstr(code));
  sqlite3_close(db);
  return error;
}

}  // namespace

Result<std::vector<std::string>> find_faults(const std::string& path) {
  ASSIGN_OR_RETURN(const auto connection, open_read_only(path));
  ASSIGN_OR_RETURN(Query query, connection->query("PRAGMA integrity_check"));
  std::vector<std::string> faults;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return faults;
    if (std::string line = query.bytes(0); line != "ok") faults.push_back(std::move(line));
  }
}

Result<std::vector<Tenant>> read_tenants(const std::string& path) {
  ASSIGN_OR_RETURN(const auto connection, open_read_only(path));
  ASSIGN_OR_RETURN(Query query, connection->query("SELECT id, name, created_ms FROM tenants ORDER BY id"));
  std::vector<Tenant> tenants;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return tenants;
    tenants.push_back({TenantId::from_stored(query.unsigned_integer(0)), query.bytes(1), query.integer(2)});
  }
}

}  // namespace weir::meta::sqlite
