#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "meta/document_id.h"
#include "meta/meta_store.h"
#include "meta/sqlite/connection.h"

/// The SQL of documents. Arguments have been validated.
namespace weir::meta::sqlite {

Result<Document> select_document(Connection& connection, const DocumentId& id);
Result<std::vector<Document>> select_documents(Connection& connection, TenantId tenant,
                                               std::string_view kind);
Result<uint64_t> select_revision(Connection& connection, std::string_view kind);

/// Inside a transaction; returns the new version.
Result<uint64_t> upsert_document(Connection& connection, const NewDocument& document);
/// Inside a transaction.
Status delete_document(Connection& connection, const DocumentId& id, std::optional<uint64_t> if_version);

}  // namespace weir::meta::sqlite
