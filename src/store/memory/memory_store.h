#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "model/histogram.h"
#include "os/random.h"
#include "store/store.h"

namespace weir::store {

/// The plainest store that keeps the contract: everything in ordered maps behind one mutex, every commit
/// durable at once, every read a copy. The yardstick of the contract suite, and the store of who needs one
/// for a moment: a test, or the samples that rules are tested with. It has no limits of its own and is gone
/// with the object. Safe from any thread.
class MemoryStore : public Store {
 public:
  /// For who uses a store alone, without a catalogue of tenants.
  static TenantId sole_tenant() { return TenantId::from_stored(1); }

  Result<Lease> acquire(PartitionId partition, Deadline) override;
  /// Completes inside the call.
  void commit(const Commit& commit, Deadline, Completion<CommitReport> done) override { done(apply(commit)); }
  Result<Offset> durable_offset(PartitionId partition) override { return visible_offset(partition); }
  Result<Offset> visible_offset(PartitionId partition) override;
  Result<std::unique_ptr<SeriesSet>> select(TenantId tenant, const SelectRequest& request, Deadline) override;
  bool keeps_exemplars() const override { return true; }
  Result<std::vector<SeriesExemplars>> exemplars(TenantId tenant, const ExemplarRequest& request,
                                                 Deadline) override;
  Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline) override;
  Result<std::vector<std::string>> label_names(TenantId tenant, const LabelRequest& request,
                                               Deadline) override;
  Result<std::vector<std::string>> label_values(TenantId tenant, std::string_view name,
                                                const LabelRequest& request, Deadline) override;
  Result<std::vector<Labels>> series(TenantId tenant, const LabelRequest& request, Deadline) override;
  Result<EraseReport> erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                            Deadline) override;
  Status compact(Deadline) override { return {}; }
  Status flush(Deadline) override { return {}; }
  Status snapshot(const SnapshotRequest&, Deadline) override {
    return unsupported("snapshot: the samples are in memory alone");
  }
  Result<StoreStatus> status() const override;

  /// One sample past leases and offsets, for tests that only need data to read.
  void append(TenantId tenant, const Labels& labels, TimestampMs timestamp_ms, double value);

 private:
  struct Value {
    double number = 0;       // of a histogram, its sum
    HistogramPtr histogram;  // null: a double

    bool same_as(const Value& other) const;
  };
  using Samples = std::map<TimestampMs, Value>;
  using Series = std::map<Labels, Samples>;
  struct Partition {
    Epoch epoch;
    Offset next;
  };

  Result<CommitReport> apply(const Commit& commit);
  void apply_record(const AppliedRecord& record, CommitReport& report);
  static void add_sample(Samples& samples, TimestampMs timestamp_ms, const Value& value,
                         CommitReport& report);
  bool erase_samples(TenantId tenant, Samples& samples, const TimeRange& range);
  static SampleColumns in_range(const Samples& samples, const TimeRange& range);
  std::vector<Labels> matching(TenantId tenant, const LabelRequest& request);

  mutable std::mutex mutex_;
  std::map<PartitionId, Partition> partitions_;
  std::map<TenantId, Series> tenants_;
  std::map<TenantId, std::map<Labels, ExemplarColumns>> exemplars_;
  std::map<TenantId, std::map<int64_t, uint64_t>> hours_;  // which change was the last of each hour
  uint64_t changes_ = 0;
  const uint64_t salt_ = os::random_seed();
};

}  // namespace weir::store
