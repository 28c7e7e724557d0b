#include "meta/sqlite/documents.h"

#include <fmt/format.h>

namespace weir::meta::sqlite {
namespace {

Document read_document(const Query& row) {
  return {.key = row.bytes(0),
          .body = row.bytes(1),
          .version = row.unsigned_integer(2),
          .updated_ms = row.integer(3)};
}

// The version that is there, 0 when the document is absent.
Result<uint64_t> current_version(Connection& connection, const DocumentId& id) {
  ASSIGN_OR_RETURN(
      Query query,
      connection.query("SELECT version FROM documents WHERE tenant = ? AND kind = ? AND key = ?"));
  ASSIGN_OR_RETURN(const bool found,
                   query.bind(id.tenant.value()).bind_text(id.kind).bind_text(id.key).step());
  return found ? query.unsigned_integer(0) : 0;
}

// Counts a change of the kind; the first is 1.
Result<uint64_t> next_revision(Connection& connection, std::string_view kind) {
  ASSIGN_OR_RETURN(Query query,
                   connection.query("INSERT INTO revisions (kind, revision) VALUES (?, 1)"
                                    " ON CONFLICT (kind) DO UPDATE SET revision = revision + 1"));
  RETURN_IF_ERROR(query.bind_text(kind).run());
  return select_revision(connection, kind);
}

}  // namespace

Result<Document> select_document(Connection& connection, const DocumentId& id) {
  ASSIGN_OR_RETURN(Query query, connection.query("SELECT key, body, version, updated_ms FROM documents"
                                                 " WHERE tenant = ? AND kind = ? AND key = ?"));
  ASSIGN_OR_RETURN(const bool found,
                   query.bind(id.tenant.value()).bind_text(id.kind).bind_text(id.key).step());
  if (!found) return not_found(fmt::format("{} {}", id.kind, id.key));
  return read_document(query);
}

Result<std::vector<Document>> select_documents(Connection& connection, TenantId tenant,
                                               std::string_view kind) {
  ASSIGN_OR_RETURN(Query query, connection.query("SELECT key, body, version, updated_ms FROM documents"
                                                 " WHERE tenant = ? AND kind = ? ORDER BY key"));
  query.bind(tenant.value()).bind_text(kind);
  std::vector<Document> documents;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, query.step());
    if (!more) return documents;
    documents.push_back(read_document(query));
  }
}

Result<uint64_t> select_revision(Connection& connection, std::string_view kind) {
  ASSIGN_OR_RETURN(Query query, connection.query("SELECT revision FROM revisions WHERE kind = ?"));
  ASSIGN_OR_RETURN(const bool found, query.bind_text(kind).step());
  return found ? query.unsigned_integer(0) : 0;
}

Result<uint64_t> upsert_document(Connection& connection, const NewDocument& document) {
  const DocumentId& id = document.id;
  ASSIGN_OR_RETURN(const uint64_t current, current_version(connection, id));
  RETURN_IF_ERROR(check_version(id, current, document.if_version));
  ASSIGN_OR_RETURN(const uint64_t version, next_revision(connection, id.kind));
  ASSIGN_OR_RETURN(Query query,
                   connection.query("REPLACE INTO documents (tenant, kind, key, body, version, updated_ms)"
                                    " VALUES (?, ?, ?, ?, ?, ?)"));
  query.bind(id.tenant.value()).bind_text(id.kind).bind_text(id.key).bind_blob(document.body);
  RETURN_IF_ERROR(query.bind(version).bind(document.now_ms).run());
  return version;
}

Status delete_document(Connection& connection, const DocumentId& id, std::optional<uint64_t> if_version) {
  ASSIGN_OR_RETURN(const uint64_t current, current_version(connection, id));
  if (current == 0) return not_found(fmt::format("{} {}", id.kind, id.key));
  RETURN_IF_ERROR(check_version(id, current, if_version));
  RETURN_IF_ERROR(next_revision(connection, id.kind));
  ASSIGN_OR_RETURN(Query query,
                   connection.query("DELETE FROM documents WHERE tenant = ? AND kind = ? AND key = ?"));
  return query.bind(id.tenant.value()).bind_text(id.kind).bind_text(id.key).run();
}

}  // namespace weir::meta::sqlite
