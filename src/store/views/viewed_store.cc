#include "store/views/viewed_store.h"

#include <utility>

namespace weir::store {

// The records live until the completion has run.
void ViewedStore::commit(const Commit& commit, Deadline deadline, Completion<CommitReport> done) {
  const uint64_t generation = views_.generation();
  base_.commit(commit, deadline,
               [this, commit, generation, done = std::move(done)](Result<CommitReport> report) mutable {
                 views_.committed(commit, report, generation);
                 done(std::move(report));
               });
}

Result<EraseReport> ViewedStore::erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                                       Deadline deadline) {
  views_.erased(tenant);
  auto report = base_.erase(tenant, matchers, range, deadline);
  views_.erased(tenant);
  return report;
}

}  // namespace weir::store
