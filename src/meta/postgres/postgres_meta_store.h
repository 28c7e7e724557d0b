#pragma once

#include <memory>
#include <string>
#include <vector>

#include "meta/meta_store.h"
#include "telemetry/metrics.h"

namespace weir::meta::postgres {

struct PostgresMetaOptions {
  std::string conninfo;  ///< Never logged.
  size_t connections_max = 4;
};

/// The catalogue in PostgreSQL 15 or newer, shared by processes. Changes are announced by NOTIFY, so that
/// `revision` is answered from memory and is at most 2 s behind any process' change. The schema must be
/// there: run `migrate`.
Result<std::unique_ptr<MetaStore>> open(const PostgresMetaOptions& options, os::Clock& clock,
                                        telemetry::Registry& registry, Deadline deadline);

/// Brings the schema up to date; safe to run from several processes at once. Returns what was applied.
Result<std::vector<std::string>> migrate(const PostgresMetaOptions& options, os::Clock& clock,
                                         Deadline deadline);

}  // namespace weir::meta::postgres
