#pragma once

#include <memory>
#include <string>
#include <vector>

#include "meta/meta_store.h"
#include "resilience/breakers.h"
#include "telemetry/metrics.h"

namespace weir::meta::postgres {

struct PostgresMetaOptions {
  std::string conninfo;  ///< Never logged.
  size_t connections_max = 4;
  /// Where the tables are: 1 to 40 of a-z 0-9 _, not beginning with a digit. Catalogues in other schemas of
  /// the same database know nothing of each other.
  std::string schema = "weir_catalogue";
  /// Where the circuit breakers show themselves; may be null. Outlives what is opened.
  resilience::Breakers* breakers = nullptr;
};

/// The catalogue in PostgreSQL 15 or newer, shared by processes. Besides the connections of the options it
/// holds one on which it LISTENs: changes are announced by NOTIFY, and twice a second the revisions are read
/// as well, so that `revision` is answered from memory and is at most 2 s behind any process' change. When
/// neither has come for 2 s it asks the server itself. A process sees its own changes at once.
///
/// A commit is durable before a call returns, also where the server or the role has synchronous_commit off.
/// After kUnavailable or kDeadlineExceeded of a change its outcome is unknown: read it back. Errors of the
/// server that the catalogue's page does not name become kUnavailable (full, refused) or kIo (the rest).
///
/// The schema must be there, at this version: run `migrate`. kFailedPrecondition says so, kInvalidArgument is
/// for the options. `clock` and `registry` outlive the store.
Result<std::unique_ptr<MetaStore>> open(const PostgresMetaOptions& options, os::Clock& clock,
                                        telemetry::Registry& registry, Deadline deadline);

/// Brings the schema up to date; safe to run from several processes at once. Returns what was applied. Needs
/// the right to create a schema, or one that is there and ours.
Result<std::vector<std::string>> migrate(const PostgresMetaOptions& options, os::Clock& clock,
                                         Deadline deadline);

}  // namespace weir::meta::postgres
