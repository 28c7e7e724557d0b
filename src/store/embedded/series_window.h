#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/exemplar.h"
#include "model/sample.h"
#include "model/time_range.h"
#include "store/embedded/append_buffer.h"
#include "store/embedded/head_chunk.h"
#include "store/embedded/head_histograms.h"
#include "store/embedded/open_run.h"

namespace weir::store::embedded {

/// What a reader keeps of a series' window: shared bytes, so taking one copies no sample but the late ones.
struct WindowView {
  AppendBuffer<HeadChunk>::View chunks;
  OpenRun::View open;
  std::vector<Sample> late;
  std::shared_ptr<const HeadHistograms::View> histograms;  ///< Null when there are none: nearly always.

  /// Appends the samples in `range`; the caller brings the whole into order (make_ascending).
  void read(const TimeRange& range, SampleColumns& out) const;
};

/// The samples of one series in one time window of the head: closed chunks, then an open run of newer
/// samples, all ascending, beside a sorted buffer of samples that came late. No time is stored twice. Beside
/// them, or alone, the series' exemplars of that time. Guarded by the shard's mutex.
class SeriesWindow {
 public:
  /// `prior_maxt_ms`: no sample of this series and window that is stored elsewhere (a block, a frozen window)
  /// is newer.
  SeriesWindow(TimestampMs start_ms, TimestampMs prior_maxt_ms)
      : start_ms_(start_ms), prior_maxt_ms_(prior_maxt_ms) {}

  TimestampMs start_ms() const { return start_ms_; }
  TimestampMs prior_maxt_ms() const { return prior_maxt_ms_; }
  /// The newest sample stored here, at least `prior_maxt_ms`: anything newer is certainly not stored yet.
  TimestampMs newest_ms() const {
    const TimestampMs newest_ms =
        open_.empty() || open_.last_ms() < prior_maxt_ms_ ? prior_maxt_ms_ : open_.last_ms();
    return histograms() == nullptr ? newest_ms : std::max(newest_ms, histograms()->newest_ms());
  }
  bool frozen() const { return frozen_; }
  size_t sample_count() const { return sample_count_; }
  /// Ascending.
  const ExemplarColumns& exemplars() const {
    static const ExemplarColumns kNone;
    return rare_ == nullptr || rare_->exemplars == nullptr ? kNone : *rare_->exemplars;
  }
  bool empty() const { return sample_count_ == 0 && exemplars().empty(); }
  /// Memory of samples and exemplars, the allocator's part included; the window itself is not.
  size_t size_bytes() const;

  /// What is stored here at that time. The newest sample, which is what a repeated body asks for, costs
  /// nothing; others cost the decoding of a chunk.
  std::optional<StoredSample> find(TimestampMs timestamp_ms) const;
  /// Stores a sample whose time is not here yet. Returns the change of `size_bytes`.
  int64_t insert(Sample sample);
  int64_t insert(TimestampMs timestamp_ms, const Histogram& histogram);
  /// Stores an exemplar that is not here yet.
  int64_t insert(const Exemplar& exemplar);
  /// Removes samples and exemplars in `range`; a frozen window's too. Returns the change of `size_bytes`.
  int64_t erase(const TimeRange& range);
  /// The same of samples alone.
  int64_t erase_samples(const TimeRange& range);
  /// Nothing is inserted from now on: the window is being written to a block.
  void freeze() { frozen_ = true; }
  WindowView view() const {
    WindowView view{chunks_.view(), open_.view(), late(), nullptr};
    if (histograms() != nullptr)
      view.histograms = std::make_shared<const HeadHistograms::View>(histograms()->view());
    return view;
  }

 private:
  int64_t append(Sample sample);
  int64_t close_open();
  int64_t insert_late(Sample sample);
  int64_t fold_late();
  void rebuild_without(const TimeRange& range);
  size_t late_samples_max() const;
  // What most windows never have; one pointer while they do not.
  struct Rare {
    std::vector<Sample> late;
    std::unique_ptr<HeadHistograms> histograms;  // null when there are none
    std::unique_ptr<ExemplarColumns> exemplars;  // likewise
  };
  const std::vector<Sample>& late() const {
    static const std::vector<Sample> kNone;
    return rare_ == nullptr ? kNone : rare_->late;
  }
  const HeadHistograms* histograms() const { return rare_ == nullptr ? nullptr : rare_->histograms.get(); }
  Rare& rare();
  size_t rare_bytes() const;
  std::optional<double> find_double(TimestampMs timestamp_ms) const;

  TimestampMs start_ms_;
  TimestampMs prior_maxt_ms_;
  AppendBuffer<HeadChunk> chunks_;
  std::unique_ptr<Rare> rare_;          // null when there is nothing in it
  [[no_unique_address]] OpenRun open_;  // it has the newest sample; the members below fill its padding
  bool frozen_ = false;
  uint32_t sample_count_ = 0;
};

}  // namespace weir::store::embedded
