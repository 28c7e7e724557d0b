#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pg/pool.h"
#include "store/store.h"
#include "telemetry/metrics.h"

namespace weir::store::timescale {

struct TimescaleStoreOptions {
  std::string conninfo;          ///< Never logged.
  uint32_t partition_count = 8;  ///< Of the log.
  std::string topic =
      "weir-metrics";  ///< With the partition, names an offset: one database may serve several logs.
  size_t write_connections_max = 4;
  size_t read_connections_max = 8;
  os::milliseconds retention{0};  ///< Of raw samples; 0 keeps everything.
  os::milliseconds chunk_interval{24 * 60 * 60 * 1'000};
  /// How rows are written: COPY with a fall back on conflicts, or INSERT from unnest(), which also works
  /// behind poolers that break COPY.
  enum class Writer { kCopy, kUnnest } writer = Writer::kCopy;
  uint64_t series_cache_max = 2'000'000;  ///< Series ids remembered; about 100 bytes each.
};

/// What the server can do, found at start.
struct ServerReport {
  std::string postgres;              ///< "15.18".
  std::string timescale;             ///< "2.23.0"; empty when the extension is not there.
  std::string license;               ///< "timescale" or "apache".
  std::vector<std::string> missing;  ///< One sentence for each thing that this server cannot do for us.
};

/// Series, samples and aggregates in TimescaleDB, or in plain PostgreSQL with native partitions where the
/// extension is missing. A commit writes samples and the consumer's offset in one transaction fenced by the
/// lease's epoch. docs/sql.md has the tables and views that analysts use. The schema must be there: run
/// `migrate` first.
Result<std::unique_ptr<Store>> open(const TimescaleStoreOptions& options, os::Clock& clock,
                                    telemetry::Registry& registry, Deadline deadline, ServerReport& report);

/// Brings the schema up to date; safe to run from several processes at once.
Result<std::vector<std::string>> migrate(const TimescaleStoreOptions& options, os::Clock& clock,
                                         Deadline deadline);

}  // namespace weir::store::timescale
