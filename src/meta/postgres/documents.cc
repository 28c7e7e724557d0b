#include "meta/postgres/documents.h"

#include <fmt/format.h>

#include "pg/binary.h"

namespace weir::meta::postgres {
namespace {

Result<Document> read_document(const pg::Rows& rows, size_t row) {
  const std::string_view key = *rows.bytes(row, 0);
  const std::string_view body = *rows.bytes(row, 1);
  ASSIGN_OR_RETURN(const int64_t version, pg::as_int8(rows.bytes(row, 2)));
  ASSIGN_OR_RETURN(const int64_t updated_ms, pg::as_int8(rows.bytes(row, 3)));
  return Document{.key = std::string(key),
                  .body = std::string(body),
                  .version = static_cast<uint64_t>(version),
                  .updated_ms = updated_ms};
}

pg::Params params_of(const DocumentId& id) {
  pg::Params params;
  params.int8(static_cast<int64_t>(id.tenant.value())).text(id.kind).text(id.key);
  return params;
}

// Counts a change of the kind, and holds its row until the transaction ends; the first is 1.
Result<uint64_t> next_revision(pg::Connection& connection, std::string_view kind, Deadline deadline) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute("INSERT INTO revision AS r (kind, revision) VALUES ($1, 1) ON CONFLICT "
                                      "(kind) DO UPDATE SET revision = r.revision + 1 RETURNING revision",
                                      pg::Params().text(kind).span(), deadline));
  if (rows->row_count() != 1) return internal("catalogue: a revision came back as no row");
  ASSIGN_OR_RETURN(const int64_t revision, pg::as_int8(rows->bytes(0, 0)));
  return static_cast<uint64_t>(revision);
}

// The version that is there, 0 when the document is absent.
Result<uint64_t> current_version(pg::Connection& connection, const DocumentId& id, Deadline deadline) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.execute("SELECT version FROM document WHERE tenant = $1 AND kind = $2 AND key = $3",
                         params_of(id).span(), deadline));
  if (rows->row_count() == 0) return uint64_t{0};
  ASSIGN_OR_RETURN(const int64_t version, pg::as_int8(rows->bytes(0, 0)));
  return static_cast<uint64_t>(version);
}

}  // namespace

Result<Document> select_document(pg::Connection& connection, const DocumentId& id, Deadline deadline) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute("SELECT key, body, version, updated_ms FROM document WHERE tenant = $1 "
                                      "AND kind = $2 AND key = $3",
                                      params_of(id).span(), deadline));
  if (rows->row_count() == 0) return not_found(fmt::format("{} {}", id.kind, id.key));
  return read_document(*rows, 0);
}

Result<std::vector<Document>> select_documents(pg::Connection& connection, TenantId tenant,
                                               std::string_view kind, Deadline deadline) {
  std::vector<Document> documents;
  const auto read_all = [&](const pg::Rows& rows) -> Status {
    for (size_t row = 0; row < rows.row_count(); ++row) {
      ASSIGN_OR_RETURN(Document document, read_document(rows, row));
      documents.push_back(std::move(document));
    }
    return {};
  };
  RETURN_IF_ERROR(connection.stream(
      "SELECT key, body, version, updated_ms FROM document WHERE tenant = $1 AND kind = $2 ORDER BY key",
      pg::Params().int8(static_cast<int64_t>(tenant.value())).text(kind).span(), deadline, read_all));
  return documents;
}

Result<uint64_t> upsert_document(pg::Connection& connection, const NewDocument& document, Deadline deadline) {
  const DocumentId& id = document.id;
  ASSIGN_OR_RETURN(const uint64_t revision, next_revision(connection, id.kind, deadline));
  ASSIGN_OR_RETURN(const uint64_t current, current_version(connection, id, deadline));
  RETURN_IF_ERROR(check_version(id, current, document.if_version));
  pg::Params params = params_of(id);
  params.bytea(document.body).int8(static_cast<int64_t>(revision)).int8(document.now_ms);
  RETURN_IF_ERROR(connection.execute(
      "INSERT INTO document (tenant, kind, key, body, version, updated_ms) VALUES ($1, $2, $3, $4, $5, $6) "
      "ON "
      "CONFLICT (tenant, kind, key) DO UPDATE SET body = EXCLUDED.body, version = EXCLUDED.version, "
      "updated_ms = EXCLUDED.updated_ms",
      params.span(), deadline));
  return revision;
}

Result<uint64_t> delete_document(pg::Connection& connection, const DocumentId& id,
                                 std::optional<uint64_t> if_version, Deadline deadline) {
  ASSIGN_OR_RETURN(const uint64_t revision, next_revision(connection, id.kind, deadline));
  ASSIGN_OR_RETURN(const uint64_t current, current_version(connection, id, deadline));
  if (current == 0) return not_found(fmt::format("{} {}", id.kind, id.key));
  RETURN_IF_ERROR(check_version(id, current, if_version));
  RETURN_IF_ERROR(connection.execute("DELETE FROM document WHERE tenant = $1 AND kind = $2 AND key = $3",
                                     params_of(id).span(), deadline));
  return revision;
}

}  // namespace weir::meta::postgres
