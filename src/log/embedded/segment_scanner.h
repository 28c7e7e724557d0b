#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/embedded/frame.h"
#include "log/embedded/segment.h"

namespace weir::log::embedded {

/// Walks over the frames of a segment in order, verifying each, and past damage to the next good frame. The
/// one way in which recovery and readers look at stored bytes. Owned by one thread.
class SegmentScanner {
 public:
  /// Frames in [`position`, `end`) of the file are visited; `chunk_bytes` are read at a time.
  SegmentScanner(std::shared_ptr<const Segment> segment, uint64_t position, uint64_t end, size_t chunk_bytes);

  enum class Found {
    kFrame,   ///< `header()`, `records()` and `buffer()` describe it.
    kDamage,  ///< [frame_begin(), frame_end()) holds no good frame; the next call goes on after it.
    kEnd,
  };
  /// Errors: those of File::read_at.
  Result<Found> next();
  /// The next call finds the same frame again.
  void step_back() { position_ = frame_begin_; }
  /// Lets the scan go on further as the segment grows.
  void extend(uint64_t end) { end_ = end; }
  /// True when the next call is likely to need no I/O.
  bool buffered() const;

  const Segment& segment() const { return *segment_; }
  uint64_t frame_begin() const { return frame_begin_; }
  uint64_t frame_end() const { return position_; }
  const FrameHeader& header() const { return header_; }
  const std::vector<FrameRecord>& records() const { return records_; }
  /// Keeps the bytes alive that `records()` point to.
  const std::shared_ptr<const std::string>& buffer() const { return buffer_; }

 private:
  Result<bool> decode_at(uint64_t position);
  Result<std::string_view> bytes_at(uint64_t position, uint64_t size);

  const std::shared_ptr<const Segment> segment_;
  const size_t chunk_bytes_;
  uint64_t end_;
  uint64_t position_;
  uint64_t frame_begin_;
  FrameHeader header_;
  std::vector<FrameRecord> records_;
  std::shared_ptr<const std::string> buffer_;
  uint64_t buffer_begin_ = 0;
};

}  // namespace weir::log::embedded
