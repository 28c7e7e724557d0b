#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/matcher.h"
#include "store/store.h"
#include "telemetry/metrics.h"

namespace weir::store {

/// The series of a selector, as somebody reads them again and again: for times that move forward, so far
/// back.
struct ViewedSelector {
  std::vector<Matcher> matchers;
  int64_t range_ms = 0;
};

/// Views of a store in memory, each of one selector, kept up by what is committed: whoever reads a selector
/// for every new time reads it there, and the store is asked once. What a view answers is what the store
/// would (selector_views_test.cc holds it to that); where it cannot, the store is asked: for older times,
/// native histograms, more bytes than there may be. It has to see all that changes the store (ViewedStore),
/// so it is for a process that alone writes what it reads. Safe from any thread.
class SelectorViews {
 public:
  struct Options {
    uint64_t bytes_max = uint64_t{256} << 20;  ///< Of all views. 0: there are none.
    int64_t range_ms_max = 3'600'000;          ///< A selector that is read further back has no view.
    os::milliseconds retry{300'000};           ///< When what was too large is tried again.
  };
  /// `clock` and `registry` outlive it.
  SelectorViews(const Options& options, const os::Clock& clock, telemetry::Registry& registry);
  ~SelectorViews();

  /// Has come to hold other samples, up to that time. Called by who commits, with no lock held; must not
  /// block, and may still be called for a moment after the hold is gone.
  using OnChange = std::function<void(TimestampMs newest_ms)>;
  /// Keeps the views of some selectors for as long as it lives.
  class Hold {
   public:
    virtual ~Hold() = default;
  };
  /// `on_change` may be empty. Null where one of the selectors can have no view: they are read in the store
  /// then. The views are read from the store with the first `select`; before, there are no changes.
  std::unique_ptr<Hold> hold(TenantId tenant, std::vector<ViewedSelector> selectors, OnChange on_change);

  /// As Store::select of `store`, from a view where there is one.
  Result<std::unique_ptr<SeriesSet>> select(Store& store, TenantId tenant, const SelectRequest& request,
                                            Deadline deadline);

  // What happens to the store. A commit says before it begins at which `generation` it does.
  uint64_t generation() const;
  /// Before the commit completes for who asked for it. `report` is an error where the outcome is not known.
  void committed(const Commit& commit, const Result<CommitReport>& report, uint64_t generation);
  /// Before and after a deletion.
  void erased(TenantId tenant);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace weir::store
