#pragma once

#include "store/store.h"

namespace weir::store {

/// A store that is another one in everything that is not overridden.
class ForwardingStore : public Store {
 public:
  /// `base` outlives it.
  explicit ForwardingStore(Store& base) : base_(base) {}

  Result<Lease> acquire(PartitionId partition, Deadline deadline) override {
    return base_.acquire(partition, deadline);
  }
  bool keeps_histograms() const override { return base_.keeps_histograms(); }
  void commit(const Commit& commit, Deadline deadline, Completion<CommitReport> done) override {
    base_.commit(commit, deadline, std::move(done));
  }
  Result<Offset> durable_offset(PartitionId partition) override { return base_.durable_offset(partition); }
  Result<Offset> visible_offset(PartitionId partition) override { return base_.visible_offset(partition); }
  Result<std::unique_ptr<SeriesSet>> select(TenantId tenant, const SelectRequest& request,
                                            Deadline deadline) override {
    return base_.select(tenant, request, deadline);
  }
  bool keeps_exemplars() const override { return base_.keeps_exemplars(); }
  Result<std::vector<SeriesExemplars>> exemplars(TenantId tenant, const ExemplarRequest& request,
                                                 Deadline deadline) override {
    return base_.exemplars(tenant, request, deadline);
  }
  Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline deadline) override {
    return base_.fingerprint(tenant, range, deadline);
  }
  Result<std::vector<std::string>> label_names(TenantId tenant, const LabelRequest& request,
                                               Deadline deadline) override {
    return base_.label_names(tenant, request, deadline);
  }
  Result<std::vector<std::string>> label_values(TenantId tenant, std::string_view name,
                                                const LabelRequest& request, Deadline deadline) override {
    return base_.label_values(tenant, name, request, deadline);
  }
  Result<std::vector<Labels>> series(TenantId tenant, const LabelRequest& request,
                                     Deadline deadline) override {
    return base_.series(tenant, request, deadline);
  }
  Result<EraseReport> erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                            Deadline deadline) override {
    return base_.erase(tenant, matchers, range, deadline);
  }
  Status compact(Deadline deadline) override { return base_.compact(deadline); }
  Status flush(Deadline deadline) override { return base_.flush(deadline); }
  Status snapshot(const SnapshotRequest& request, Deadline deadline) override {
    return base_.snapshot(request, deadline);
  }
  Result<StoreStatus> status() const override { return base_.status(); }

 protected:
  Store& base_;
};

}  // namespace weir::store
