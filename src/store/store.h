#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/completion.h"
#include "base/ids.h"
#include "model/batch_slice.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "model/tenant_id.h"
#include "model/time_range.h"
#include "os/clock.h"

/// Series and samples. Implementations: `store/embedded` (own time-series engine) and, on other engines, a
/// database. tests/contract/store_contract.h holds all of them to this page.
namespace weir::store {

/// The right to write a partition. A later lease of the same partition, by any process, makes this one void.
struct Lease {
  PartitionId partition;
  Epoch epoch;
  /// The first log record that the store may lack: processing resumes here. Records before it are never
  /// needed again once `durable_offset` has passed them. Records at or after it may have been applied in
  /// part; applying again is harmless.
  Offset resume{0};
};

/// One log record's samples: the selected series of a batch. What it points to lives until the commit
/// completes.
struct AppliedRecord {
  TenantId tenant;
  Offset offset;
  const Batch* batch;                          ///< Not null.
  const SeriesSelection* selection = nullptr;  ///< Null: all series of the batch.

  size_t series_count() const {
    return selection != nullptr ? selection->indexes.size() : batch->series_count();
  }
  const Batch::Series& series(size_t i) const {
    return batch->series()[selection != nullptr ? selection->indexes[i] : i];
  }
  bool has_histograms() const {
    for (size_t i = 0; i < series_count(); ++i) {
      if (series(i).histogram_count > 0) return true;
    }
    return false;
  }
  uint64_t exemplar_count() const {
    uint64_t count = 0;
    for (size_t i = 0; i < series_count(); ++i) count += series(i).exemplar_count;
    return count;
  }
  /// `series_hash` of a series.
  uint64_t hash(size_t i) const {
    return selection != nullptr ? selection->hashes[i] : series_hash(tenant, batch->labels(series(i)));
  }
};

struct Commit {
  Lease lease;
  std::span<const AppliedRecord>
      records;     ///< Ascending offsets; may be empty (only moves `next`). Lives until completion.
  Offset next{0};  ///< One past the last record that this commit covers.
};

/// What became of the samples of a commit; the sum of the first four is the number sent, marks left out.
struct CommitReport {
  uint64_t appended = 0;
  uint64_t duplicates = 0;  ///< Same series, time and value as stored: dropped silently.
  uint64_t conflicts =
      0;  ///< Same series and time, another value, or the other kind: the first stays, unless
          ///< a mark stands before the sample (`is_replace_mark`): then it is appended and that goes.
  uint64_t too_old = 0;     ///< Behind what the store still takes (retention).
  uint64_t new_series = 0;  ///< Not part of the sum.

  uint64_t exemplars = 0;  ///< Stored. One that is stored already, the same in all, is counted nowhere.
  uint64_t dropped_exemplars = 0;  ///< Too old, beyond a bound of the store, or of a store that keeps none.
};

/// What the caller takes of each series in each of these windows, and that it looks at nothing else. They are
/// (end - range_ms, end], with the ends `first_end_ms + i * step_ms` for each i < `count`. `count` is 1 or
/// more, `range_ms` positive, `step_ms` 0 or more; 0 means that all windows are the same.
struct WindowReduction {
  enum class Kind {
    kMin,
    kMax,
    kSpan,     ///< The first sample, the last one, and how many there are.
    kCounter,  ///< The same, and of each sample that is less than the one before it, that one before.
    kSum,      ///< The sum, and how many there are.
  };
  Kind kind = Kind::kMax;
  TimestampMs first_end_ms = 0;
  int64_t step_ms = 0;
  size_t count = 1;
  int64_t range_ms = 0;
};

/// What the caller takes samples for: those whose value compares so with a number. NaN never does.
struct ValueFilter {
  enum class Op { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  Op op = Op::kGreater;
  double bound = 0;

  bool passes(double value) const {
    switch (op) {
      case Op::kEqual:
        return value == bound;
      case Op::kLess:
        return value < bound;
      case Op::kLessEqual:
        return value <= bound;
      case Op::kGreater:
        return value > bound;
      case Op::kGreaterEqual:
        return value >= bound;
    }
    return true;
  }
};

struct SelectRequest {
  std::span<const Matcher> matchers;  ///< All must match; at least one that does not match the empty string.
  TimeRange range;
  uint64_t series_max = 1'000'000;  ///< More matching series fail with kResourceExhausted.
  /// A hint. With it a store may leave out samples of a series, and put others in their place, as long as for
  /// every window, stale markers aside, these are what they are with all of the samples in `range`:
  /// - whether it has any sample;
  /// - kMin, kMax: whether all are NaN, else the extreme of those that are not (zeros of either sign being
  ///   equal);
  /// - kSpan, kCounter: time and value of the first and the last, and the number, where each counts for
  /// itself
  ///   and those `left_out` before it;
  /// - kCounter: the values that are followed by a smaller one, in their order;
  /// - kSum: the number, and the sum. All of the series are integers then whose magnitudes add up to less
  /// than
  ///   2^53, so that the sum is exact in any order; of others samples come as they are.
  /// The times stay inside `range`, ascending and unique. Without it, or in a store that has nothing better
  /// than samples, all samples come.
  ///
  /// Only what is equal bit for bit: a store that keeps sums of whole buckets adds in another order than the
  /// samples lie in, so what it knows of sums of fractions is not what PromQL asks for.
  std::optional<WindowReduction> reduction = std::nullopt;
  /// A hint, not together with a reduction. With it a store may put one stale marker in place of samples that
  /// follow each other and do not pass, at the time of the first of them.
  std::optional<ValueFilter> filter = std::nullopt;
};

/// The samples of one series of a SeriesSet, to be read apart from the walk over it.
class SeriesSamples {
 public:
  virtual ~SeriesSamples() = default;
  /// As SeriesSet::read; at most once, from any thread, while the set lives.
  virtual Status read(SampleColumns& out) = 0;
};

/// A consistent view of the selected series, in ascending order of labels: each commit is seen whole or not
/// at all per partition. Owned by one thread. It may pin memory and files; keep it for one query.
class SeriesSet {
 public:
  virtual ~SeriesSet() = default;
  /// Moves to the next series; false after the last. Errors as `select`.
  virtual Result<bool> next() = 0;
  /// Labels of the current series; live until the next `next`.
  virtual LabelsView labels() const = 0;
  /// Appends the current series' samples inside the request's range to `out`: ascending, unique times, stale
  /// markers and histograms included. May be called once per series; a series with no sample in range may
  /// appear and appends nothing.
  virtual Status read(SampleColumns& out) = 0;
  /// In place of `read`: the current series' samples, so that several threads can read series of one set at a
  /// time. Null from a store that has series one after the other only, and always so from one set.
  virtual std::unique_ptr<SeriesSamples> detach() { return nullptr; }
  /// About how many series the set has in all, so that a caller who stops early can tell how far it was; the
  /// further the set is, the better. nullopt where that is not known.
  virtual std::optional<uint64_t> series_about() const { return std::nullopt; }
};

struct LabelRequest {
  std::span<const Matcher> matchers;  ///< Empty: all series of the tenant.
  TimeRange range;             ///< Only series that may have samples here (block granularity is enough).
  uint64_t limit = 1'000'000;  ///< At most so many results, the first in order.
};

struct ExemplarRequest {
  /// The series that one of these accepts, each as `SelectRequest::matchers`.
  std::span<const std::vector<Matcher>> selectors;
  TimeRange range;
  /// More exemplars fail with kResourceExhausted. Those that the store has in two places at that moment may
  /// count twice.
  uint64_t exemplars_max = 100'000;
};

struct EraseReport {
  uint64_t series = 0;  ///< That matched and may have had samples in the range.
};

struct StoreStatus {
  uint64_t active_series = 0;  ///< Series with samples in memory.
  uint64_t head_samples = 0;
  uint64_t head_bytes = 0;
  uint64_t block_count = 0;
  uint64_t block_bytes = 0;
  uint64_t block_samples = 0;
  TimestampMs mint_ms = 0;  ///< Oldest and newest sample; both 0 when there is none.
  TimestampMs maxt_ms = 0;
};

struct SnapshotRequest {
  std::string directory;   ///< Where it goes, on the file system of the store's own. Must not be there yet.
  bool skip_head = false;  ///< Leave out what the store holds in memory (and its log, therefore, alone).
};

/// Safe from any thread. Reads see every commit whose completion ran before the read began.
class Store {
 public:
  virtual ~Store() = default;

  /// Takes the write lease of a partition: a larger epoch than any before, so that commits under an older one
  /// fail. May wait for the database until `deadline`. Errors: kUnavailable, kDeadlineExceeded (retryable),
  /// kIo, kCorruption.
  virtual Result<Lease> acquire(PartitionId partition, Deadline deadline) = 0;

  /// Whether the store keeps native histograms. One that does not passes over those of a commit, and its
  /// report does not count them: the caller puts them elsewhere before. Always the same answer.
  virtual bool keeps_histograms() const { return true; }

  /// Applies records and moves the partition's offset, as one: after a crash either all or nothing of it is
  /// there, or `Lease::resume` lies so far back that applying again restores it. Asynchronous: `done` runs
  /// once, on a thread of the store or inside the call. At most one commit per partition at a time, in order.
  /// Errors: kTooOld (fenced: another owner has the partition; stop), kUnavailable and kDeadlineExceeded
  /// (outcome unknown; acquire again, resume from its offset), kResourceExhausted (memory or disk full;
  /// retryable), kInvalidArgument (a record holds something that this engine can never store; nothing was
  /// applied), kIo.
  virtual void commit(const Commit& commit, Deadline deadline, Completion<CommitReport> done) = 0;

  /// Log records of `partition` before this are on stable storage here; the log may forget them.
  virtual Result<Offset> durable_offset(PartitionId partition) = 0;

  /// One past the last record of `partition` that reads can see.
  virtual Result<Offset> visible_offset(PartitionId partition) = 0;

  /// Errors: kInvalidArgument (no matcher that excludes the empty string), kResourceExhausted (limits),
  /// kDeadlineExceeded, kUnavailable, kCorruption (names the block).
  virtual Result<std::unique_ptr<SeriesSet>> select(TenantId tenant, const SelectRequest& request,
                                                    Deadline deadline) = 0;

  /// Whether the store keeps exemplars. One that does not drops those of a commit, which its report counts.
  /// Always the same answer.
  virtual bool keeps_exemplars() const { return false; }

  /// The exemplars in the request's range, for each series with some there: series ascending by labels,
  /// exemplars by time; those of one time in any order that stays, none twice. They are there from the commit
  /// on, beside samples of their series or without any; they leave with retention, and where `erase` takes
  /// samples of their series and time. A store that keeps none has none. Errors as `select`.
  virtual Result<std::vector<SeriesExemplars>> exemplars(TenantId /*tenant*/,
                                                         const ExemplarRequest& /*request*/,
                                                         Deadline /*deadline*/) {
    return std::vector<SeriesExemplars>();
  }

  /// Tells whether `select` for `tenant` inside `range` (empty: never) may answer otherwise than before. When
  /// two calls for one tenant and range return the same number, whichever processes over the same data made
  /// them, then nothing that `select` shows changed between the end of the first call and the begin of the
  /// second.
  /// - Another number after: a commit of samples there, late ones too; a deletion; retention. It changes in
  ///   one step with what reads see, neither before nor after, so a fingerprint taken before an evaluation is
  ///   never newer than what the evaluation saw.
  /// - May change though nothing did: by whole hours of sample time, where samples were sent twice, after a
  ///   restart. Where data may vanish without a word, each call returns another number.
  /// - Never the same again for other data within a day: what is kept under it may live so long and no
  /// longer.
  ///   (It is a hash of counters that only grow, with a salt; any two are equal by chance once in 2^64.)
  /// docs/decisions/0009-exact-result-cache.md has the use and the proof. Cheaper than a small `select`.
  /// Errors: kUnavailable, kDeadlineExceeded.
  virtual Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline deadline) = 0;

  /// Label names, sorted and unique.
  virtual Result<std::vector<std::string>> label_names(TenantId tenant, const LabelRequest& request,
                                                       Deadline deadline) = 0;
  /// Values of one label, sorted and unique.
  virtual Result<std::vector<std::string>> label_values(TenantId tenant, std::string_view name,
                                                        const LabelRequest& request, Deadline deadline) = 0;
  /// Label sets, sorted and unique.
  virtual Result<std::vector<Labels>> series(TenantId tenant, const LabelRequest& request,
                                             Deadline deadline) = 0;

  /// Deletes the samples and exemplars of the series that all `matchers` accept (as in `select`) inside
  /// `range`, both ends included; an empty range deletes nothing. What reads saw before the call is gone for
  /// every read that begins after it has returned, whichever process reads; it survives a crash, and stays
  /// gone when records are applied again from `Lease::resume` on. Samples that are committed later are kept,
  /// also those of the same series and times, which count as new. Of commits that come during the call, some
  /// may lose samples and others not, each for good.
  /// - A read sees all of it or nothing; a SeriesSet that was open before goes on as it was.
  /// - True at once; the space comes back later, or with `compact`. Until then a series without samples may
  ///   still be named, by `select` with nothing to read. A database may name it for as long as it knows the
  ///   series.
  /// - Commits wait while it becomes durable, and reads while what is in memory is removed.
  /// Errors: kInvalidArgument (no matcher that excludes the empty string; matchers too long),
  /// kResourceExhausted (disk full, or too many deletions whose space has not come back: compact),
  /// kDeadlineExceeded, kUnavailable, kIo. After an error nothing is deleted or all, perhaps with the next
  /// start only: call again.
  virtual Result<EraseReport> erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                                    Deadline deadline) = 0;

  /// Brings all data to its resting form (head written to blocks, blocks merged, what was erased out of
  /// them); returns when done. Writes go on.
  virtual Status compact(Deadline deadline) = 0;

  /// Brings what only memory and the log hold to stable storage, so that the next process has little to apply
  /// again; `durable_offset` moves with it. Nothing to do where a commit is durable by itself. Commits and
  /// reads go on. Background work gives way to it. Errors: kDeadlineExceeded (what is done stays done, the
  /// log has the rest), kResourceExhausted (disk full), kIo.
  virtual Status flush(Deadline deadline) = 0;

  /// Makes `request.directory` one that a store of this kind opens with a log that is new, its partitions
  /// beginning at offset 0. It then shows every commit that reads saw before the call; of commits that come
  /// during the call it may show a part. Durable when this returns success; after an error what is in the
  /// directory is worthless, and the caller removes it. Commits and reads go on; a `compact` waits, and is
  /// waited for.
  /// Errors: kUnsupported (this engine's data is not in files here, and the message says how they are backed
  /// up; or the file system has no hard links), kResourceExhausted (the disk is full), kDeadlineExceeded,
  /// kAlreadyExists, kIo, kCorruption.
  virtual Status snapshot(const SnapshotRequest& request, Deadline deadline) = 0;

  virtual Result<StoreStatus> status() const = 0;
};

}  // namespace weir::store
