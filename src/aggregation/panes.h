#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "aggregation/grouping.h"
#include "aggregation/partial.h"
#include "aggregation/scan.h"
#include "store/store.h"

namespace weir::aggregation {

/// A rise from a sample that is older than this before it does not count: the series was away.
inline constexpr int64_t kIncreaseLookbackMs = 300'000;

/// The groups of one aggregation by number, so that what is kept of windows need not repeat their labels.
/// Owned by one thread.
class GroupTable {
 public:
  /// `grouping` outlives it.
  explicit GroupTable(const Grouping& grouping) : grouping_(grouping) {}

  uint32_t number_of(LabelsView series);
  const Labels& labels(uint32_t number) const { return groups_[number]; }
  size_t size() const { return groups_.size(); }
  void clear();

 private:
  const Grouping& grouping_;
  std::vector<Labels> groups_;
  absl::flat_hash_map<std::string, uint32_t, StringHash, std::equal_to<>>
      numbers_;  // by canonical label bytes
  // By two hashes of their labels, so that no two are taken for one: finds most without making labels.
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, uint32_t> series_;
};

/// What is kept of a pane: of each group that has a sample there, by number.
using Pane = absl::flat_hash_map<uint32_t, Partial>;
/// By the pane's end.
using Panes = std::map<TimestampMs, Pane>;

/// Cuts the stored samples of an aggregation's input into panes: stretches (end - length, end] whose ends are
/// multiples of the length.
class PaneReader {
 public:
  struct Parts {
    const Definition& definition;
    const Grouping& grouping;
    store::Store& store;
    TenantId tenant;
    int64_t length_ms;  ///< Of a pane.
    /// A scan of all of the input that covers a range, or null where it is to be read by itself. May be
    /// empty.
    std::function<Result<std::shared_ptr<const Scan>>(TimeRange range, Deadline deadline)> shared_scan = {};
  };
  /// All that `parts` names outlives it.
  explicit PaneReader(const Parts& parts) : parts_(parts), needs_(Partial::Needs::of(parts.definition)) {}

  const Partial::Needs& needs() const { return needs_; }
  /// Samples read so far.
  uint64_t samples() const { return samples_; }

  /// The panes with ends from `first_ms` to `last_ms`, of the groups of `only` or of all. Errors: those of
  /// `Store::select`; kResourceExhausted with more groups in a pane than the definition allows.
  Result<Panes> read(TimestampMs first_ms, TimestampMs last_ms, const std::optional<Labels>& only,
                     GroupTable& groups, Deadline deadline);

  /// What of the time before `end_ms` a window or pane with that end needs that begins after `begin_ms`.
  TimestampMs reads_from(TimestampMs begin_ms) const {
    return begin_ms + 1 - (needs_.increase ? kIncreaseLookbackMs : 0);
  }

 private:
  /// The samples of a series.
  struct Samples {
    LabelsView labels;
    std::span<const TimestampMs> times_ms;
    std::span<const double> values;
  };
  Status read_scan(const Scan& scan, TimeRange range, GroupTable& groups, Panes& panes);
  Status add_series(uint32_t group, const Samples& samples, TimeRange range, Panes& panes) const;

  const Parts parts_;
  const Partial::Needs needs_;
  uint64_t samples_ = 0;
};

/// The outputs of windows that consist of so many panes, with ends from `first_ms` to `last_ms` at every
/// pane's end. Panes that are not there have no samples.
std::vector<OutputSample> window_outputs(const PaneReader::Parts& parts, const Partial::Needs& needs,
                                         const Panes& panes, TimestampMs first_ms, TimestampMs last_ms,
                                         const GroupTable& groups);

}  // namespace weir::aggregation
