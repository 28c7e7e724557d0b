#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rules/backtest/made_series.h"
#include "rules/backtest/rule_outputs.h"
#include "store/store.h"

namespace weir::rules::backtest {

/// A store as it would be if rules had made their series: reads show what `made` has beside what `base` has
/// of everything that the rules do not make. Of what they may make, `base` is not seen, so that the outcome
/// is the same whether the rules, or former ones, have run there or not. It is only read: all that would
/// change it is refused with kUnsupported. Owned by the thread that writes to `made`, as long as nobody reads
/// meanwhile.
class OverlayStore : public store::Store {
 public:
  /// All outlives it.
  OverlayStore(store::Store& base, const RuleOutputs& outputs, const MadeSeries& made)
      : base_(base), outputs_(outputs), made_(made) {}

  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override;
  Result<std::vector<Labels>> series(TenantId tenant, const store::LabelRequest& request,
                                     Deadline deadline) override;
  Result<store::StoreStatus> status() const override { return base_.status(); }

  // Of these, what the rules make is no part.
  Result<std::vector<std::string>> label_names(TenantId tenant, const store::LabelRequest& request,
                                               Deadline deadline) override {
    return base_.label_names(tenant, request, deadline);
  }
  Result<std::vector<std::string>> label_values(TenantId tenant, std::string_view name,
                                                const store::LabelRequest& request,
                                                Deadline deadline) override {
    return base_.label_values(tenant, name, request, deadline);
  }
  Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline deadline) override {
    return base_.fingerprint(tenant, range, deadline);
  }

  Result<store::Lease> acquire(PartitionId, Deadline) override { return refused(); }
  void commit(const store::Commit&, Deadline, Completion<store::CommitReport> done) override {
    done(refused());
  }
  Result<Offset> durable_offset(PartitionId partition) override { return base_.durable_offset(partition); }
  Result<Offset> visible_offset(PartitionId partition) override { return base_.visible_offset(partition); }
  Result<store::EraseReport> erase(TenantId, std::span<const Matcher>, TimeRange, Deadline) override {
    return refused();
  }
  Status compact(Deadline) override { return refused(); }
  Status flush(Deadline) override { return refused(); }
  Status snapshot(const store::SnapshotRequest&, Deadline) override { return refused(); }

 private:
  static Error refused() { return unsupported("backtest: the store is only read"); }

  store::Store& base_;
  const RuleOutputs& outputs_;
  const MadeSeries& made_;
};

}  // namespace weir::rules::backtest
