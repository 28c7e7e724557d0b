#include "aggregation/input_walk.h"

#include <algorithm>
#include <limits>

namespace weir::aggregation {
namespace {

/// The bound is on the groups that come of them (Definition::groups_max).
constexpr uint64_t kSeriesMax = std::numeric_limits<uint64_t>::max();

/// Keeps the doubles that are no stale markers.
void keep_numbers(SampleColumns& columns) {
  columns.align_histograms();
  size_t kept = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool is_histogram = !columns.histograms.empty() && columns.histograms[i] != nullptr;
    if (is_histogram || is_stale(columns.values[i])) continue;
    columns.timestamps_ms[kept] = columns.timestamps_ms[i];
    columns.values[kept] = columns.values[i];
    ++kept;
  }
  columns.timestamps_ms.resize(kept);
  columns.values.resize(kept);
  columns.histograms.clear();
}

}  // namespace

Result<InputWalk> InputWalk::open(store::Store& store, TenantId tenant,
                                  std::span<const std::vector<Matcher>> selectors, TimeRange range,
                                  Deadline deadline) {
  InputWalk walk;
  for (const std::vector<Matcher>& matchers : selectors) {
    ASSIGN_OR_RETURN(auto set, store.select(tenant, {matchers, range, kSeriesMax}, deadline));
    ASSIGN_OR_RETURN(const bool any, set->next());
    if (any) walk.sets_.push_back(std::move(set));
  }
  return walk;
}

// The current series is the smallest of those that the sets stand at.
Result<bool> InputWalk::next() {
  if (current_ != nullptr) {
    const Labels done(sets_.size() > 1 ? current_->labels() : LabelsView());
    store::SeriesSet* const last = current_;
    if (sets_.size() > 1) {
      std::vector<store::SeriesSet*> same;
      for (const auto& set : sets_) {
        if (set.get() != last && set->labels() == done.view()) same.push_back(set.get());
      }
      for (store::SeriesSet* set : same) RETURN_IF_ERROR(advance(set));
    }
    RETURN_IF_ERROR(advance(last));
  }
  if (sets_.empty()) return false;
  current_ = std::ranges::min_element(sets_, [](const auto& a, const auto& b) {
               return a->labels() < b->labels();
             })->get();
  return true;
}

Status InputWalk::advance(store::SeriesSet* set) {
  ASSIGN_OR_RETURN(const bool more, set->next());
  if (!more) std::erase_if(sets_, [&](const auto& one) { return one.get() == set; });
  return ok_status();
}

Status InputWalk::read(SampleColumns& out) {
  out.clear();
  RETURN_IF_ERROR(current_->read(out));
  const bool all_numbers = out.histograms.empty() && std::ranges::none_of(out.values, is_stale);
  if (!all_numbers) keep_numbers(out);
  return ok_status();
}

}  // namespace weir::aggregation
