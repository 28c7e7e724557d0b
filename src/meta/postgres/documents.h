#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "meta/document_id.h"
#include "meta/meta_store.h"
#include "pg/connection.h"

namespace weir::meta::postgres {

/// kNotFound when absent.
Result<Document> select_document(pg::Connection& connection, const DocumentId& id, Deadline deadline);
/// All of a kind, by key.
Result<std::vector<Document>> select_documents(pg::Connection& connection, TenantId tenant,
                                               std::string_view kind, Deadline deadline);

// The two below run inside a transaction and lock the kind's revision first, so that writers of one kind take
// turns. Both return the kind's new revision, which for a put is the document's version; neither announces
// it.

/// kAlreadyExists when `if_version` does not match.
Result<uint64_t> upsert_document(pg::Connection& connection, const NewDocument& document, Deadline deadline);
/// kNotFound when absent, kAlreadyExists when `if_version` does not match.
Result<uint64_t> delete_document(pg::Connection& connection, const DocumentId& id,
                                 std::optional<uint64_t> if_version, Deadline deadline);

}  // namespace weir::meta::postgres
