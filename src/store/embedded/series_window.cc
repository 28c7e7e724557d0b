#include "store/embedded/series_window.h"

#include <algorithm>
#include <limits>
#include <span>

#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

// Late samples held before they are folded into the chunks: the first bound keeps insertion and copies cheap,
// the second keeps folding rare in a window with many samples.
constexpr size_t kLateSamplesMin = 128;
constexpr size_t kLateSamplesMax = 4'096;

constexpr TimeRange kAlways{std::numeric_limits<TimestampMs>::min(), std::numeric_limits<TimestampMs>::max()};

bool earlier(const Sample& a, const Sample& b) {
  return a.timestamp_ms < b.timestamp_ms;
}

std::optional<double> find_sorted(std::span<const Sample> samples, TimestampMs timestamp_ms) {
  const auto at = std::lower_bound(samples.begin(), samples.end(), Sample{timestamp_ms, 0}, earlier);
  if (at == samples.end() || at->timestamp_ms != timestamp_ms) return std::nullopt;
  return at->value;
}

std::optional<double> find_sorted(const SampleColumns& samples, TimestampMs timestamp_ms) {
  const auto& times = samples.timestamps_ms;
  const auto found = std::lower_bound(times.begin(), times.end(), timestamp_ms);
  if (found == times.end() || *found != timestamp_ms) return std::nullopt;
  return samples.values[static_cast<size_t>(found - times.begin())];
}

// The first chunk that does not end before that time.
const HeadChunk* first_reaching(std::span<const HeadChunk> chunks, TimestampMs timestamp_ms) {
  const auto at = std::lower_bound(chunks.begin(), chunks.end(), timestamp_ms,
                                   [](const HeadChunk& chunk, TimestampMs t) { return chunk.maxt_ms() < t; });
  return at == chunks.end() ? nullptr : &*at;
}

}  // namespace

void WindowView::read(const TimeRange& range, SampleColumns& out) const {
  for (const HeadChunk& chunk : chunks.items()) {
    const TimeRange covers = chunk.range();
    if (!range.overlaps(covers)) continue;
    const size_t begin = out.size();
    chunk.read(out);
    if (!range.contains(covers.mint_ms) || !range.contains(covers.maxt_ms)) keep_in_range(out, begin, range);
  }
  const size_t begin = out.size();
  open.decode(out);
  keep_in_range(out, begin, range);
  for (const Sample& sample : late) {
    if (range.contains(sample.timestamp_ms)) out.push_back(sample.timestamp_ms, sample.value);
  }
  if (histograms != nullptr) histograms->read(range, out);
}

size_t SeriesWindow::size_bytes() const {
  size_t bytes = open_.size_bytes() + chunks_.size_bytes() + rare_bytes();
  for (const HeadChunk& chunk : chunks_.items()) bytes += chunk.size_bytes();
  return bytes;
}

SeriesWindow::Rare& SeriesWindow::rare() {
  if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
  return *rare_;
}

size_t SeriesWindow::rare_bytes() const {
  if (rare_ == nullptr) return 0;
  const size_t late_bytes = rare_->late.capacity() * sizeof(Sample);
  return allocated_bytes(sizeof(Rare)) + (late_bytes == 0 ? 0 : allocated_bytes(late_bytes)) +
         (histograms() == nullptr ? 0 : histograms()->size_bytes()) +
         (rare_->exemplars == nullptr
              ? 0
              : allocated_bytes(sizeof(ExemplarColumns)) + exemplars().capacity_bytes());
}

std::optional<StoredSample> SeriesWindow::find(TimestampMs timestamp_ms) const {
  if (const auto value = find_double(timestamp_ms)) return StoredSample{*value, nullptr};
  HistogramPtr histogram = histograms() == nullptr ? nullptr : histograms()->find(timestamp_ms);
  if (histogram == nullptr) return std::nullopt;
  const double sum = histogram->sum;
  return StoredSample{sum, std::move(histogram)};
}

std::optional<double> SeriesWindow::find_double(TimestampMs timestamp_ms) const {
  if (open_.empty() || timestamp_ms > open_.last_ms()) return std::nullopt;
  if (timestamp_ms == open_.last_ms()) return open_.last_value();
  if (const auto value = find_sorted(late(), timestamp_ms)) return value;
  SampleColumns samples;
  const HeadChunk* chunk = first_reaching(chunks_.items(), timestamp_ms);
  if (chunk == nullptr) {
    decode_run(open_.bytes(), open_.sample_count(), samples);
  } else if (chunk->range().contains(timestamp_ms)) {
    chunk->read(samples);
  }
  return find_sorted(samples, timestamp_ms);
}

int64_t SeriesWindow::insert(Sample sample) {
  ++sample_count_;
  if (open_.empty() || sample.timestamp_ms > open_.last_ms()) return append(sample);
  return insert_late(sample);
}

int64_t SeriesWindow::insert(TimestampMs timestamp_ms, const Histogram& histogram) {
  ++sample_count_;
  const auto before = static_cast<int64_t>(rare_bytes());
  std::unique_ptr<HeadHistograms>& histograms = rare().histograms;
  if (histograms == nullptr) histograms = std::make_unique<HeadHistograms>();
  histograms->insert(timestamp_ms, histogram);
  return static_cast<int64_t>(rare_bytes()) - before;
}

int64_t SeriesWindow::insert(const Exemplar& exemplar) {
  const auto before = static_cast<int64_t>(rare_bytes());
  std::unique_ptr<ExemplarColumns>& exemplars = rare().exemplars;
  if (exemplars == nullptr) exemplars = std::make_unique<ExemplarColumns>();
  exemplars->insert(exemplar);
  return static_cast<int64_t>(rare_bytes()) - before;
}

// Samples go to the chunks a full run at a time.
int64_t SeriesWindow::append(Sample sample) {
  int64_t grown = -static_cast<int64_t>(open_.size_bytes());
  if (open_.full()) grown += close_open();
  open_.append(sample);
  return grown + static_cast<int64_t>(open_.size_bytes());
}

// Returns the growth of the chunks.
int64_t SeriesWindow::close_open() {
  HeadChunk chunk = HeadChunk::close(std::exchange(open_, OpenRun()));
  const size_t before = chunks_.size_bytes();
  const size_t chunk_bytes = chunk.size_bytes();
  chunks_.push_back(std::move(chunk));
  return static_cast<int64_t>(chunks_.size_bytes() - before + chunk_bytes);
}

int64_t SeriesWindow::insert_late(Sample sample) {
  const auto before = static_cast<int64_t>(rare_bytes());
  std::vector<Sample>& late = rare().late;
  late.insert(std::upper_bound(late.begin(), late.end(), sample, earlier), sample);
  const int64_t grown = static_cast<int64_t>(rare_bytes()) - before;
  return late.size() < late_samples_max() ? grown : grown + fold_late();
}

size_t SeriesWindow::late_samples_max() const {
  return std::clamp<size_t>(sample_count_ / 8, kLateSamplesMin, kLateSamplesMax);
}

// Merges the late samples into the run: chunks that end before the first late sample stay as they are, the
// rest is encoded again. Returns the change of `size_bytes`.
int64_t SeriesWindow::fold_late() {
  const auto before = static_cast<int64_t>(size_bytes());
  const std::vector<Sample> late = std::exchange(rare_->late, {});
  if (rare_->histograms == nullptr && rare_->exemplars == nullptr) rare_ = nullptr;
  const AppendBuffer<HeadChunk> chunks = std::exchange(chunks_, {});
  const OpenRun open = std::exchange(open_, {});

  SampleColumns rest;
  for (const HeadChunk& chunk : chunks.items()) {
    if (chunk.maxt_ms() < late.front().timestamp_ms) {
      chunks_.push_back(chunk);
    } else {
      chunk.read(rest);
    }
  }
  decode_run(open.bytes(), open.sample_count(), rest);
  for (const Sample& sample : late) rest.push_back(sample.timestamp_ms, sample.value);
  make_ascending(rest, 0);
  for (size_t i = 0; i < rest.size(); ++i) append({rest.timestamps_ms[i], rest.values[i]});
  return static_cast<int64_t>(size_bytes()) - before;
}

int64_t SeriesWindow::erase(const TimeRange& range) {
  const auto before = static_cast<int64_t>(size_bytes());
  rebuild_without(range);
  if (!exemplars().empty()) rare_->exemplars->erase(range.mint_ms, range.maxt_ms);
  return static_cast<int64_t>(size_bytes()) - before;
}

int64_t SeriesWindow::erase_samples(const TimeRange& range) {
  const auto before = static_cast<int64_t>(size_bytes());
  rebuild_without(range);
  return static_cast<int64_t>(size_bytes()) - before;
}

void SeriesWindow::rebuild_without(const TimeRange& range) {
  SampleColumns rest;
  view().read(kAlways, rest);
  make_ascending(rest, 0);
  remove_in_range(rest, 0, range);
  if (rest.size() == sample_count_) return;
  chunks_ = {};
  open_ = {};
  std::unique_ptr<ExemplarColumns> exemplars;
  if (rare_ != nullptr) exemplars = std::move(rare_->exemplars);
  rare_ = nullptr;
  if (exemplars != nullptr) rare().exemplars = std::move(exemplars);
  sample_count_ = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (const HistogramPtr histogram = rest.histogram(i)) {
      insert(rest.timestamps_ms[i], *histogram);
    } else {
      insert(Sample{rest.timestamps_ms[i], rest.values[i]});
    }
  }
}

}  // namespace weir::store::embedded
