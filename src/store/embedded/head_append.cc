#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "store/embedded/head_shard.h"

namespace weir::store::embedded {

// Where a commit stands. The window is kept from sample to sample, since neighbours nearly always share it.
struct HeadShard::CommitState {
  const BlockList& blocks;
  os::SteadyTime now;
  CommitReport report{};

  Offset offset{};  // of the record
  TenantId tenant = TenantId::from_stored(0);
  TimestampMs oldest_ms = 0;  // of the tenant's samples that are taken
  HeadIndex* index = nullptr;

  KnownSeries previous{};  // the series before this one in the record, if it is in the head
  HashedLabels labels{};
  HeadSeries* series = nullptr;  // null until the series is in the head

  TimeRange range{0, -1};  // of the window below; empty at first
  bool has_prior = false;
  Offset covered{};        // records before it are in blocks as far as this window goes
  Window* open = nullptr;  // null until the window is in the head

  std::vector<TimeRange> deleted{};  // times of the series that deletions take from the record

  TimeRange changed{0, -1};  // the hour that was last noted as changed by the record
};

namespace {

bool is_deleted(const std::vector<TimeRange>& deleted, TimestampMs timestamp_ms) {
  return std::any_of(deleted.begin(), deleted.end(),
                     [&](const TimeRange& range) { return range.contains(timestamp_ms); });
}

}  // namespace

Result<CommitReport> HeadShard::apply(const Commit& commit,
                                      absl::FunctionRef<TimestampMs(TenantId)> oldest_ms,
                                      os::SteadyTime now) {
  std::lock_guard lock(mutex_);
  if (commit.lease.epoch != epoch_) {
    return too_old(fmt::format("partition {}: the lease of epoch {} has ended, the current one is {}",
                               partition_.value(), commit.lease.epoch.value(), epoch_.value()));
  }
  const BlockListPtr blocks = blocks_.get();
  CommitState state{.blocks = *blocks, .now = now};
  for (const AppliedRecord& record : commit.records) {
    std::unique_ptr<HeadIndex>& index = tenants_[record.tenant];
    if (index == nullptr) index = std::make_unique<HeadIndex>();
    state.offset = record.offset;
    state.tenant = record.tenant;
    state.oldest_ms = oldest_ms(record.tenant);
    state.index = index.get();
    state.previous = {};
    state.changed = {0, -1};
    ++changes_;
    for (size_t i = 0; i < record.series_count(); ++i) apply_series(state, record, i);
  }
  next_ = std::max(next_, commit.next);
  publish_size();
  return state.report;
}

// The labels stay in registers: copied in memory they would be read again, by wider loads, before the stores
// of the series before have left for cold memory, and wait for those.
void HeadShard::apply_series(CommitState& state, const AppliedRecord& record, size_t i) {
  const Batch& batch = *record.batch;
  const Batch::Series& series = record.series(i);
  const LabelsView labels = batch.labels(series);
  state.labels = {labels, record.hash(i)};
  state.series = state.index->find_after(state.previous, state.labels);
  if (state.offset < deleted_before_) {
    state.deleted = deleted_of(state.tenant, state.offset, labels);
  } else if (!state.deleted.empty()) {
    state.deleted.clear();
  }
  apply_samples(state, batch, series);
  if (state.series == nullptr) return;
  HeadSeries* const previous = state.previous.series;
  if (previous != nullptr && previous->successor != state.series)
    state.index->set_successor(*previous, *state.series);
  state.previous = {state.series, labels};
}

void HeadShard::apply_samples(CommitState& state, const Batch& batch, const Batch::Series& series) {
  const auto timestamps_ms = batch.timestamps_ms(series);
  const auto values = batch.values(series);
  for (size_t i = 0; i < timestamps_ms.size(); ++i) {
    if (is_replace_mark(values[i])) continue;
    const NewSample sample{timestamps_ms[i], values[i], nullptr, batch.replaces(series, i)};
    count(apply_sample(state, sample), state.report);
  }
  const auto histogram_times_ms = batch.histogram_times_ms(series);
  for (size_t i = 0; i < histogram_times_ms.size(); ++i) {
    const NewSample sample{histogram_times_ms[i], 0, &batch.histograms(series)[i]};
    count(apply_sample(state, sample), state.report);
  }
  for (size_t i = 0; i < series.exemplar_count; ++i) apply_exemplar(state, batch.exemplar(series, i));
}

void HeadShard::count(Outcome outcome, CommitReport& report) {
  switch (outcome) {
    case Outcome::kAppended:
      ++report.appended;
      break;
    case Outcome::kDuplicate:
      ++report.duplicates;
      break;
    case Outcome::kConflict:
      ++report.conflicts;
      break;
    case Outcome::kTooOld:
      ++report.too_old;
      break;
  }
}

HeadShard::Outcome HeadShard::apply_sample(CommitState& state, const NewSample& sample) {
  if (sample.timestamp_ms < state.oldest_ms) return Outcome::kTooOld;
  if (!state.range.contains(sample.timestamp_ms)) enter_window(state, sample.timestamp_ms);
  if (state.offset < state.covered || is_deleted(state.deleted, sample.timestamp_ms))
    return Outcome::kDuplicate;

  SeriesWindow* window = open_window(state);
  if (window != nullptr && sample.timestamp_ms > window->newest_ms()) {
    store(state, *window, sample);
    return Outcome::kAppended;
  }
  const TimestampMs prior_maxt_ms = window != nullptr ? window->prior_maxt_ms() : newest_elsewhere(state);
  std::optional<StoredSample> stored;
  if (window != nullptr) stored = window->find(sample.timestamp_ms);
  if (!stored && sample.timestamp_ms <= prior_maxt_ms) stored = find_elsewhere(state, sample.timestamp_ms);
  if (stored && stored->same_as(sample)) return Outcome::kDuplicate;
  if (stored && !sample.replaces) return Outcome::kConflict;
  if (stored && window != nullptr) take_out(state, *window, sample.timestamp_ms);
  store(state, window != nullptr ? *window : add_series_window(state, prior_maxt_ms), sample);
  return Outcome::kAppended;
}

// What is stored in a frozen window or a block stays there, and reads pass over it for the newer one.
void HeadShard::take_out(CommitState& state, SeriesWindow& window, TimestampMs timestamp_ms) {
  const size_t before = window.sample_count();
  const int64_t grown = window.erase_samples({timestamp_ms, timestamp_ms});
  state.open->size_bytes += static_cast<uint64_t>(grown);
  state.open->sample_count -= before - window.sample_count();
}

// One that is in a block already, of a sender that tries again after a cut, is stored a second time, and
// reads and merges drop it: looking for it would cost every exemplar more than that.
void HeadShard::apply_exemplar(CommitState& state, const Exemplar& exemplar) {
  if (exemplar.timestamp_ms < state.oldest_ms) {
    ++state.report.dropped_exemplars;
    return;
  }
  if (!state.range.contains(exemplar.timestamp_ms)) enter_window(state, exemplar.timestamp_ms);
  if (state.offset < state.covered || is_deleted(state.deleted, exemplar.timestamp_ms)) return;
  SeriesWindow* window = open_window(state);
  if (window != nullptr && window->exemplars().contains(exemplar)) return;
  const bool series_full = window != nullptr && window->exemplars().size() >= kHeadExemplarsMax;
  const size_t bytes = ExemplarColumns::bytes_of(exemplar.labels.bytes().size());
  if (series_full || exemplar_bytes_ + bytes > exemplar_bytes_max_) {
    ++state.report.dropped_exemplars;
    return;
  }
  store(state, window != nullptr ? *window : add_series_window(state, newest_elsewhere(state)), exemplar);
  ++state.report.exemplars;
}

void HeadShard::enter_window(CommitState& state, TimestampMs timestamp_ms) const {
  state.range = window_range(timestamp_ms);
  const TimestampMs start_ms = state.range.mint_ms;
  const auto covered = covered_.find(start_ms);
  state.covered = covered == covered_.end() ? Offset(std::numeric_limits<int64_t>::min()) : covered->second;
  const auto open = open_.find(start_ms);
  state.open = open == open_.end() ? nullptr : const_cast<Window*>(&open->second);
  state.has_prior = state.open != nullptr
                        ? state.open->has_prior
                        : frozen_.contains(start_ms) || any_overlaps(state.blocks, state.range);
}

SeriesWindow* HeadShard::open_window(CommitState& state) const {
  if (state.series == nullptr) return nullptr;
  auto& windows = state.series->windows;
  const auto at = std::find_if(windows.rbegin(), windows.rend(), [&](const SeriesWindow& window) {
    return window.start_ms() == state.range.mint_ms && !window.frozen();
  });
  return at == windows.rend() ? nullptr : &*at;
}

TimestampMs HeadShard::newest_elsewhere(const CommitState& state) const {
  TimestampMs newest_ms = std::numeric_limits<TimestampMs>::min();
  if (!state.has_prior) return newest_ms;
  if (state.series != nullptr) {
    for (const SeriesWindow& window : state.series->windows) {
      if (window.start_ms() == state.range.mint_ms && window.frozen())
        newest_ms = std::max(newest_ms, window.newest_ms());
    }
  }
  const auto in_blocks = newest_in_blocks(state.blocks, state.tenant, state.labels.labels, state.range);
  return in_blocks ? std::max(newest_ms, *in_blocks) : newest_ms;
}

std::optional<StoredSample> HeadShard::find_elsewhere(const CommitState& state,
                                                      TimestampMs timestamp_ms) const {
  if (state.series != nullptr) {
    for (const SeriesWindow& window : state.series->windows) {
      if (!window.frozen() || window.start_ms() != state.range.mint_ms) continue;
      if (auto stored = window.find(timestamp_ms)) return stored;
    }
  }
  return find_in_blocks(state.blocks, state.tenant, state.labels.labels, timestamp_ms);
}

// Puts the series and the window into the head as far as they are not there yet. What is not stored leaves no
// trace, so no window is ever empty.
SeriesWindow& HeadShard::add_series_window(CommitState& state, TimestampMs prior_maxt_ms) {
  if (state.open == nullptr) {
    Window window;
    window.range = state.range;
    window.low = state.offset;
    window.has_prior = state.has_prior;
    window.samples_range = {std::numeric_limits<TimestampMs>::max(), 0};
    window.first_write = state.now;
    state.open = &open_.emplace(state.range.mint_ms, std::move(window)).first->second;
  }
  if (state.series == nullptr) {
    series_bytes_ -= state.index->size_bytes();
    state.series = &state.index->add(state.labels);
    series_bytes_ += state.index->size_bytes();
    ++state.report.new_series;
  }
  state.open->series.push_back(state.series);
  state.open->size_bytes += sizeof(SeriesWindow) + sizeof(HeadSeries*);
  return state.series->windows.emplace_back(state.range.mint_ms, prior_maxt_ms);
}

void HeadShard::store(CommitState& state, SeriesWindow& window, const NewSample& sample) {
  Window& open = *state.open;
  const int64_t grown = sample.histogram == nullptr ? window.insert(Sample{sample.timestamp_ms, sample.value})
                                                    : window.insert(sample.timestamp_ms, *sample.histogram);
  open.size_bytes += static_cast<uint64_t>(grown);
  open.low = std::min(open.low, state.offset);
  open.samples_range.mint_ms = std::min(open.samples_range.mint_ms, sample.timestamp_ms);
  open.samples_range.maxt_ms = std::max(open.samples_range.maxt_ms, sample.timestamp_ms);
  open.last_write = state.now;
  ++open.sample_count;
  if (!state.changed.contains(sample.timestamp_ms)) note_change(state, sample.timestamp_ms);
}

// Nothing that `select` shows changes.
void HeadShard::store(CommitState& state, SeriesWindow& window, const Exemplar& exemplar) {
  Window& open = *state.open;
  const size_t before = window.exemplars().capacity_bytes();
  open.size_bytes += static_cast<uint64_t>(window.insert(exemplar));
  const size_t grown = window.exemplars().capacity_bytes() - before;
  open.exemplar_bytes += grown;
  exemplar_bytes_ += grown;
  open.low = std::min(open.low, state.offset);
  open.last_write = state.now;
}

// Under the lock that makes the samples visible, so that no reader sees the one without the other.
void HeadShard::note_change(CommitState& state, TimestampMs timestamp_ms) {
  state.changed = HourVersions::hour_of(timestamp_ms);
  versions_[state.tenant].touch(timestamp_ms, changes_);
}

// Windows are aligned to their length. Sample times are not negative here; the last window ends with the
// type.
TimeRange HeadShard::window_range(TimestampMs timestamp_ms) const {
  const TimestampMs start_ms = timestamp_ms - timestamp_ms % window_ms_;
  constexpr TimestampMs kLast = std::numeric_limits<TimestampMs>::max();
  return {start_ms, start_ms > kLast - (window_ms_ - 1) ? kLast : start_ms + (window_ms_ - 1)};
}

}  // namespace weir::store::embedded
