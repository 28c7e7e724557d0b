#pragma once

#include <memory>
#include <vector>

#include "store/store.h"

namespace weir::aggregation {

/// The series that any of several selectors accepts, each once, in ascending order of labels. Owned by one
/// thread.
class InputWalk {
 public:
  /// Errors as `Store::select`.
  static Result<InputWalk> open(store::Store& store, TenantId tenant,
                                std::span<const std::vector<Matcher>> selectors, TimeRange range,
                                Deadline deadline);

  /// Moves to the next series; false after the last. Errors as SeriesSet::next.
  Result<bool> next();
  /// Of the current series; live until the next `next`.
  LabelsView labels() const { return current_->labels(); }
  /// Its samples, stale markers and histograms left out, in the place of what was in `out`.
  Status read(SampleColumns& out);

 private:
  Status advance(store::SeriesSet* set);

  std::vector<std::unique_ptr<store::SeriesSet>> sets_;  // those that are not at their end
  store::SeriesSet* current_ = nullptr;
};

}  // namespace weir::aggregation
