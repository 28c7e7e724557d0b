#include "log/embedded/segment_scanner.h"

#include <algorithm>

namespace weir::log::embedded {

SegmentScanner::SegmentScanner(std::shared_ptr<const Segment> segment, uint64_t position, uint64_t end,
                               size_t chunk_bytes)
    : segment_(std::move(segment)),
      chunk_bytes_(chunk_bytes),
      end_(end),
      position_(position),
      frame_begin_(position),
      buffer_(std::make_shared<const std::string>()) {}

Result<SegmentScanner::Found> SegmentScanner::next() {
  frame_begin_ = position_;
  if (position_ >= end_) return Found::kEnd;
  ASSIGN_OR_RETURN(const bool good, decode_at(position_));
  if (good) {
    position_ += header_.frame_bytes;
    return Found::kFrame;
  }
  // Frames are aligned, and the checksum of a frame's header is cheap: nothing that a payload may hold can
  // make this slow.
  for (position_ += kFrameAlignment; position_ < end_; position_ += kFrameAlignment) {
    ASSIGN_OR_RETURN(const bool found, decode_at(position_));
    if (found) break;
  }
  position_ = std::min(position_, end_);
  return Found::kDamage;
}

bool SegmentScanner::buffered() const {
  return position_ >= buffer_begin_ && position_ + kFrameHeaderBytes <= buffer_begin_ + buffer_->size();
}

Result<bool> SegmentScanner::decode_at(uint64_t position) {
  ASSIGN_OR_RETURN(const std::string_view head, bytes_at(position, kFrameHeaderBytes));
  if (!head.starts_with(kFrameMagic)) return false;
  const uint32_t seed = frame_seed(segment_->seed(), position);
  const std::optional<FrameHeader> header = decode_frame_header(head, seed);
  if (!header) return false;
  ASSIGN_OR_RETURN(const std::string_view frame, bytes_at(position, header->frame_bytes));
  if (!decode_frame_body(frame, *header, seed, segment_->partition_count(), records_)) return false;
  header_ = *header;
  return true;
}

/// `size` bytes, fewer at the end of the scan.
Result<std::string_view> SegmentScanner::bytes_at(uint64_t position, uint64_t size) {
  size = std::min(size, end_ - position);
  const bool inside = position >= buffer_begin_ && position + size <= buffer_begin_ + buffer_->size();
  if (!inside) {
    std::string bytes(std::min<uint64_t>(std::max<uint64_t>(size, chunk_bytes_), end_ - position), '\0');
    ASSIGN_OR_RETURN(const size_t got, segment_->file().read_at(position, bytes.data(), bytes.size()));
    bytes.resize(got);
    buffer_ = std::make_shared<const std::string>(std::move(bytes));
    buffer_begin_ = position;
  }
  return std::string_view(*buffer_).substr(position - buffer_begin_, size);
}

}  // namespace weir::log::embedded
