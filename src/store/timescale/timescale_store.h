#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pg/pool.h"
#include "resilience/breakers.h"
#include "store/retention.h"
#include "store/store.h"
#include "telemetry/metrics.h"

namespace weir::store::timescale {

struct TimescaleStoreOptions {
  std::string conninfo{};  ///< Never logged.
  /// Holds all tables, `schema`_api the views for analysts. Lower case letters, digits and `_`, at most 40.
  std::string schema = "weir";
  uint32_t partition_count = 8;  ///< Of the log.
  std::string topic =
      "weir-metrics";  ///< With the partition, names an offset: one database may serve several logs.
  size_t write_connections_max = 4;
  size_t read_connections_max = 8;
  os::milliseconds retention{0};  ///< Of raw samples; 0 keeps everything, else 1 hour or more.
  /// What each tenant's raw samples are kept for, if not null, in place of `retention`, which is then the
  /// longest of its answers (0 when one of them is). Outlives the store.
  const TenantRetention* tenant_retention = nullptr;
  /// Of chunks or native partitions. With native partitions the first value that `migrate` saw stays, since
  /// partitions must not overlap.
  os::milliseconds chunk_interval{24 * 60 * 60 * 1'000};
  os::milliseconds call_timeout{5'000};  ///< Of calls of the seam that have no deadline.
  /// Between looks at what has to be dropped or aggregated anew; 0: only `compact` does.
  os::milliseconds maintenance_interval{60'000};
  /// Samples that a selection holds in memory before it keeps its transaction, and with it one of the read
  /// connections, open to read on; 16 bytes each.
  uint64_t selection_samples_max = 4'000'000;
  /// How rows are written: COPY with a fall back on conflicts, or INSERT from unnest(), which also works
  /// behind poolers that break COPY.
  enum class Writer { kCopy, kUnnest } writer = Writer::kCopy;
  uint64_t series_cache_max = 2'000'000;  ///< Series ids remembered; about 100 bytes each.
  /// Where the circuit breakers show themselves; may be null. Outlives what is opened.
  resilience::Breakers* breakers = nullptr;
};

/// What the server can do, found at start.
struct ServerReport {
  std::string postgres;                ///< "15.18".
  std::string timescale;               ///< "2.23.0"; empty when the extension is not there.
  std::string license;                 ///< "timescale" or "apache".
  bool aggregates_in_queries = false;  ///< Reads of `SelectRequest::reduction` use continuous aggregates.
  std::vector<std::string> missing;    ///< One sentence for each thing that this server cannot do for us.
};

/// Series, samples and aggregates in TimescaleDB, or in plain PostgreSQL with native partitions where the
/// extension is missing. A commit writes samples and the consumer's offset in one transaction fenced by the
/// lease's epoch, so that `visible_offset` and `durable_offset` are one. docs/sql.md has the tables and views
/// that analysts use. The schema must be there: run `migrate` first.
///
/// Where it is narrower than store.h: times end with the year 9999, and a sample beyond counts as `too_old`;
/// `status` counts exactly up to 64 MiB of samples and estimates above. An unknown outcome of COMMIT is
/// looked up by the store itself while the deadline lasts.
Result<std::unique_ptr<Store>> open(const TimescaleStoreOptions& options, os::Clock& clock,
                                    telemetry::Registry& registry, Deadline deadline, ServerReport& report);

/// Brings the schema up to date; safe to run from several processes at once.
Result<std::vector<std::string>> migrate(const TimescaleStoreOptions& options, os::Clock& clock,
                                         Deadline deadline);

}  // namespace weir::store::timescale
