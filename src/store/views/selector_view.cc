#include "store/views/selector_view.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace weir::store {
namespace {

/// Of a series beside its labels and samples: its places in the set and in the routes.
constexpr size_t kSeriesBytes = 160;
/// Those who ask for a view do not all ask for the same time.
constexpr int64_t kSlackMs = 120'000;

/// The samples of all series in two columns, so that a copy is two calls for each series and no allocation.
class CopiedSet : public SeriesSet {
 public:
  void add(SelectorView::SeriesPtr series, const SampleWindow::Samples& samples) {
    timestamps_ms_.insert(timestamps_ms_.end(), samples.timestamps_ms.begin(), samples.timestamps_ms.end());
    values_.insert(values_.end(), samples.values.begin(), samples.values.end());
    series_.push_back({std::move(series), values_.size()});
  }
  size_t size() const { return series_.size(); }

  Result<bool> next() override {
    ++position_;
    return position_ <= series_.size();
  }
  LabelsView labels() const override { return series_[position_ - 1].series->labels; }
  Status read(SampleColumns& out) override {
    append(position_ - 1, out);
    return {};
  }
  std::unique_ptr<SeriesSamples> detach() override {
    return std::make_unique<Detached>(*this, position_ - 1);
  }
  std::optional<uint64_t> series_about() const override { return series_.size(); }

 private:
  struct Copied {
    SelectorView::SeriesPtr series;  // for its labels, which never change
    size_t end;                      // of its samples
  };
  class Detached : public SeriesSamples {
   public:
    Detached(const CopiedSet& set, size_t index) : set_(set), index_(index) {}
    Status read(SampleColumns& out) override {
      set_.append(index_, out);
      return {};
    }

   private:
    const CopiedSet& set_;
    const size_t index_;
  };

  void append(size_t index, SampleColumns& out) const {
    const auto begin = static_cast<ptrdiff_t>(index == 0 ? 0 : series_[index - 1].end);
    const auto end = static_cast<ptrdiff_t>(series_[index].end);
    out.timestamps_ms.insert(out.timestamps_ms.end(), timestamps_ms_.begin() + begin,
                             timestamps_ms_.begin() + end);
    out.values.insert(out.values.end(), values_.begin() + begin, values_.begin() + end);
    out.align_histograms();
  }

  std::vector<Copied> series_;
  std::vector<TimestampMs> timestamps_ms_;
  std::vector<double> values_;
  size_t position_ = 0;  // one past the current series
};

}  // namespace

size_t SelectorView::Series::size_bytes() const {
  return kSeriesBytes + labels.view().bytes().size() + samples.size_bytes();
}

void SelectorView::fill(Content content) {
  series_.clear();
  for (SeriesPtr& series : content.series) series_.insert(series_.end(), std::move(series));
  size_bytes_ = content.size_bytes;
  from_ms_.store(content.from_ms);
  filled_ = true;
}

void SelectorView::clear(int64_t range_ms) {
  range_ms_ = std::max(range_ms_, range_ms);
  series_.clear();
  size_bytes_ = 0;
  filled_ = false;
}

bool SelectorView::add(Series& series, TimestampMs timestamp_ms, double value, bool replaces) {
  const TimestampMs from_ms = from_ms_.load();
  if (timestamp_ms < from_ms) return false;
  const size_t before = series.samples.size_bytes();
  series.samples.forget_before(from_ms);
  const bool changed = series.samples.add(timestamp_ms, value, replaces);
  size_bytes_ += series.samples.size_bytes() - before;
  return changed;
}

SelectorView::SeriesPtr SelectorView::series(LabelsView labels) {
  const auto found = series_.find(labels);
  if (found != series_.end()) return *found;
  auto series = std::make_shared<Series>(Series{Labels(labels), {}});
  size_bytes_ += series->size_bytes();
  series_.insert(series);
  return series;
}

std::unique_ptr<SeriesSet> SelectorView::select(const TimeRange& range, uint64_t series_max) const {
  const TimestampMs wanted_ms = range.maxt_ms - range_ms_ - kSlackMs;
  TimestampMs from_ms = from_ms_.load();
  while (from_ms < wanted_ms && !from_ms_.compare_exchange_weak(from_ms, wanted_ms)) {
  }
  auto set = std::make_unique<CopiedSet>();
  for (const SeriesPtr& series : series_) {
    const SampleWindow::Samples samples = series->samples.in_range(range);
    if (samples.values.empty()) continue;
    if (set->size() == series_max) return nullptr;
    set->add(series, samples);
  }
  return set;
}

bool SelectorView::forget_ended() {
  const TimestampMs from_ms = from_ms_.load();
  const size_t count = std::erase_if(series_, [&](const SeriesPtr& series) {
    return series->samples.empty() || series->samples.newest_ms() < from_ms;
  });
  size_bytes_ = 0;
  for (const SeriesPtr& series : series_) size_bytes_ += series->size_bytes();
  return count > 0;
}

Result<std::optional<SelectorView::Content>> read_content(Store& store, TenantId tenant,
                                                          std::span<const Matcher> matchers,
                                                          TimestampMs from_ms, uint64_t bytes_max,
                                                          uint64_t series_max, Deadline deadline) {
  const SelectRequest all{matchers, {from_ms, std::numeric_limits<TimestampMs>::max()}, series_max};
  ASSIGN_OR_RETURN(const auto set, store.select(tenant, all, deadline));
  SelectorView::Content content{{}, from_ms, 0};
  SampleColumns samples;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) break;
    auto series = std::make_shared<SelectorView::Series>(SelectorView::Series{Labels(set->labels()), {}});
    samples.clear();
    RETURN_IF_ERROR(set->read(samples));
    if (!samples.histograms.empty()) return std::optional<SelectorView::Content>();
    for (size_t i = 0; i < samples.size(); ++i)
      series->samples.add(samples.timestamps_ms[i], samples.values[i], false);
    content.size_bytes += series->size_bytes();
    if (content.size_bytes > bytes_max) return std::optional<SelectorView::Content>();
    content.series.push_back(std::move(series));
  }
  return std::optional(std::move(content));
}

}  // namespace weir::store
