#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ids.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "model/tenant_id.h"
#include "model/time_range.h"

namespace weir::oracle {

/// Where the log has put a record.
struct RecordId {
  uint32_t partition = 0;
  int64_t offset = 0;
  auto operator<=>(const RecordId&) const = default;
};

/// Values of one series by time, as their bits, so that NaN and zeros of either sign can be told.
using Points = std::map<TimestampMs, uint64_t>;
/// What an engine says that a tenant has.
using Contents = std::map<Labels, Points>;

/// What is known to be gone, and told to be: nothing on it may be missed.
struct Damage {
  std::set<RecordId> records;                                           ///< Not delivered by the log.
  std::map<std::pair<TenantId, Labels>, std::set<TimestampMs>> points;  ///< Of damaged blocks.
  std::set<std::pair<TenantId, Labels>> series;                         ///< Said to be unreadable.
};

/// The naive engine: a map. It knows, besides what was acknowledged, what may or may not have been stored
/// because the answer was an error. Checks return the first disagreement as a sentence. Owned by one thread.
class Model {
 public:
  struct SentSample {
    TenantId tenant;
    Labels labels;
    Sample sample;
  };

  /// A sample whose append was answered; without `record` with an error that leaves the outcome unknown.
  void add(const SentSample& sent, std::optional<RecordId> record) {
    Cell& cell = series_[{sent.tenant, sent.labels}][sent.sample.timestamp_ms];
    const auto bits = std::bit_cast<uint64_t>(sent.sample.value);
    cell.candidates.push_back({bits, record.has_value()});
    cell.ever.insert(bits);
    if (record) cell.records.insert(*record);
  }

  /// After a restart what was unknown is decided for ever: it is what `contents` shows.
  void settle(TenantId tenant, const Contents& contents) {
    for (auto& [key, cells] : series_) {
      if (key.first != tenant) continue;
      const auto found = contents.find(key.second);
      for (auto at = cells.begin(); at != cells.end();) {
        Cell& cell = at->second;
        if (!cell.unknown()) {
          ++at;
          continue;
        }
        const std::optional<uint64_t> bits =
            found == contents.end() ? std::nullopt : value_at(found->second, at->first);
        cell.candidates.clear();
        if (bits) cell.candidates.push_back({*bits, true});
        at = bits ? std::next(at) : cells.erase(at);
      }
    }
  }

  /// A deletion of what `matchers` and `range` select. Without `certain` it has failed, and may be done with
  /// the next start: until then, and `settle`, nothing must be written to what it touches.
  void erase(TenantId tenant, std::span<const Matcher> matchers, const TimeRange& range, bool certain) {
    for (auto& [key, cells] : series_) {
      if (key.first != tenant || !all_match(matchers, key.second) || range.mint_ms > range.maxt_ms) continue;
      const auto begin = cells.lower_bound(range.mint_ms);
      const auto end = cells.upper_bound(range.maxt_ms);
      if (certain) {
        cells.erase(begin, end);
        continue;
      }
      for (auto at = begin; at != end; ++at) {
        for (Candidate& candidate : at->second.candidates) candidate.acknowledged = false;
      }
    }
  }

  /// Holds what a `select` has shown against what it must show. `oldest_ms`: retention may have taken what is
  /// older, and refuses more of it.
  std::optional<std::string> check(TenantId tenant, std::span<const Matcher> matchers, const TimeRange& range,
                                   TimestampMs oldest_ms, const Contents& shown,
                                   const Damage& damage = {}) const {
    for (const auto& [labels, points] : shown) {
      const std::pair key(tenant, labels);
      const auto known = series_.find(key);
      if (known == series_.end()) return labels.view().to_string() + " was never sent";
      if (!all_match(matchers, labels)) return labels.view().to_string() + " was not asked for";
      for (const auto& [time_ms, bits] : points) {
        if (!range.contains(time_ms)) return name_of(labels, time_ms) + " was not asked for";
        const auto cell = known->second.find(time_ms);
        if (cell == known->second.end()) return name_of(labels, time_ms) + " was never sent";
        if (cell->second.may_be(bits)) continue;
        // The first value may have gone, and a later one been taken.
        const bool gone = time_ms < oldest_ms || excused(key, time_ms, cell->second, damage);
        if (gone && cell->second.ever.contains(bits)) continue;
        return fmt::format("{} has the value {}, the first sent was {}", name_of(labels, time_ms),
                           std::bit_cast<double>(bits),
                           std::bit_cast<double>(cell->second.candidates.front().bits));
      }
    }
    for (const auto& [key, cells] : series_) {
      if (key.first != tenant || !all_match(matchers, key.second)) continue;
      const auto found = shown.find(key.second);
      for (auto at = cells.lower_bound(std::max(range.mint_ms, oldest_ms));
           at != cells.end() && at->first <= range.maxt_ms; ++at) {
        if (found != shown.end() && found->second.contains(at->first)) continue;
        if (at->second.certain() && !excused(key, at->first, at->second, damage))
          return name_of(key.second, at->first) + " is missing";
      }
    }
    return std::nullopt;
  }

  /// Series that a label query must name, for it has their samples, and those that it may name.
  struct SeriesSets {
    std::set<Labels> must;
    std::set<Labels> may;
  };
  SeriesSets series(TenantId tenant, std::span<const Matcher> matchers, const TimeRange& range,
                    TimestampMs oldest_ms) const {
    SeriesSets sets;
    for (const auto& [key, cells] : series_) {
      if (key.first != tenant || !all_match(matchers, key.second)) continue;
      sets.may.insert(key.second);
      const TimestampMs from_ms = std::max(range.mint_ms, oldest_ms);
      if (from_ms > range.maxt_ms) continue;
      const bool there = std::any_of(cells.lower_bound(from_ms), cells.upper_bound(range.maxt_ms),
                                     [](const auto& entry) { return entry.second.certain(); });
      if (there) sets.must.insert(key.second);
    }
    return sets;
  }

 private:
  struct Candidate {
    uint64_t bits;
    bool acknowledged;
  };
  /// One series at one time. The first candidate that was stored is its value.
  struct Cell {
    std::vector<Candidate> candidates;
    std::set<uint64_t> ever;     ///< All values that were sent.
    std::set<RecordId> records;  ///< All records that were acknowledged.

    bool unknown() const { return !candidates.front().acknowledged; }
    bool certain() const {
      return std::any_of(candidates.begin(), candidates.end(),
                         [](const Candidate& c) { return c.acknowledged; });
    }
    bool may_be(uint64_t bits) const {
      for (const Candidate& candidate : candidates) {
        if (candidate.bits == bits) return true;
        if (candidate.acknowledged) return false;
      }
      return false;
    }
  };
  using Cells = std::map<TimestampMs, Cell>;

  static std::optional<uint64_t> value_at(const Points& points, TimestampMs time_ms) {
    const auto at = points.find(time_ms);
    return at == points.end() ? std::nullopt : std::optional(at->second);
  }
  static bool excused(const std::pair<TenantId, Labels>& key, TimestampMs time_ms, const Cell& cell,
                      const Damage& damage) {
    if (damage.series.contains(key)) return true;
    const auto points = damage.points.find(key);
    if (points != damage.points.end() && points->second.contains(time_ms)) return true;
    return std::any_of(cell.records.begin(), cell.records.end(),
                       [&](const RecordId& record) { return damage.records.contains(record); });
  }
  static std::string name_of(const Labels& labels, TimestampMs time_ms) {
    return fmt::format("{}@{}", labels.view().to_string(), time_ms);
  }

  std::map<std::pair<TenantId, Labels>, Cells> series_;
};

}  // namespace weir::oracle
