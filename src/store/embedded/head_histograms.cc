#include "store/embedded/head_histograms.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "store/embedded/sample_merge.h"
#include "wire/histogram_columns.h"

namespace weir::store::embedded {
namespace {

// A run is closed when it has so many: to decode more for a few samples would cost more than starting anew.
constexpr uint32_t kRunSamplesMax = 120;
constexpr uint32_t kRunBytesMax = 32'768;
// Late ones lie decoded, so they are folded in soon.
constexpr size_t kLateMax = 64;

Bytes bytes_of(const HeadHistograms::Run& run) {
  return {reinterpret_cast<const std::byte*>(run.block.data()), run.size_bytes};
}

bool earlier(const std::pair<TimestampMs, HistogramPtr>& late, TimestampMs timestamp_ms) {
  return late.first < timestamp_ms;
}

HistogramPtr find_in(const SampleColumns& samples, TimestampMs timestamp_ms) {
  const auto& times = samples.timestamps_ms;
  const auto at = std::lower_bound(times.begin(), times.end(), timestamp_ms);
  if (at == times.end() || *at != timestamp_ms) return nullptr;
  return samples.histogram(static_cast<size_t>(at - times.begin()));
}

void append_bytes(HeadHistograms::Run& run, std::string_view bytes) {
  const size_t size = run.size_bytes + bytes.size();
  if (size > run.block.capacity()) {
    auto larger = SharedBlock<uint8_t>::with_capacity(size + size / 4);
    if (run.size_bytes > 0) std::memcpy(larger.writable_data(), run.block.data(), run.size_bytes);
    run.block = std::move(larger);
  }
  std::memcpy(run.block.writable_data() + run.size_bytes, bytes.data(), bytes.size());
  run.size_bytes = static_cast<uint32_t>(size);
}

}  // namespace

void HeadHistograms::Run::decode(SampleColumns& out) const {
  ByteReader in(bytes_of(*this));
  Histogram histogram;
  TimestampMs timestamp_ms = 0;
  for (uint32_t i = 0; i < count; ++i) {
    timestamp_ms += in.svarint();
    const Status decoded = wire::decode_histogram(i > 0, i > 0, in, in, histogram);
    CHECK(decoded.ok(), "a run of the head was encoded by this process");
    out.push_back(timestamp_ms, std::make_shared<const Histogram>(histogram));
  }
}

void HeadHistograms::View::read(const TimeRange& range, SampleColumns& out) const {
  const auto add = [&](const Run& run) {
    if (run.count == 0 || !range.overlaps(run.range)) return;
    const size_t begin = out.size();
    run.decode(out);
    keep_in_range(out, begin, range);
  };
  for (const Run& run : closed.items()) add(run);
  add(open);
  for (const auto& [timestamp_ms, histogram] : late) {
    if (range.contains(timestamp_ms)) out.push_back(timestamp_ms, histogram);
  }
}

HistogramPtr HeadHistograms::find(TimestampMs timestamp_ms) const {
  if (timestamp_ms == newest_ms()) return std::make_shared<const Histogram>(last_);
  if (const auto at = std::lower_bound(late_.begin(), late_.end(), timestamp_ms, earlier);
      at != late_.end() && at->first == timestamp_ms) {
    return at->second;
  }
  SampleColumns samples;
  if (open_.range.contains(timestamp_ms)) {
    open_.decode(samples);
    return find_in(samples, timestamp_ms);
  }
  for (const Run& run : closed_.items()) {
    if (!run.range.contains(timestamp_ms)) continue;
    run.decode(samples);
    return find_in(samples, timestamp_ms);
  }
  return nullptr;
}

void HeadHistograms::insert(TimestampMs timestamp_ms, const Histogram& histogram) {
  if (open_.count == 0 || timestamp_ms > newest_ms()) return append(timestamp_ms, histogram);
  insert_late(timestamp_ms, histogram);
}

void HeadHistograms::append(TimestampMs timestamp_ms, const Histogram& histogram) {
  if (open_.count >= kRunSamplesMax || open_.size_bytes >= kRunBytesMax) close_open();
  const bool first = open_.count == 0;
  std::string bytes;
  ByteWriter writer(bytes);
  writer.svarint(first ? timestamp_ms : timestamp_ms - open_.range.maxt_ms);
  wire::encode_histogram(first ? nullptr : &last_, !first, histogram, writer, writer);
  append_bytes(open_, bytes);
  if (first) open_.range.mint_ms = timestamp_ms;
  open_.range.maxt_ms = timestamp_ms;
  ++open_.count;
  last_ = histogram;
}

// The closed run has no room to grow.
void HeadHistograms::close_open() {
  Run closed{SharedBlock<uint8_t>::with_capacity(open_.size_bytes), 0, open_.count, open_.range};
  append_bytes(closed, as_text(bytes_of(open_)));
  closed_bytes_ += closed.block.size_bytes();
  closed_.push_back(closed);
  open_ = Run();
}

void HeadHistograms::insert_late(TimestampMs timestamp_ms, const Histogram& histogram) {
  const auto at = std::lower_bound(late_.begin(), late_.end(), timestamp_ms, earlier);
  late_.emplace(at, timestamp_ms, std::make_shared<const Histogram>(histogram));
  const size_t stored = open_.count + closed_.size() * kRunSamplesMax;
  if (late_.size() >= std::max(kLateMax, stored / 8)) fold_late();
}

// Runs that end before the first late one stay as they are, the rest is coded again.
void HeadHistograms::fold_late() {
  const Late late = std::exchange(late_, {});
  const AppendBuffer<Run> closed = std::exchange(closed_, {});
  const Run open = std::exchange(open_, {});
  closed_bytes_ = 0;
  SampleColumns rest;
  for (const Run& run : closed.items()) {
    if (run.range.maxt_ms < late.front().first) {
      closed_bytes_ += run.block.size_bytes();
      closed_.push_back(run);
    } else {
      run.decode(rest);
    }
  }
  open.decode(rest);
  for (const auto& [timestamp_ms, histogram] : late) rest.push_back(timestamp_ms, histogram);
  make_ascending(rest, 0);
  for (size_t i = 0; i < rest.size(); ++i) append(rest.timestamps_ms[i], *rest.histograms[i]);
}

size_t HeadHistograms::size_bytes() const {
  size_t bytes = allocated_bytes(sizeof(*this)) + open_.block.size_bytes() + closed_.size_bytes() +
                 closed_bytes_ + last_.size_bytes() - sizeof(last_);
  if (late_.capacity() > 0) bytes += allocated_bytes(late_.capacity() * sizeof(Late::value_type));
  for (const auto& [timestamp_ms, histogram] : late_) bytes += histogram->size_bytes();
  return bytes;
}

}  // namespace weir::store::embedded
