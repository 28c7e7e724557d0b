#pragma once

#include <memory>

#include "store/forwarding_store.h"
#include "store/views/selector_views.h"

namespace weir::store {

/// A store that tells views of what changes it.
class ViewedStore : public ForwardingStore {
 public:
  /// `views` outlives it.
  ViewedStore(std::unique_ptr<Store> store, SelectorViews& views)
      : ForwardingStore(*store), store_(std::move(store)), views_(views) {}

  void commit(const Commit& commit, Deadline deadline, Completion<CommitReport> done) override;
  Result<EraseReport> erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                            Deadline deadline) override;

 private:
  const std::unique_ptr<Store> store_;
  SelectorViews& views_;
};

/// The same store for who reads selectors again and again, and holds views of them.
class ViewReader : public ForwardingStore {
 public:
  /// Both outlive it.
  ViewReader(Store& store, SelectorViews& views) : ForwardingStore(store), views_(views) {}

  Result<std::unique_ptr<SeriesSet>> select(TenantId tenant, const SelectRequest& request,
                                            Deadline deadline) override {
    return views_.select(base_, tenant, request, deadline);
  }

 private:
  SelectorViews& views_;
};

}  // namespace weir::store
