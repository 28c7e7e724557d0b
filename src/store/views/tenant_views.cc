#include "store/views/tenant_views.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include <fmt/format.h>

namespace weir::store {
namespace {

constexpr size_t kWaitingMax = 1'000'000;
constexpr size_t kRoutesMax = 4'000'000;
constexpr os::milliseconds kForgetInterval{60'000};

/// Equal for equal selectors, however they are written down.
std::string key_of(std::span<const Matcher> matchers) {
  std::vector<std::string> texts;
  texts.reserve(matchers.size());
  for (const Matcher& matcher : matchers) texts.push_back(matcher.to_string());
  std::ranges::sort(texts);
  return fmt::format("{}", fmt::join(texts, ","));
}

}  // namespace

uint64_t TenantViews::hold(std::vector<ViewedSelector> selectors, SelectorViews::OnChange on_change) {
  auto shared = on_change ? std::make_shared<const SelectorViews::OnChange>(std::move(on_change)) : nullptr;
  std::unique_lock lock(mutex_);
  const uint64_t number = next_number_++;
  for (const ViewedSelector& selector : selectors) {
    std::unique_ptr<Slot>& slot = slots_[key_of(selector.matchers)];
    if (slot == nullptr) {
      slot = std::make_unique<Slot>(selector);
      ++budget_.views;
      selectors_changed();
    } else if (slot->view.range_ms() < selector.range_ms) {
      empty(*slot, State::kEmpty);
      slot->view.clear(selector.range_ms);
    }
    slot->holders.emplace(number, shared);
  }
  return number;
}

void TenantViews::release(uint64_t number) {
  std::unique_lock lock(mutex_);
  const size_t erased = std::erase_if(slots_, [&](const auto& one) {
    Slot& slot = *one.second;
    if (slot.holders.erase(number) == 0 || !slot.holders.empty()) return false;
    empty(slot, State::kEmpty);
    return true;
  });
  if (erased == 0) return;
  budget_.views -= erased;
  selectors_changed();
}

Result<std::unique_ptr<SeriesSet>> TenantViews::select(Store& store, const SelectRequest& request,
                                                       Deadline deadline) {
  const std::string key = key_of(request.matchers);
  {
    std::shared_lock lock(mutex_);
    const Slot* slot = find(key);
    if (slot == nullptr) return std::unique_ptr<SeriesSet>();
    if (slot->view.reaches(request.range.mint_ms)) {
      auto set = slot->view.select(request.range, request.series_max);
      if (set == nullptr)
        return resource_exhausted(fmt::format("select: more than {} series match", request.series_max));
      return set;
    }
    const bool again = slot->state == State::kOff && budget_.clock.steady() >= slot->off_until;
    if (slot->state != State::kEmpty && !again) return std::unique_ptr<SeriesSet>();
  }
  return fill(store, key, request, deadline);
}

// What is committed before the store is asked, it shows; what is committed from then on waits.
std::unique_ptr<SeriesSet> TenantViews::fill(Store& store, const std::string& key,
                                             const SelectRequest& request, Deadline deadline) {
  uint64_t number = 0;
  TimestampMs from_ms = 0;
  {
    std::unique_lock lock(mutex_);
    Slot* slot = find(key);
    if (slot == nullptr || slot->state == State::kFilling || slot->state == State::kFilled) return nullptr;
    from_ms = std::max<TimestampMs>(0, request.range.maxt_ms - slot->view.range_ms());
    if (request.range.mint_ms < from_ms) return nullptr;  // further back than it will ever hold
    slot->state = State::kFilling;
    slot->waiting.clear();
    number = slot->fill = next_number_++;
  }
  auto content = read_content(store, tenant_, request.matchers, from_ms, budget_.bytes_left(),
                              request.series_max, deadline);
  std::unique_lock lock(mutex_);
  Slot* slot = find(key);
  if (slot == nullptr || slot->state != State::kFilling || slot->fill != number) return nullptr;
  return filled(*slot, std::move(content), request);
}

std::unique_ptr<SeriesSet> TenantViews::filled(Slot& slot,
                                               Result<std::optional<SelectorView::Content>> content,
                                               const SelectRequest& request) {
  if (!content.ok() || !*content) {
    const bool later = !content.ok() && content.error().code != Code::kResourceExhausted;
    empty(slot, later ? State::kEmpty : State::kOff);
    return nullptr;
  }
  slot.view.fill(**std::move(content));
  slot.state = State::kFilled;
  for (const Waiting& one : std::exchange(slot.waiting, {}))
    slot.view.add(*slot.view.series(one.labels), one.at_ms, one.value, one.replaces);
  routes_.clear();
  count_bytes(slot);
  return slot.view.reaches(request.range.mint_ms) ? slot.view.select(request.range, request.series_max)
                                                  : nullptr;
}

size_t TenantViews::committed(std::span<const AppliedRecord> records, absl::FunctionRef<bool()> is_exact,
                              Changes& changes) {
  std::unique_lock lock(mutex_);
  if (slots_.empty()) return 0;
  TouchedSlots touched;
  for (const AppliedRecord& record : records) feed(record, touched);
  const size_t given_up = settle(touched, is_exact(), changes);
  if (budget_.clock.steady() >= next_forget_) forget_ended();
  return given_up;
}

void TenantViews::reset(absl::FunctionRef<void()> meanwhile) {
  std::unique_lock lock(mutex_);
  meanwhile();
  for (const auto& [key, slot] : slots_) {
    if (slot->state == State::kFilling || slot->state == State::kFilled) empty(*slot, State::kEmpty);
  }
}

void TenantViews::feed(const AppliedRecord& record, TouchedSlots& touched) {
  for (size_t i = 0; i < record.series_count(); ++i) {
    const Batch::Series& series = record.series(i);
    if (series.sample_count == 0 && series.histogram_count == 0) continue;
    const LabelsView labels = record.batch->labels(series);
    for (Route& route : routes_of(record.hash(i), labels)) {
      if (route.slot->state == State::kFilling || route.slot->state == State::kFilled)
        feed(route, labels, *record.batch, series, touched[route.slot]);
    }
  }
}

void TenantViews::feed(Route& route, LabelsView labels, const Batch& batch, const Batch::Series& series,
                       Touched& touched) {
  Slot& slot = *route.slot;
  if (series.histogram_count > 0) touched.has_histograms = true;
  const auto times_ms = batch.timestamps_ms(series);
  const auto values = batch.values(series);
  if (slot.state == State::kFilled && (route.series == nullptr || route.series->labels.view() != labels))
    route.series = slot.view.series(labels);
  for (size_t i = 0; i < times_ms.size(); ++i) {
    if (is_replace_mark(values[i])) continue;
    const bool replaces = batch.replaces(series, i);
    if (slot.state == State::kFilling) {
      slot.waiting.push_back({Labels(labels), times_ms[i], values[i], replaces});
    } else if (!slot.view.add(*route.series, times_ms[i], values[i], replaces)) {
      continue;
    }
    touched.changed = true;
    touched.newest_ms = std::max(touched.newest_ms, times_ms[i]);
  }
}

// Where not all samples of a commit were appended, or something has been deleted meanwhile, one that is new
// to a view may be one that the store does not have; then the store says what is there.
size_t TenantViews::settle(const TouchedSlots& touched, bool is_exact, Changes& changes) {
  size_t given_up = 0;
  for (const auto& [slot, what] : touched) {
    if (what.has_histograms || slot->waiting.size() > kWaitingMax) {
      empty(*slot, State::kOff);
    } else if (what.changed && !is_exact) {
      empty(*slot, State::kEmpty);
      ++given_up;
    } else {
      count_bytes(*slot);
      if (budget_.bytes_left() == 0) empty(*slot, State::kOff);
    }
    if (!what.changed) continue;
    for (const auto& [number, on_change] : slot->holders) {
      if (on_change != nullptr) changes.emplace_back(on_change, what.newest_ms);
    }
  }
  return given_up;
}

std::vector<TenantViews::Route>& TenantViews::routes_of(uint64_t hash, LabelsView labels) {
  if (routes_.size() > kRoutesMax) routes_.clear();
  const auto [at, is_new] = routes_.try_emplace(hash);
  if (!is_new) return at->second;
  if (index_is_stale_) {
    index_ = {};
    for (const auto& [key, slot] : slots_) index_.add(slot->view.matchers(), slot.get());
    index_is_stale_ = false;
  }
  index_.for_candidates(labels, [&](Slot* slot) {
    if (all_match(slot->view.matchers(), labels)) at->second.push_back({slot, nullptr});
  });
  return at->second;
}

void TenantViews::empty(Slot& slot, State state) {
  slot.view.clear();
  slot.waiting = {};
  slot.state = state;
  if (state == State::kOff) slot.off_until = budget_.clock.steady() + budget_.retry;
  count_bytes(slot);
  routes_.clear();  // they have its series
}

void TenantViews::count_bytes(Slot& slot) {
  const size_t bytes = slot.view.size_bytes();
  budget_.bytes += bytes - slot.counted_bytes;
  slot.counted_bytes = bytes;
}

void TenantViews::forget_ended() {
  next_forget_ = budget_.clock.steady() + kForgetInterval;
  bool any = false;
  for (const auto& [key, slot] : slots_) {
    any = slot->view.forget_ended() || any;
    count_bytes(*slot);
  }
  if (any) routes_.clear();
}

void TenantViews::selectors_changed() {
  index_is_stale_ = true;
  routes_.clear();
}

TenantViews::Slot* TenantViews::find(const std::string& key) const {
  const auto found = slots_.find(key);
  return found == slots_.end() ? nullptr : found->second.get();
}

}  // namespace weir::store
