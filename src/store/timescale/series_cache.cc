#include "store/timescale/series_cache.h"

#include <algorithm>

#include "base/hash.h"
#include "os/random.h"

namespace weir::store::timescale {

SeriesCache::SeriesCache(uint64_t series_max)
    : half_(std::max<uint64_t>(1, series_max / 2)), seeds_{os::random_seed(), os::random_seed()} {}

SeriesCache::Key SeriesCache::key(TenantId tenant, LabelsView labels) const {
  return {tenant.value(), {stable_hash(labels.bytes(), seeds_[0]), stable_hash(labels.bytes(), seeds_[1])}};
}

std::optional<KnownSeries> SeriesCache::find(const Key& key) {
  return state_.with([&](State& state) -> std::optional<KnownSeries> {
    if (const auto young = state.young.find(key); young != state.young.end()) return young->second;
    const auto old = state.old.find(key);
    if (old == state.old.end()) return std::nullopt;
    const KnownSeries found = old->second;
    add(state, key, found, half_);
    return found;
  });
}

void SeriesCache::put(const Key& key, const KnownSeries& series) {
  state_.with([&](State& state) { add(state, key, series, half_); });
}

void SeriesCache::forget(const Key& key) {
  state_.with([&](State& state) {
    state.young.erase(key);
    state.old.erase(key);
  });
}

void SeriesCache::add(State& state, const Key& key, const KnownSeries& series, uint64_t half) {
  if (state.young.size() >= half && !state.young.contains(key)) {
    state.old = std::move(state.young);
    state.young.clear();
  }
  state.young[key] = series;
}

size_t SeriesCache::size() const {
  return state_.with([](const State& state) { return state.young.size() + state.old.size(); });
}

}  // namespace weir::store::timescale
