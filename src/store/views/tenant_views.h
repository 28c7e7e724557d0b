#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>

#include "model/matcher_index.h"
#include "store/views/selector_view.h"
#include "store/views/selector_views.h"

namespace weir::store {

/// The views of one tenant. Safe from any thread.
class TenantViews {
 public:
  /// What the views of all tenants share.
  struct Budget {
    const uint64_t bytes_max;
    const os::milliseconds retry;
    const os::Clock& clock;
    std::atomic<uint64_t> bytes{0};
    std::atomic<uint64_t> views{0};

    uint64_t bytes_left() const {
      const uint64_t used = bytes.load();
      return used < bytes_max ? bytes_max - used : 0;
    }
  };
  /// `budget` outlives it.
  TenantViews(TenantId tenant, Budget& budget) : tenant_(tenant), budget_(budget) {}

  /// As SelectorViews::hold; returns what `release` wants.
  uint64_t hold(std::vector<ViewedSelector> selectors, SelectorViews::OnChange on_change);
  void release(uint64_t number);

  /// From a view, which is read from the store where it is not there yet. Null where the store has to be
  /// asked. Errors: kResourceExhausted, as the store's.
  Result<std::unique_ptr<SeriesSet>> select(Store& store, const SelectRequest& request, Deadline deadline);

  /// Whom to tell, and up to which time their samples are others.
  using Changes = std::vector<std::pair<std::shared_ptr<const SelectorViews::OnChange>, TimestampMs>>;
  /// Takes over records of this tenant. `is_exact` is asked under the lock: whether all of their samples are
  /// in the store now. Returns how many views it has given up since they might differ from the store.
  size_t committed(std::span<const AppliedRecord> records, absl::FunctionRef<bool()> is_exact,
                   Changes& changes);
  /// Gives up what all views hold; `meanwhile` is called under the lock.
  void reset(absl::FunctionRef<void()> meanwhile);

 private:
  enum class State {
    kEmpty,
    kFilling,  // somebody reads it from the store; what is committed meanwhile waits
    kFilled,
    kOff,  // too large, or with histograms
  };
  struct Waiting {
    Labels labels;
    TimestampMs at_ms;
    double value;
    bool replaces;
  };
  struct Slot {
    explicit Slot(const ViewedSelector& selector) : view(selector.matchers, selector.range_ms) {}

    SelectorView view;
    State state = State::kEmpty;
    os::SteadyTime off_until;
    uint64_t fill = 0;  // the number of the newest attempt
    std::vector<Waiting> waiting;
    size_t counted_bytes = 0;  // of the budget
    std::map<uint64_t, std::shared_ptr<const SelectorViews::OnChange>> holders;
  };
  /// Where the samples of a series go.
  struct Route {
    Slot* slot;
    SelectorView::SeriesPtr series;  // null until it has been looked up
  };
  /// What a commit has done to a view.
  struct Touched {
    TimestampMs newest_ms = 0;
    bool changed = false;
    bool has_histograms = false;
  };
  using TouchedSlots = std::map<Slot*, Touched>;

  // Called with the mutex held by who changes things.
  std::vector<Route>& routes_of(uint64_t hash, LabelsView labels);
  void feed(const AppliedRecord& record, TouchedSlots& touched);
  void feed(Route& route, LabelsView labels, const Batch& batch, const Batch::Series& series,
            Touched& touched);
  size_t settle(const TouchedSlots& touched, bool is_exact, Changes& changes);
  void empty(Slot& slot, State state);
  void count_bytes(Slot& slot);
  void forget_ended();
  void selectors_changed();

  Slot* find(const std::string& key) const;
  std::unique_ptr<SeriesSet> fill(Store& store, const std::string& key, const SelectRequest& request,
                                  Deadline deadline);
  std::unique_ptr<SeriesSet> filled(Slot& slot, Result<std::optional<SelectorView::Content>> content,
                                    const SelectRequest& request);

  const TenantId tenant_;
  Budget& budget_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<Slot>> slots_;  // guarded by mutex_, as is what follows; by matchers
  MatcherIndex<Slot*> index_;
  bool index_is_stale_ = false;
  absl::flat_hash_map<uint64_t, std::vector<Route>> routes_;  // by the hashes of series
  uint64_t next_number_ = 0;
  os::SteadyTime next_forget_;
};

}  // namespace weir::store
