#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <absl/functional/function_ref.h>

#include "base/damage.h"
#include "log/embedded/journal_walk.h"
#include "model/batch.h"
#include "model/matcher.h"
#include "store/embedded/block.h"
#include "store/embedded/manifest.h"

/// What lies in the files of a stopped server, one piece after the other, in memory bounded by one chunk or
/// one record. The caller holds the lock.
namespace weir::app::offline {

/// What is wanted; the default is everything.
struct DataFilter {
  std::optional<uint64_t> tenant;  ///< Its number.
  std::vector<Matcher> matchers;   ///< All must match.
  TimeRange range = TimeRange::all();

  bool wants(TenantId of) const { return !tenant || *tenant == of.value(); }
  bool wants(LabelsView labels) const { return all_match(matchers, labels); }
  bool all() const { return !tenant && matchers.empty() && range == TimeRange::all(); }
};

/// Told of what cannot be read; the scan goes on behind it.
using OnDamage = absl::FunctionRef<void(const std::string& what)>;

/// The blocks that the manifest names, in its order and masked by its deletions, or without a usable manifest
/// every block file. `entry` has no more than the number in the second case. `visit` may end the scan with an
/// error. Errors: kIo.
Status visit_blocks(os::FileSystem& files, const std::string& directory, const DataFilter& filter,
                    OnDamage damaged,
                    absl::FunctionRef<Status(const store::embedded::Manifest::Block& entry,
                                             const store::embedded::Block& block)>
                        visit);

/// One series of a block, with its chunks that may hold samples of the range that are not deleted.
struct BlockSeries {
  TenantId tenant;
  LabelsView labels;
  std::span<const store::embedded::ChunkRef> chunks;
  const store::embedded::MaskedRanges& masked;
};
Status visit_series(const store::embedded::Block& block, const DataFilter& filter,
                    absl::FunctionRef<Status(const BlockSeries& series)> visit);

/// One record of the journal, decoded; only series and samples that are wanted are left.
struct JournalRecord {
  const log::embedded::SegmentScanner& frame;  ///< That holds the record.
  const log::embedded::FrameRecord& record;
  const Batch& batch;
};
/// The record's samples without those that deletions take from it when it is applied again. Either the
/// record's own batch or `kept`.
const Batch& without_deleted(const JournalRecord& record,
                             std::span<const store::embedded::Deletion> deletions, Batch& kept);

/// Every good record of a wanted tenant, with all samples or those that `filter` wants. `marker` gets frames
/// without records.
Status visit_journal(os::FileSystem& files, const std::string& directory, const DataFilter& filter,
                     OnDamage damaged, absl::FunctionRef<Status(const JournalRecord& record)> visit,
                     absl::FunctionRef<Status(const log::embedded::SegmentScanner& frame)> marker);

}  // namespace weir::app::offline
