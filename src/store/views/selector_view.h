#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "model/matcher.h"
#include "store/store.h"
#include "store/views/sample_window.h"

namespace weir::store {

/// The series that a selector accepts and their newest samples, as a store has them: read from it once, then
/// kept up by what is committed. Its caller sees to locks: `select` may run beside `select`, and nothing else
/// beside anything.
class SelectorView {
 public:
  struct Series {
    Labels labels;
    SampleWindow samples;

    size_t size_bytes() const;
  };
  using SeriesPtr = std::shared_ptr<Series>;

  SelectorView(std::vector<Matcher> matchers, int64_t range_ms)
      : matchers_(std::move(matchers)), range_ms_(range_ms) {}

  const std::vector<Matcher>& matchers() const { return matchers_; }
  /// How far back from the newest time that is read for it reaches.
  int64_t range_ms() const { return range_ms_; }

  /// What a store has been read for: samples from `from_ms` on.
  struct Content {
    std::vector<SeriesPtr> series;  ///< Ascending by labels.
    TimestampMs from_ms = 0;
    size_t size_bytes = 0;
  };
  /// Is there from now on.
  void fill(Content content);
  /// Is no more there. What it may hold after that reaches back `range_ms`, if that is more than before.
  void clear(int64_t range_ms = 0);
  bool is_filled() const { return filled_; }

  /// One sample of a series that it accepts. False where that changes nothing: it is there, or is too old to
  /// be held.
  bool add(Series& series, TimestampMs timestamp_ms, double value, bool replaces);
  /// The series with these labels, which may have no samples yet.
  SeriesPtr series(LabelsView labels);

  /// Whether it holds all samples from that time on.
  bool reaches(TimestampMs mint_ms) const { return filled_ && mint_ms >= from_ms_.load(); }
  /// A copy of what lies in the range, which it must reach; null where more than `series_max` series do.
  std::unique_ptr<SeriesSet> select(const TimeRange& range, uint64_t series_max) const;

  /// Forgets series whose samples nobody asks for any more. Whether there were any.
  bool forget_ended();

  size_t size_bytes() const { return size_bytes_; }
  size_t series_count() const { return series_.size(); }

 private:
  struct ByLabels {
    using is_transparent = void;
    bool operator()(const SeriesPtr& a, const SeriesPtr& b) const { return a->labels < b->labels; }
    bool operator()(const SeriesPtr& a, LabelsView b) const { return a->labels.view() < b; }
    bool operator()(LabelsView a, const SeriesPtr& b) const { return a < b->labels.view(); }
  };

  const std::vector<Matcher> matchers_;
  int64_t range_ms_;
  bool filled_ = false;
  std::set<SeriesPtr, ByLabels> series_;
  size_t size_bytes_ = 0;
  mutable std::atomic<TimestampMs> from_ms_{0};  // only moves forward while it is filled
};

/// Reads the content of a view from a store: of the series that the matchers accept all samples from
/// `from_ms` on. nullopt where it would be larger than `bytes_max`, or has histograms, which views do not
/// hold. Errors: those of the store.
Result<std::optional<SelectorView::Content>> read_content(Store& store, TenantId tenant,
                                                          std::span<const Matcher> matchers,
                                                          TimestampMs from_ms, uint64_t bytes_max,
                                                          uint64_t series_max, Deadline deadline);

}  // namespace weir::store
