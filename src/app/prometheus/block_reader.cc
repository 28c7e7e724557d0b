#include "app/prometheus/block_reader.h"

#include <fmt/format.h>

#include "wire/tsdb/chunk.h"

namespace weir::app::prometheus {
namespace {

constexpr uint64_t kTombstonesBytesMax = 1u << 30;

}  // namespace

Result<BlockReader> BlockReader::open(os::FileSystem& files, const std::string& path) {
  const std::string index_path = os::join_path(path, "index");
  ASSIGN_OR_RETURN(auto index_file, files.map(index_path));
  ASSIGN_OR_RETURN(auto index, wire::tsdb::IndexReader::open(index_file->bytes()).context(index_path));
  BlockReader reader(std::move(index_file), std::move(index));
  RETURN_IF_ERROR(reader.open_segments(files, os::join_path(path, "chunks")));
  RETURN_IF_ERROR(reader.read_tombstones(files, os::join_path(path, "tombstones")));
  return reader;
}

Status BlockReader::open_segments(os::FileSystem& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const std::string& name : names) {
    const std::string path = os::join_path(directory, name);
    ASSIGN_OR_RETURN(auto segment, files.map(path));
    RETURN_IF_ERROR(wire::tsdb::check_segment(segment->bytes()).context(path));
    segments_.push_back(std::move(segment));
    segment_paths_.push_back(path);
  }
  return {};
}

Status BlockReader::read_tombstones(os::FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const bool there, files.exists(path));
  if (!there) return {};
  ASSIGN_OR_RETURN(const std::string bytes, os::read_file(files, path, kTombstonesBytesMax));
  ASSIGN_OR_RETURN(tombstones_, wire::tsdb::Tombstones::parse(bytes).context(path));
  return {};
}

Result<bool> BlockReader::next_series(wire::tsdb::SeriesEntry& series) {
  return index_.next(series);
}

Status BlockReader::read_chunk(const wire::tsdb::SeriesEntry& series, const wire::tsdb::ChunkPlace& place,
                               const TimeRange& range, SampleColumns& out) {
  if (place.segment >= segments_.size())
    return corruption(fmt::format("chunk segment {} of {}", place.segment, segments_.size()));
  const std::string& path = segment_paths_[place.segment];
  ASSIGN_OR_RETURN(const auto chunk,
                   wire::tsdb::read_chunk(segments_[place.segment]->bytes(), place.offset).context(path));
  decoded_.clear();
  RETURN_IF_ERROR(wire::tsdb::decode_chunk(chunk, decoded_)
                      .context(fmt::format("{}: chunk at byte {}", path, place.offset)));
  const std::vector<TimeRange>& deleted = tombstones_.of(series.reference);
  for (size_t i = 0; i < decoded_.size(); ++i) {
    const TimestampMs time = decoded_.timestamps_ms[i];
    if (!range.contains(time) || wire::tsdb::is_deleted(deleted, time)) continue;
    if (auto histogram = decoded_.histogram(i)) {
      out.push_back(time, std::move(histogram));
    } else {
      out.push_back(time, decoded_.values[i]);
    }
  }
  out.align_histograms();
  return {};
}

}  // namespace weir::app::prometheus
