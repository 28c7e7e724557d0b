#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

/// Frames, the atomic units of a segment: all records of one `append`, or a marker. docs/formats/journal.md
/// has the bytes.
namespace weir::log::embedded {

inline constexpr std::string_view kFrameMagic = "WFRM";
inline constexpr size_t kFrameAlignment = 8;
inline constexpr size_t kFrameHeaderBytes = 40;
inline constexpr size_t kRecordEntryBytes = 24;
inline constexpr size_t kMarkerBytes = 48;
inline constexpr uint64_t kFrameBytesMax = uint64_t{1} << 30;
/// Larger sequence numbers and offsets are taken for damage, so that arithmetic on them cannot overflow.
inline constexpr uint64_t kNumberMax = uint64_t{1} << 62;

enum class FrameKind : uint8_t {
  kRecords = 1,
  kMarker = 2,  ///< No records: only says how far the journal was durable when it was written.
  kSeries = 3,  ///< Records that name series by number: see docs/formats/series-record.md.
  kSeriesKey =
      4,  ///< The same, and nothing before it is needed to read it and what follows: it begins a group.
};

struct FrameHeader {
  FrameKind kind = FrameKind::kMarker;
  uint32_t frame_bytes = 0;       ///< Header, body and end mark; a multiple of kFrameAlignment.
  uint64_t sequence = 0;          ///< Number of this frame in the journal.
  uint64_t durable_sequence = 0;  ///< Last frame that was known to be durable when this one was written.
  uint32_t record_count = 0;
  uint32_t body_crc = 0;
};

inline bool has_series_records(FrameKind kind) {
  return kind == FrameKind::kSeries || kind == FrameKind::kSeriesKey;
}

/// A record inside a decoded frame; `payload` points into the frame's bytes.
struct FrameRecord {
  TenantId tenant;
  PartitionId partition;
  Offset offset;
  std::string_view payload;
  bool is_series_record = false;  ///< The payload is one; else it is whatever was appended.
};

/// Where a frame goes, which its checksums cover: `segment_seed` is Segment::seed().
struct FramePlace {
  uint32_t segment_seed = 0;
  uint64_t position = 0;  ///< In the segment's file.
  uint64_t sequence = 0;
  uint64_t durable_sequence = 0;
};

/// Bytes that `encode_frame` will make of the records.
uint64_t frame_bytes(std::span<const NewRecord> records);

/// Builds a frame without a place: everything but offsets, sequence numbers and checksums.
class FrameEncoder {
 public:
  /// The frame goes to the end of `out`, which the caller extends by each payload before it calls `add`.
  FrameEncoder(std::string& out, size_t record_count);
  /// The record whose payload is what came to `out` since the last call.
  void add(TenantId tenant, PartitionId partition);
  /// Call once, after the last record.
  void finish(FrameKind kind);

 private:
  std::string& out_;
  const size_t begin_;
  size_t payload_begin_;
  size_t record_count_ = 0;
};

/// A frame of kRecords.
std::string encode_frame(std::span<const NewRecord> records);
std::string encode_marker();

/// Completes a frame: takes the records' offsets from `next_offsets` (one a partition) and moves those on,
/// then seals everything with checksums.
void place_frame(std::span<char> frame, const FramePlace& place, std::vector<Offset>& next_offsets);

/// Whether a frame that we have encoded ourselves is one of kSeriesKey.
bool begins_group(std::string_view frame);

/// Appends the records of a frame that we have encoded ourselves.
void list_records(std::string_view frame, std::vector<FrameRecord>& records);

/// The seed of all checksums of the frame at `position`: a frame that is copied or left over from elsewhere
/// never fits.
uint32_t frame_seed(uint32_t segment_seed, uint64_t position);

/// The header at the start of `bytes`, if there is an intact one.
std::optional<FrameHeader> decode_frame_header(std::string_view bytes, uint32_t seed);

/// The records of the frame that is all of `frame`; false when anything in it is damaged. `records` is
/// cleared first.
bool decode_frame_body(std::string_view frame, const FrameHeader& header, uint32_t seed,
                       uint32_t partition_count, std::vector<FrameRecord>& records);

/// Whether the bad frame at the start of `bytes` (which reach to the end of the file, or 2 GiB) was never
/// written whole, as after a power loss, rather than damaged later: sectors of it are still zero, or its end
/// is.
bool looks_torn(std::string_view bytes, uint64_t position, uint32_t seed);

}  // namespace weir::log::embedded
