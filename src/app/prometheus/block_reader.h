#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/sample.h"
#include "model/time_range.h"
#include "os/files.h"
#include "wire/tsdb/index.h"
#include "wire/tsdb/tombstones.h"

namespace weir::app::prometheus {

/// Walks a block of Prometheus, whose files it maps: memory is bounded by a series' list of chunks and one
/// chunk's samples. Owned by one thread.
class BlockReader {
 public:
  /// Errors: those of FileSystem; kCorruption and kUnsupported name the file.
  static Result<BlockReader> open(os::FileSystem& files, const std::string& path);

  /// The next series, in order of labels; false at the end. Errors: kCorruption: the rest of the block cannot
  /// be read.
  Result<bool> next_series(wire::tsdb::SeriesEntry& series);

  /// Appends those of the chunk's samples to `out` that are in `range` and not deleted. Errors: kCorruption,
  /// kUnsupported, kInvalidArgument, kResourceExhausted: the chunk cannot be read; others can.
  Status read_chunk(const wire::tsdb::SeriesEntry& series, const wire::tsdb::ChunkPlace& place,
                    const TimeRange& range, SampleColumns& out);

 private:
  BlockReader(std::unique_ptr<os::Mapping> index_file, wire::tsdb::IndexReader index)
      : index_file_(std::move(index_file)), index_(std::move(index)) {}
  Status open_segments(os::FileSystem& files, const std::string& directory);
  Status read_tombstones(os::FileSystem& files, const std::string& path);

  std::unique_ptr<os::Mapping> index_file_;
  wire::tsdb::IndexReader index_;
  std::vector<std::unique_ptr<os::Mapping>> segments_;
  std::vector<std::string> segment_paths_;
  wire::tsdb::Tombstones tombstones_;
  SampleColumns decoded_;  // kept for its memory
};

}  // namespace weir::app::prometheus
