#include "store/embedded/rollup_builder.h"

#include "store/embedded/chunk.h"
#include "store/embedded/rollup_chunk.h"

namespace weir::store::embedded {
namespace {

// After so many samples it shows whether the series is dense enough.
constexpr uint64_t kTrialSamples = 64;

}  // namespace

void RollupBuilder::add(std::span<const TimestampMs> timestamps_ms, std::span<const double> values) {
  for (size_t begin = 0; begin < timestamps_ms.size() && !given_up_;) {
    const TimestampMs end_ms = ceil_to(timestamps_ms[begin], width_ms_);
    if (end_ms != bucket_end_ms_) {
      close_bucket();
      bucket_end_ms_ = end_ms;
    }
    size_t end = begin + 1;
    while (end < timestamps_ms.size() && timestamps_ms[end] <= end_ms) ++end;
    bucket_.add(timestamps_ms.subspan(begin, end - begin), values.subspan(begin, end - begin));
    begin = end;
  }
}

void RollupBuilder::close_bucket() {
  if (bucket_.count() == 0) return;
  samples_ += bucket_.count();
  ++buckets_;
  const size_t before = chunk_.size();
  bucket_.close(chunk_);
  kept_ += chunk_.size() - before;
  if (chunk_.size() + RollupBucket::kKeptMax > kChunkSamplesMax) close_chunk();
  if (samples_ >= kTrialSamples && !pays()) give_up();
}

void RollupBuilder::close_chunk() {
  if (chunk_.size() == 0) return;
  ChunkRef ref;
  ref.list = list_;
  ref.sample_count = static_cast<uint32_t>(chunk_.size());
  ref.range = {chunk_.timestamps_ms.front(), chunk_.timestamps_ms.back()};
  std::string bytes;
  encode_rollup_chunk(chunk_, width_ms_, bytes);
  ref.size_bytes = static_cast<uint32_t>(bytes.size());
  chunks_.emplace_back(ref, std::move(bytes));
  chunk_.clear();
}

std::vector<RollupBuilder::Chunk> RollupBuilder::finish(uint64_t samples_bytes) {
  if (!given_up_) close_bucket();
  const bool wanted = !given_up_ && pays() && buckets_ >= kBucketsMin;
  if (wanted) close_chunk();
  uint64_t bytes = 0;
  for (const Chunk& chunk : chunks_) bytes += chunk.second.size();
  std::vector<Chunk> chunks = std::exchange(chunks_, {});
  const uint64_t bytes_max = samples_bytes / 8 + samples_ / 16;
  if (!wanted || bytes > bytes_max) chunks.clear();
  chunk_.clear();
  bucket_ = {};
  samples_ = kept_ = buckets_ = 0;
  given_up_ = idle_;
  return chunks;
}

}  // namespace weir::store::embedded
