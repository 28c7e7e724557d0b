#include "store/embedded/series_window.h"

#include <algorithm>
#include <array>
#include <span>

#include "store/embedded/chunk.h"
#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

// Late samples held before they are folded into the chunks: the first bound keeps insertion and copies cheap,
// the second keeps folding rare in a window with many samples.
constexpr size_t kLateSamplesMin = 128;
constexpr size_t kLateSamplesMax = 4'096;

constexpr size_t kChunkOverheadBytes = sizeof(HeadChunk) + 2 * sizeof(void*);

bool earlier(const Sample& a, const Sample& b) {
  return a.timestamp_ms < b.timestamp_ms;
}

void decode(const HeadChunk& chunk, SampleColumns& out) {
  const Status decoded = decode_chunk(chunk.bytes, out);
  CHECK(decoded.ok(), "a chunk of the head was encoded by this process");
}

HeadChunkPtr encode(std::span<const Sample> samples) {
  std::array<TimestampMs, SeriesWindow::kOpenSamplesMax> timestamps_ms;
  std::array<double, SeriesWindow::kOpenSamplesMax> values;
  for (size_t i = 0; i < samples.size(); ++i) {
    timestamps_ms[i] = samples[i].timestamp_ms;
    values[i] = samples[i].value;
  }
  HeadChunk chunk{samples.front().timestamp_ms, samples.back().timestamp_ms, {}};
  encode_chunk(std::span(timestamps_ms).first(samples.size()), std::span(values).first(samples.size()),
               chunk.bytes);
  chunk.bytes.shrink_to_fit();
  return std::make_shared<const HeadChunk>(std::move(chunk));
}

std::optional<double> find_sorted(std::span<const Sample> samples, TimestampMs timestamp_ms) {
  const auto at = std::lower_bound(samples.begin(), samples.end(), Sample{timestamp_ms, 0}, earlier);
  if (at == samples.end() || at->timestamp_ms != timestamp_ms) return std::nullopt;
  return at->value;
}

void append_samples(std::span<const Sample> samples, const TimeRange& range, SampleColumns& out) {
  for (const Sample& sample : samples) {
    if (range.contains(sample.timestamp_ms)) out.push_back(sample.timestamp_ms, sample.value);
  }
}

}  // namespace

void WindowView::read(const TimeRange& range, SampleColumns& out) const {
  SampleColumns scratch;
  for (const HeadChunkPtr& chunk : chunks.items()) {
    const TimeRange covers{chunk->mint_ms, chunk->maxt_ms};
    if (!range.overlaps(covers)) continue;
    if (range.contains(covers.mint_ms) && range.contains(covers.maxt_ms)) {
      decode(*chunk, out);
      continue;
    }
    scratch.clear();
    decode(*chunk, scratch);
    append_in_range(scratch, range, out);
  }
  append_samples(open.items(), range, out);
  append_samples(late, range, out);
}

size_t SeriesWindow::size_bytes() const {
  const size_t late_bytes = late_ == nullptr ? 0 : late_->capacity() * sizeof(Sample);
  return open_.capacity_bytes() + chunks_.capacity_bytes() + chunk_bytes_ + late_bytes;
}

std::optional<double> SeriesWindow::find(TimestampMs timestamp_ms) const {
  if (timestamp_ms > newest_ms_) return std::nullopt;
  if (late_ != nullptr) {
    if (const auto value = find_sorted(*late_, timestamp_ms)) return value;
  }
  if (!open_.empty() && timestamp_ms >= open_.items().front().timestamp_ms)
    return find_sorted(open_.items(), timestamp_ms);
  return find_in_chunks(timestamp_ms);
}

std::optional<double> SeriesWindow::find_in_chunks(TimestampMs timestamp_ms) const {
  const auto chunks = chunks_.items();
  const auto at =
      std::lower_bound(chunks.begin(), chunks.end(), timestamp_ms,
                       [](const HeadChunkPtr& chunk, TimestampMs t) { return chunk->maxt_ms < t; });
  if (at == chunks.end() || (*at)->mint_ms > timestamp_ms) return std::nullopt;
  SampleColumns samples;
  decode(**at, samples);
  const auto& times = samples.timestamps_ms;
  const auto found = std::lower_bound(times.begin(), times.end(), timestamp_ms);
  if (found == times.end() || *found != timestamp_ms) return std::nullopt;
  return samples.values[static_cast<size_t>(found - times.begin())];
}

int64_t SeriesWindow::insert(Sample sample) {
  ++sample_count_;
  if (sample.timestamp_ms > newest_ms_ && open_.size() < kOpenSamplesMax) {
    newest_ms_ = sample.timestamp_ms;
    return static_cast<int64_t>(open_.push_back(sample));
  }
  const size_t before = size_bytes();
  if (sample.timestamp_ms > newest_ms_) {
    close_open();
    newest_ms_ = sample.timestamp_ms;
    open_.push_back(sample);
  } else {
    insert_late(sample);
  }
  return static_cast<int64_t>(size_bytes()) - static_cast<int64_t>(before);
}

void SeriesWindow::insert_late(Sample sample) {
  if (late_ == nullptr) late_ = std::make_unique<std::vector<Sample>>();
  late_->insert(std::upper_bound(late_->begin(), late_->end(), sample, earlier), sample);
  if (late_->size() >= late_samples_max()) fold_late();
}

size_t SeriesWindow::late_samples_max() const {
  return std::clamp<size_t>(sample_count_ / 8, kLateSamplesMin, kLateSamplesMax);
}

void SeriesWindow::close_open() {
  HeadChunkPtr chunk = encode(open_.items());
  chunk_bytes_ += static_cast<uint32_t>(chunk->bytes.capacity() + kChunkOverheadBytes);
  chunks_.push_back(std::move(chunk));
  open_.reset();
}

// Merges the late samples into the run: chunks that end before the first late sample stay as they are, the
// rest is encoded again.
void SeriesWindow::fold_late() {
  const std::unique_ptr<std::vector<Sample>> late = std::move(late_);
  const AppendBuffer<HeadChunkPtr> chunks = std::exchange(chunks_, {});
  const AppendBuffer<Sample> open = std::exchange(open_, {});
  chunk_bytes_ = 0;

  SampleColumns rest;
  for (const HeadChunkPtr& chunk : chunks.items()) {
    if (chunk->maxt_ms >= late->front().timestamp_ms) {
      decode(*chunk, rest);
      continue;
    }
    chunk_bytes_ += static_cast<uint32_t>(chunk->bytes.capacity() + kChunkOverheadBytes);
    chunks_.push_back(chunk);
  }
  append_samples(open.items(), {INT64_MIN, INT64_MAX}, rest);
  append_samples(*late, {INT64_MIN, INT64_MAX}, rest);
  make_ascending(rest, 0);
  for (size_t i = 0; i < rest.size(); ++i) {
    if (open_.size() == kOpenSamplesMax) close_open();
    open_.push_back({rest.timestamps_ms[i], rest.values[i]});
  }
}

}  // namespace weir::store::embedded
