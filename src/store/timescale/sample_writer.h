#pragma once

#include <set>
#include <string>

#include "base/guarded.h"
#include "pg/pool.h"
#include "store/timescale/sample_batch.h"
#include "store/timescale/schema.h"

namespace weir::store::timescale {

/// Writes commits: samples and offset in one transaction. Safe from any thread; calls block.
class SampleWriter {
 public:
  /// `pool`, `registry` and `clock` outlive it.
  SampleWriter(const TimescaleStoreOptions& options, const StoredSettings& settings, pg::Pool& pool,
               SeriesRegistry& registry, os::Clock& clock);

  Result<CommitReport> commit(const Commit& commit, Deadline deadline);

 private:
  enum class How { kCopy, kInsert };
  /// What became of one try.
  struct Try {
    Status status{};
    CommitReport report{};
    bool connected = false;
    bool asked_commit = false;  ///< COMMIT was sent, so that after an error the outcome is unknown.
    int64_t commit_number = 0;  ///< Of the offset's row, if the try is committed.
    bool series_gone = false;   ///< Series that we remember were deleted meanwhile.
    std::string sqlstate{};
  };
  struct Inserted {
    uint64_t count = 0;
    std::vector<SampleBatch::Stored> stored{};
  };

  Try attempt(const Commit& commit, SampleBatch& batch, How how, Deadline deadline);
  Status work(pg::Connection& connection, const Commit& commit, SampleBatch& batch, How how, Try& result,
              Deadline deadline);
  Status transaction(pg::Connection& connection, const Commit& commit, SampleBatch& batch, How how,
                     Try& result, Deadline deadline);
  Status move_offset(pg::Connection& connection, const Commit& commit, const SampleBatch& batch, Try& result,
                     Deadline deadline);
  Status widen_series(pg::Connection& connection, std::span<const SeriesUse> wider, Try& result,
                      Deadline deadline);
  Result<Inserted> copy(pg::Connection& connection, std::span<const Row> rows, Deadline deadline);
  Result<Inserted> insert(pg::Connection& connection, std::span<const Row> rows, Deadline deadline);
  Status note_late(pg::Connection& connection, std::span<const Row> rows, Deadline deadline);
  Status ensure_partitions(pg::Connection& connection, std::span<const Row> rows, Deadline deadline);
  /// Whether the commit with that number is in the database. kTooOld when the partition has another owner.
  Result<bool> is_committed(const Commit& commit, int64_t commit_number, Deadline deadline);

  std::string sql(std::string_view text) const { return in_schema(text, options_.schema); }

  const TimescaleStoreOptions options_;
  const StoredSettings settings_;
  pg::Pool& pool_;
  SeriesRegistry& registry_;
  os::Clock& clock_;
  const RetentionBounds retention_;
  Guarded<std::set<TimestampMs>> partitions_;  ///< Begins of native partitions known to be there.
  Guarded<std::set<PartitionId>>
      has_duplicates_;  ///< Log partitions whose last commit met what was there already.
};

}  // namespace weir::store::timescale
