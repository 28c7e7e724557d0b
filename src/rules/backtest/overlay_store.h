#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rules/backtest/made_series.h"
#include "rules/backtest/rule_outputs.h"
#include "store/forwarding_store.h"

namespace weir::rules::backtest {

/// A store as it would be if rules had made their series: reads show what `made` has beside what `base` has
/// of everything that the rules do not make. Of what they may make, `base` is not seen, so that the outcome
/// is the same whether the rules, or former ones, have run there or not. It is only read: all that would
/// change it is refused with kUnsupported. Owned by the thread that writes to `made`, as long as nobody reads
/// meanwhile.
class OverlayStore : public store::ForwardingStore {
 public:
  /// All outlives it.
  OverlayStore(store::Store& base, const RuleOutputs& outputs, const MadeSeries& made)
      : ForwardingStore(base), outputs_(outputs), made_(made) {}

  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override;
  Result<std::vector<Labels>> series(TenantId tenant, const store::LabelRequest& request,
                                     Deadline deadline) override;

  // What else is asked, the rules make no part of.

  Result<store::Lease> acquire(PartitionId, Deadline) override { return refused(); }
  void commit(const store::Commit&, Deadline, Completion<store::CommitReport> done) override {
    done(refused());
  }
  Result<store::EraseReport> erase(TenantId, std::span<const Matcher>, TimeRange, Deadline) override {
    return refused();
  }
  Status compact(Deadline) override { return refused(); }
  Status flush(Deadline) override { return refused(); }
  Status snapshot(const store::SnapshotRequest&, Deadline) override { return refused(); }

 private:
  static Error refused() { return unsupported("backtest: the store is only read"); }

  const RuleOutputs& outputs_;
  const MadeSeries& made_;
};

}  // namespace weir::rules::backtest
