#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "os/clock.h"
#include "store/embedded/block_set.h"
#include "store/embedded/deletion.h"
#include "store/embedded/found_exemplars.h"
#include "store/embedded/head_index.h"
#include "store/embedded/hour_versions.h"
#include "store/embedded/manifest.h"
#include "store/store.h"

namespace weir::store::embedded {

/// The most exemplars that a series has in one window of the head.
inline constexpr size_t kHeadExemplarsMax = 1'024;

/// What an open window of a shard looks like to those who decide which one to write to a block.
struct HeadWindowInfo {
  TimestampMs start_ms;
  uint64_t size_bytes;
  os::SteadyTime first_write;
  os::SteadyTime last_write;
};

struct HeadStats {
  uint64_t series = 0;
  uint64_t samples = 0;
  uint64_t size_bytes = 0;
  std::optional<TimeRange> range;  ///< Of the samples; nullopt when there is none.
};

/// One partition's part of the head: the samples that are in no block yet, in windows of time. A window is
/// open until `freeze`; then it changes no more, is written to a block, and leaves with `drop_frozen`.
/// Samples that come meanwhile for its time go to a new open window. Safe from any thread: one mutex, held
/// for a commit or while a reader takes its views, never for I/O other than page faults of blocks that late
/// samples are compared with.
class HeadShard {
 public:
  /// `exemplar_bytes_max` bounds the memory of exemplars here; more are dropped. `blocks` is where samples
  /// older than the head are looked up; it outlives the shard.
  HeadShard(PartitionId partition, TimestampMs window_ms, uint64_t exemplar_bytes_max,
            const BlockSet& blocks);

  /// Takes over what a former process left; before any other call.
  void restore(const Manifest::Partition& partition, std::span<const Deletion> deletions);
  /// From now on only commits under this epoch are taken.
  void set_epoch(Epoch epoch);
  /// One past the last record applied.
  Offset visible() const;

  /// Applies the records, all under one lock. `oldest_ms`, at least 0 for each tenant: older samples are
  /// refused as too old. kTooOld when the lease is not the current one.
  Result<CommitReport> apply(const Commit& commit, absl::FunctionRef<TimestampMs(TenantId)> oldest_ms,
                             os::SteadyTime now);

  /// Removes what the deletion takes from here, frozen windows included, and from now on from the records
  /// that it concerns when they come again. Adds the hashes of series that lost samples. The caller sees to
  /// the blocks; views that were taken before keep what they have.
  void erase(const Deletion& deletion, absl::flat_hash_set<uint64_t>& hashes);

  /// Appends a view of each matching series that may have samples in `range`; kResourceExhausted above
  /// `series_max`.
  Status select(TenantId tenant, std::span<const Matcher> matchers, const TimeRange& range,
                uint64_t series_max, std::vector<HeadSeriesView>& out) const;
  /// Copies the exemplars of `request` to `found`.
  Status read_exemplars(TenantId tenant, const ExemplarRequest& request, FoundExemplars& found) const;
  /// HourVersions::newest of the tenant: what was stored here changes it under the same lock.
  uint64_t newest_change(TenantId tenant, const TimeRange& range) const;
  /// Calls `read` under the lock with the tenant's index and the series that the request asks for; nullopt
  /// means all.
  void read_index(TenantId tenant, const LabelRequest& request,
                  absl::FunctionRef<void(const LabelIndex&, const std::optional<Postings>&)> read) const;
  HeadStats stats() const;
  /// Memory of series and samples after the last commit; without waiting.
  uint64_t size_bytes() const { return size_bytes_.load(std::memory_order_relaxed); }

  /// Open windows, oldest first.
  std::vector<HeadWindowInfo> windows() const;
  /// Freezes those of the open windows that begin at `starts`. Nothing may be frozen yet.
  void freeze(std::span<const TimestampMs> starts);
  /// Appends a view of every series with frozen windows; `times` grows to cover their samples.
  void append_frozen(std::vector<HeadSeriesView>& out, TimeRange& times) const;
  /// What the manifest may say of this partition (the epoch aside): `frozen_in_block`, the frozen windows
  /// count as stored.
  Manifest::Partition progress(bool frozen_in_block) const;
  /// The frozen windows are in a block, which readers find by now.
  void drop_frozen();

 private:
  struct Window {
    TimeRange range;
    Offset low;              // the lowest offset of a record that stored something here
    Offset frozen_at;        // `next_` when it was frozen
    bool has_prior = false;  // blocks or a frozen window may hold samples of this time
    TimeRange samples_range;
    uint64_t sample_count = 0;
    uint64_t size_bytes = 0;
    uint64_t exemplar_bytes = 0;  // of the series' exemplars, part of `size_bytes`
    os::SteadyTime first_write;
    os::SteadyTime last_write;
    std::vector<HeadSeries*> series;  // those with a SeriesWindow here
  };
  using Windows = std::map<TimestampMs, Window>;
  struct Applied {
    DeletionPtr deletion;
    Offset before;  // records before it lose what the deletion takes
  };
  using Tenants = absl::flat_hash_map<TenantId, std::unique_ptr<HeadIndex>>;
  struct CommitState;
  enum class Outcome { kAppended, kDuplicate, kConflict, kTooOld };

  // head_append.cc; all under the mutex.
  void apply_series(CommitState& state, const AppliedRecord& record, size_t i);
  void apply_samples(CommitState& state, const Batch& batch, const Batch::Series& series);
  static void count(Outcome outcome, CommitReport& report);
  Outcome apply_sample(CommitState& state, const NewSample& sample);
  void apply_exemplar(CommitState& state, const Exemplar& exemplar);
  void enter_window(CommitState& state, TimestampMs timestamp_ms) const;
  SeriesWindow* open_window(CommitState& state) const;
  TimestampMs newest_elsewhere(const CommitState& state) const;
  static void take_out(CommitState& state, SeriesWindow& window, TimestampMs timestamp_ms);
  std::optional<StoredSample> find_elsewhere(const CommitState& state, TimestampMs timestamp_ms) const;
  SeriesWindow& add_series_window(CommitState& state, TimestampMs prior_maxt_ms);
  void store(CommitState& state, SeriesWindow& window, const NewSample& sample);
  void store(CommitState& state, SeriesWindow& window, const Exemplar& exemplar);
  void note_change(CommitState& state, TimestampMs timestamp_ms);

  // head_erase.cc
  bool erase_from(HeadSeries& series, const TimeRange& range, std::vector<Window*>& thinned);
  void forget_emptied(std::vector<Window*> thinned);
  void remember(Applied deletion);
  std::vector<TimeRange> deleted_of(TenantId tenant, Offset offset, LabelsView labels) const;

  TimeRange window_range(TimestampMs timestamp_ms) const;
  void add_windows(const HeadSeries& series, const TimeRange& range, HeadSeriesView& view) const;
  bool in_range(const HeadSeries& series, const TimeRange& range) const;
  /// Calls `visit` once for each series with samples in frozen windows.
  void visit_frozen_series(absl::FunctionRef<void(HeadSeries&)> visit);
  void forget_covered();
  void drop_idle(Tenants::iterator tenant);
  void publish_size();

  const PartitionId partition_;
  const TimestampMs window_ms_;
  const uint64_t exemplar_bytes_max_;
  const BlockSet& blocks_;

  mutable std::mutex mutex_;  // guards all below
  Epoch epoch_;
  Offset next_;
  std::map<TimestampMs, Offset> covered_;  // Manifest::Partition::covered
  Tenants tenants_;
  Windows open_;
  Windows frozen_;
  uint64_t series_bytes_ = 0;
  uint64_t exemplar_bytes_ = 0;     // of all windows
  std::vector<Applied> deletions_;  // the last ones
  Offset deleted_before_;           // the largest `before`
  uint64_t changes_ = 0;            // records applied so far
  absl::flat_hash_map<TenantId, HourVersions> versions_;

  std::atomic<uint64_t> size_bytes_{0};
};

}  // namespace weir::store::embedded
