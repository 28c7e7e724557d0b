#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "os/files.h"

namespace weir::log::embedded {

inline constexpr uint32_t kPartitionCountMax = 4'096;
inline constexpr size_t kUuidBytes = 16;

/// What a segment file begins with, twice: see docs/formats/journal.md.
struct SegmentHeader {
  /// Version 1 had no frames of series records; both are read, 2 is written.
  static constexpr uint32_t kVersion = 2;

  std::string uuid;             ///< kUuidBytes at random, the seed of all checksums in the segment.
  uint64_t first_sequence = 0;  ///< Of the first frame; also the file's name.
  TimestampMs created_ms = 0;
  std::vector<Offset>
      next_offsets;  ///< One a partition: the offset of its first record here or in a later segment.
  uint32_t version = kVersion;
};

/// Where the first frame is: after both copies of the header.
uint64_t frames_begin(size_t partition_count);

/// Both copies, `frames_begin()` bytes.
std::string encode_segment_header(const SegmentHeader& header);

/// Reads the first copy that is intact from the file's first bytes (at least kSegmentHeadBytesMax, or the
/// whole file). kCorruption when there is none; kUnsupported when another version wrote the file.
Result<SegmentHeader> decode_segment_header(std::string_view head);
inline constexpr size_t kSegmentHeadBytesMax = 2 * 36 * 1'024;

/// "00000000000000000042.journal" of 42, and back; nothing for other files' names.
std::string segment_name(uint64_t first_sequence);
std::optional<uint64_t> parse_segment_name(std::string_view name);

/// An open segment file. The header never changes; `durable_end` grows while the writer appends. Reading is
/// safe from any thread, writing is the writer's alone.
class Segment {
 public:
  Segment(SegmentHeader header, std::string path, std::unique_ptr<os::File> file, uint64_t durable_end);

  const SegmentHeader& header() const { return header_; }
  uint64_t first_sequence() const { return header_.first_sequence; }
  uint32_t partition_count() const { return static_cast<uint32_t>(header_.next_offsets.size()); }
  uint64_t begin() const { return frames_begin(header_.next_offsets.size()); }
  uint32_t seed() const { return seed_; }
  const std::string& path() const { return path_; }
  os::File& file() const { return *file_; }

  /// One past the last byte that readers may see.
  uint64_t durable_end() const { return durable_end_.load(std::memory_order_acquire); }
  void set_durable_end(uint64_t position) { durable_end_.store(position, std::memory_order_release); }

 private:
  const SegmentHeader header_;
  const uint32_t seed_;
  const std::string path_;
  const std::unique_ptr<os::File> file_;
  std::atomic<uint64_t> durable_end_;
};

/// What the name of a file ends with that is not a segment yet; one found at the start is the rest of a
/// failure.
inline constexpr std::string_view kUnfinishedSuffix = ".new";

/// Creates a segment of `file_bytes`, preallocated, that is durable with its name when this returns, and of
/// which nothing is seen before. Replaces a segment of the same number, which can only be an empty one.
/// kResourceExhausted: the disk is full.
Result<std::shared_ptr<Segment>> create_segment(os::FileSystem& files, const std::string& directory,
                                                SegmentHeader header, uint64_t file_bytes);

}  // namespace weir::log::embedded
