#include "store/embedded/block_writer.h"

#include <algorithm>
#include <limits>
#include <span>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "store/embedded/chunk.h"
#include "store/embedded/exemplar_chunk.h"
#include "store/embedded/histogram_chunk.h"

namespace weir::store::embedded {
namespace {

std::string temporary(const std::string& path) {
  return path + ".tmp";
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Where the chunk that begins at `begin` ends: full, but not between two exemplars of one time, if it has
// others.
size_t exemplar_chunk_end(const ExemplarColumns& exemplars, size_t begin) {
  const size_t full = std::min(exemplars.size(), begin + kExemplarChunkMax);
  if (full == exemplars.size()) return full;
  size_t end = full;
  while (end > begin && exemplars[end - 1].timestamp_ms == exemplars[full].timestamp_ms) --end;
  return end > begin ? end : full;
}

}  // namespace

Result<std::unique_ptr<BlockWriter>> BlockWriter::create(os::FileSystem& files, const std::string& path,
                                                         int64_t length_ms) {
  ASSIGN_OR_RETURN(BufferedFile file, BufferedFile::create(files, temporary(path)));
  std::unique_ptr<BlockWriter> writer(
      new BlockWriter(files, path, std::move(file), length_ms));  // NOLINT: the constructor is private
  RETURN_IF_ERROR(writer->file_.append(kBlockMagic));
  return writer;
}

BlockWriter::BlockWriter(os::FileSystem& files, std::string path, BufferedFile file, int64_t length_ms)
    : files_(files),
      path_(std::move(path)),
      file_(std::move(file)),
      minutes_(ChunkList::kMinuteRollup, length_ms),
      hours_(ChunkList::kHourRollup, length_ms) {
  footer_.range = {std::numeric_limits<TimestampMs>::max(), std::numeric_limits<TimestampMs>::min()};
}

BlockWriter::~BlockWriter() {
  // What cannot be removed now is removed when the store is opened the next time.
  if (!finished_) static_cast<void>(files_.remove(temporary(path_)).ok());
}

Status BlockWriter::begin_series(TenantId tenant, LabelsView labels) {
  RETURN_IF_ERROR(end_series());
  index_.add_series(tenant, labels);
  return {};
}

Status BlockWriter::add_samples(std::span<const TimestampMs> timestamps_ms, std::span<const double> values,
                                std::span<const HistogramPtr> histograms) {
  if (histograms.empty()) return add_doubles(timestamps_ms, values);
  const auto is_there = [](const HistogramPtr& histogram) { return histogram != nullptr; };
  for (size_t begin = 0; begin < timestamps_ms.size();) {
    if (histograms[begin] != nullptr) {
      RETURN_IF_ERROR(add_histogram(timestamps_ms[begin], histograms[begin]));
      ++begin;
      continue;
    }
    const auto from = histograms.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<size_t>(std::find_if(from, histograms.end(), is_there) - from);
    RETURN_IF_ERROR(add_doubles(timestamps_ms.subspan(begin, count), values.subspan(begin, count)));
    begin += count;
  }
  return {};
}

Status BlockWriter::add_histogram(TimestampMs timestamp_ms, const HistogramPtr& histogram) {
  const bool fits = pending_.size() == 0 || (!pending_.histograms.empty() &&
                                             pending_.histograms.front()->layout == histogram->layout);
  if (!fits) RETURN_IF_ERROR(flush_pending());
  pending_.push_back(timestamp_ms, histogram);
  return pending_.size() < histogram_chunk_samples_max(histogram->layout) ? Status() : flush_pending();
}

Status BlockWriter::add_doubles(std::span<const TimestampMs> timestamps_ms, std::span<const double> values) {
  if (!pending_.histograms.empty()) RETURN_IF_ERROR(flush_pending());
  while (!timestamps_ms.empty()) {
    const size_t count = std::min(timestamps_ms.size(), kChunkSamplesMax - pending_.size());
    pending_.timestamps_ms.insert(pending_.timestamps_ms.end(), timestamps_ms.begin(),
                                  timestamps_ms.begin() + static_cast<std::ptrdiff_t>(count));
    pending_.values.insert(pending_.values.end(), values.begin(),
                           values.begin() + static_cast<std::ptrdiff_t>(count));
    timestamps_ms = timestamps_ms.subspan(count);
    values = values.subspan(count);
    if (pending_.size() == kChunkSamplesMax) RETURN_IF_ERROR(flush_pending());
  }
  return {};
}

Status BlockWriter::add_exemplars(const ExemplarColumns& exemplars) {
  RETURN_IF_ERROR(flush_pending());
  for (size_t begin = 0; begin < exemplars.size();) {
    const size_t end = exemplar_chunk_end(exemplars, begin);
    const TimestampMs last_ms = exemplars[end - 1].timestamp_ms;
    ChunkRef ref;
    ref.list = ChunkList::kExemplars;
    ref.sample_count = static_cast<uint32_t>(end - begin);
    ref.range = {exemplars[begin].timestamp_ms, last_ms};
    chunk_bytes_.clear();
    encode_exemplar_chunk(exemplars, begin, end, chunk_bytes_);
    RETURN_IF_ERROR(append_chunk(ref, chunk_bytes_));
    begin = end;
    while (begin < exemplars.size() && exemplars[begin].timestamp_ms == last_ms) ++begin;
  }
  return {};
}

Status BlockWriter::flush_pending() {
  if (pending_.size() == 0) return {};
  chunk_bytes_.clear();
  if (pending_.histograms.empty()) {
    encode_chunk(pending_.timestamps_ms, pending_.values, chunk_bytes_);
  } else {
    encode_histogram_chunk(pending_.timestamps_ms, pending_.histograms, chunk_bytes_);
  }
  ChunkRef ref;
  ref.sample_count = static_cast<uint32_t>(pending_.size());
  ref.range = {pending_.timestamps_ms.front(), pending_.timestamps_ms.back()};
  roll_up(pending_);
  pending_.clear();
  return append_samples(ref, chunk_bytes_);
}

Status BlockWriter::add_chunk(const ChunkRef& ref, std::string_view bytes) {
  RETURN_IF_ERROR(flush_pending());
  if (minutes_.wants_samples() || hours_.wants_samples()) {
    copied_.clear();
    RETURN_IF_ERROR(decode_chunk(bytes, copied_));
    roll_up(copied_);
  }
  return append_samples(ref, bytes);
}

void BlockWriter::roll_up(const SampleColumns& samples) {
  for (RollupBuilder* rollup : {&minutes_, &hours_}) {
    if (samples.histograms.empty()) {
      rollup->add(samples.timestamps_ms, samples.values);
    } else {
      rollup->give_up();
    }
  }
}

Status BlockWriter::append_samples(const ChunkRef& ref, std::string_view chunk) {
  ASSIGN_OR_RETURN(const size_t begin_bytes, chunk_begin_bytes(chunk));
  const std::string_view begin = chunk.substr(0, begin_bytes);
  const uint64_t offset = file_.size_bytes();
  if (const auto loan = lenders_.borrow(begin, offset)) {
    borrowed_bytes_.clear();
    encode_borrowed_chunk(*loan, chunk.substr(begin_bytes), borrowed_bytes_);
    return append_chunk(ref, borrowed_bytes_);
  }
  lenders_.add(begin, offset, static_cast<uint32_t>(chunk.size()));
  return append_chunk(ref, chunk);
}

Status BlockWriter::append_chunk(ChunkRef ref, std::string_view bytes) {
  ref.offset = file_.size_bytes();
  ref.size_bytes = static_cast<uint32_t>(bytes.size());
  index_.add_chunk(ref);
  footer_.range.mint_ms = std::min(footer_.range.mint_ms, ref.range.mint_ms);
  footer_.range.maxt_ms = std::max(footer_.range.maxt_ms, ref.range.maxt_ms);
  if (ref.list == ChunkList::kSamples) {
    footer_.sample_count += ref.sample_count;
    series_bytes_ += bytes.size();
  }

  std::string crc;
  ByteWriter(crc).u32(crc32c(bytes));
  RETURN_IF_ERROR(file_.append(bytes));
  return file_.append(crc);
}

Status BlockWriter::end_series() {
  RETURN_IF_ERROR(flush_pending());
  for (RollupBuilder* rollup : {&minutes_, &hours_}) {
    for (const auto& [ref, bytes] : rollup->finish(series_bytes_)) RETURN_IF_ERROR(append_chunk(ref, bytes));
  }
  series_bytes_ = 0;
  return {};
}

Status BlockWriter::finish() {
  RETURN_IF_ERROR(end_series());
  CHECK(footer_.range.mint_ms <= footer_.range.maxt_ms, "a block holds at least one sample or exemplar");
  RETURN_IF_ERROR(index_.write(file_, footer_));
  RETURN_IF_ERROR(file_.append(encode_footer(footer_)));
  RETURN_IF_ERROR(file_.sync());
  RETURN_IF_ERROR(files_.rename(temporary(path_), path_));
  finished_ = true;
  return files_.sync_directory(directory_of(path_));
}

}  // namespace weir::store::embedded
