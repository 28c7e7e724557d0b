#include "log/embedded/tail_repair.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "log/embedded/segment_scanner.h"

namespace weir::log::embedded {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

struct Damage {
  uint64_t begin;
  uint64_t first_missing_sequence;
};

/// What a first walk over the segment shows.
struct Survey {
  std::vector<Damage> damages;
  std::deque<std::pair<uint64_t, uint64_t>>
      untrusted;  ///< (sequence, position) of frames beyond `durable_sequence`; a last marker always is.
  uint64_t durable_sequence = 0;
};

Result<Survey> survey(const std::shared_ptr<Segment>& segment, uint64_t file_bytes) {
  Survey out;
  uint64_t next_sequence = segment->first_sequence();
  SegmentScanner scanner(segment, segment->begin(), file_bytes, kChunkBytes);
  for (;;) {
    ASSIGN_OR_RETURN(const SegmentScanner::Found found, scanner.next());
    if (found == SegmentScanner::Found::kEnd) return out;
    if (found == SegmentScanner::Found::kDamage) {
      out.damages.push_back({scanner.frame_begin(), next_sequence});
      continue;
    }
    const FrameHeader& header = scanner.header();
    next_sequence = header.sequence + 1;
    out.durable_sequence = std::max(out.durable_sequence, header.durable_sequence);
    out.untrusted.emplace_back(header.sequence, scanner.frame_begin());
    while (!out.untrusted.empty() && out.untrusted.front().first <= out.durable_sequence)
      out.untrusted.pop_front();
  }
}

/// One past the last byte in [begin, end) of the file that is not zero, or `begin`.
Result<uint64_t> end_of_content(const os::File& file, uint64_t begin, uint64_t end) {
  std::string chunk(std::min<uint64_t>(kChunkBytes, end - std::min(begin, end)), '\0');
  while (end > begin) {
    const uint64_t size = std::min<uint64_t>(kChunkBytes, end - begin);
    ASSIGN_OR_RETURN(const size_t got, file.read_at(end - size, chunk.data(), size));
    const size_t last = std::string_view(chunk).substr(0, got).find_last_not_of('\0');
    if (last != std::string_view::npos) return end - size + last + 1;
    end -= size;
  }
  return begin;
}

Result<bool> is_torn(const Segment& segment, const Damage& damage, uint64_t file_bytes) {
  std::string bytes(std::min<uint64_t>(kFrameHeaderBytes, file_bytes - damage.begin), '\0');
  ASSIGN_OR_RETURN(size_t got, segment.file().read_at(damage.begin, bytes.data(), bytes.size()));
  bytes.resize(got);
  const uint32_t seed = frame_seed(segment.seed(), damage.begin);
  if (const std::optional<FrameHeader> header = decode_frame_header(bytes, seed)) {
    bytes.resize(std::min<uint64_t>(header->frame_bytes, file_bytes - damage.begin));
    ASSIGN_OR_RETURN(got, segment.file().read_at(damage.begin, bytes.data(), bytes.size()));
    bytes.resize(got);
  }
  return looks_torn(bytes, damage.begin, seed);
}

}  // namespace

Result<Tail> find_tail(const std::shared_ptr<Segment>& segment, uint64_t file_bytes) {
  ASSIGN_OR_RETURN(const Survey found, survey(segment, file_bytes));
  ASSIGN_OR_RETURN(const uint64_t content_end, end_of_content(segment->file(), segment->begin(), file_bytes));
  Tail tail;
  tail.end = std::min(file_bytes, (content_end + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment);
  for (const Damage& damage : found.damages) {
    if (damage.first_missing_sequence <= found.durable_sequence) continue;
    ASSIGN_OR_RETURN(const bool torn, is_torn(*segment, damage, file_bytes));
    if (!torn) continue;
    tail.end = damage.begin;
    tail.torn_bytes = content_end > damage.begin ? content_end - damage.begin : 0;
    break;
  }
  tail.untrusted_begin =
      found.untrusted.empty() ? tail.end : std::min(tail.end, found.untrusted.front().second);
  return tail;
}

Status repair_tail(Segment& segment, const Tail& tail, uint64_t file_bytes) {
  if (tail.untrusted_begin == tail.end && tail.end == file_bytes) return {};
  std::string chunk;
  for (uint64_t at = tail.untrusted_begin; at < tail.end; at += chunk.size()) {
    chunk.resize(std::min<uint64_t>(kChunkBytes, tail.end - at));
    ASSIGN_OR_RETURN(const size_t got, segment.file().read_at(at, chunk.data(), chunk.size()));
    if (got < chunk.size()) return io_error(segment.path() + ": the file has shrunk");
    RETURN_IF_ERROR(segment.file().write_at(at, chunk));
  }
  RETURN_IF_ERROR(segment.file().truncate(tail.end));
  return segment.file().sync();
}

}  // namespace weir::log::embedded
