#include "log/embedded/journal_walk.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::log::embedded {
namespace {

constexpr size_t kChunkBytes = 1 << 20;
constexpr std::string_view kLost =
    "nothing brings these records back; the server keeps them where they are, skips them and serves the rest";

class Walk {
 public:
  Walk(os::FileSystem& files, const std::string& directory, JournalVisitor& visitor)
      : files_(files), directory_(directory), visitor_(visitor) {}

  Status run();

 private:
  Status visit(uint64_t sequence, bool newest);
  Result<bool> open(uint64_t sequence, WalkedSegment& walked);
  void compare_header(const WalkedSegment& walked, std::string_view head);
  bool continues(const WalkedSegment& walked);
  Status visit_frames(const WalkedSegment& walked);
  Status visit_frame(const SegmentScanner& scanner);
  void note_missing(const SegmentScanner& scanner);
  void damaged(const std::string& path, uint64_t position, uint64_t bytes, std::string what,
               std::string_view remedy = kLost) {
    after_damage_ = true;
    visitor_.on_damage({path, position, bytes, std::move(what), std::string(remedy)});
  }

  os::FileSystem& files_;
  const std::string& directory_;
  JournalVisitor& visitor_;
  bool begun_ = false;         // a readable header has been seen
  bool after_damage_ = false;  // numbers may be missing, and that has been told
  uint64_t next_sequence_ = 0;
  std::vector<Offset> next_offsets_;
};

Status Walk::run() {
  ASSIGN_OR_RETURN(const bool there, files_.exists(directory_));
  if (!there) return {};
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(directory_));
  std::vector<uint64_t> sequences;
  for (const std::string& name : names) {
    if (const auto sequence = parse_segment_name(name)) sequences.push_back(*sequence);
  }
  for (const uint64_t sequence : sequences) RETURN_IF_ERROR(visit(sequence, sequence == sequences.back()));
  return {};
}

Status Walk::visit(uint64_t sequence, bool newest) {
  WalkedSegment walked{os::join_path(directory_, segment_name(sequence)), 0, nullptr, {}};
  const auto opened = open(sequence, walked);
  if (!opened.ok() && opened.error().code == Code::kUnsupported) return opened.error();
  if (!opened.ok()) damaged(walked.path, 0, 0, "cannot be read: " + opened.error().message);
  if (opened.ok() && walked.segment != nullptr && newest) {
    auto tail = find_tail(walked.segment, walked.file_bytes);
    if (tail.ok()) walked.tail = *tail;
    if (!tail.ok()) {
      damaged(walked.path, 0, 0, "cannot be read: " + tail.error().message);
      walked.segment = nullptr;
    }
  }
  RETURN_IF_ERROR(visitor_.on_segment(walked));
  if (walked.segment != nullptr && continues(walked)) {
    next_sequence_ = walked.segment->first_sequence();
    next_offsets_ = walked.segment->header().next_offsets;
    begun_ = true;
    RETURN_IF_ERROR(visit_frames(walked));
  }
  visitor_.on_progress(walked.file_bytes);
  return {};
}

/// False when the header cannot be used; that has been told.
Result<bool> Walk::open(uint64_t sequence, WalkedSegment& walked) {
  ASSIGN_OR_RETURN(auto file, files_.open(walked.path, os::OpenMode::kRead));
  ASSIGN_OR_RETURN(walked.file_bytes, file->size());
  std::string head(std::min<uint64_t>(walked.file_bytes, kSegmentHeadBytesMax), '\0');
  ASSIGN_OR_RETURN(const size_t got, file->read_at(0, head.data(), head.size()));
  head.resize(got);
  auto header = decode_segment_header(head);
  if (!header.ok() && header.error().code == Code::kUnsupported)
    return std::move(header).error().context(walked.path);
  if (!header.ok() || header->first_sequence != sequence) {
    damaged(walked.path, 0, walked.file_bytes,
            header.ok() ? fmt::format("the header is that of segment {}", header->first_sequence)
                        : header.error().message);
    return false;
  }
  walked.segment = std::make_shared<Segment>(std::move(*header), walked.path, std::move(file), 0);
  walked.tail = {walked.file_bytes, walked.file_bytes, 0};
  compare_header(walked, head);
  return true;
}

/// Both copies are what the header encodes to, padding and all.
void Walk::compare_header(const WalkedSegment& walked, std::string_view head) {
  const std::string good = encode_segment_header(walked.segment->header());
  const size_t copy_bytes = good.size() / 2;
  for (const size_t begin : {size_t{0}, copy_bytes}) {
    const std::string_view copy = head.substr(std::min(begin, head.size()), copy_bytes);
    if (copy == std::string_view(good).substr(begin, copy_bytes)) continue;
    const bool was_after_damage = after_damage_;
    damaged(walked.path, begin, copy_bytes, "one of the two copies of the header is damaged; nothing is lost",
            "`weir repair` writes it again from the other copy");
    after_damage_ = was_after_damage;  // no record is missing
  }
}

/// As recovery decides: numbers never run backwards from one segment to the next.
bool Walk::continues(const WalkedSegment& walked) {
  const SegmentHeader& header = walked.segment->header();
  if (!begun_) {
    after_damage_ = false;
    return true;
  }
  bool good = header.next_offsets.size() == next_offsets_.size() && header.first_sequence >= next_sequence_;
  bool gap = header.first_sequence > next_sequence_;
  for (size_t i = 0; good && i < next_offsets_.size(); ++i) {
    good = header.next_offsets[i] >= next_offsets_[i];
    gap = gap || header.next_offsets[i] > next_offsets_[i];
  }
  if (!good) {
    damaged(walked.path, 0, walked.file_bytes, "the header's numbers do not follow the segment before");
    return false;
  }
  if (gap && !after_damage_) {
    damaged(walked.path, 0, 0,
            fmt::format("frames {} to {} are missing before this segment", next_sequence_,
                        header.first_sequence - 1));
  }
  after_damage_ = false;
  return true;
}

Status Walk::visit_frames(const WalkedSegment& walked) {
  SegmentScanner scanner(walked.segment, walked.segment->begin(), walked.tail.end, kChunkBytes);
  for (;;) {
    const auto found = scanner.next();
    if (!found.ok()) {
      damaged(walked.path, scanner.frame_begin(), 0, "cannot be read: " + found.error().message);
      return {};
    }
    if (*found == SegmentScanner::Found::kEnd) return {};
    if (*found == SegmentScanner::Found::kDamage) {
      damaged(walked.path, scanner.frame_begin(), scanner.frame_end() - scanner.frame_begin(),
              "a frame is damaged: a checksum is wrong");
      continue;
    }
    RETURN_IF_ERROR(visit_frame(scanner));
  }
}

Status Walk::visit_frame(const SegmentScanner& scanner) {
  const std::string& path = scanner.segment().path();
  bool backwards = scanner.header().sequence < next_sequence_;
  std::vector<Offset> next = next_offsets_;
  for (const FrameRecord& record : scanner.records()) {
    backwards = backwards || record.offset < next[record.partition.value()];
    next[record.partition.value()] = Offset(record.offset.value() + 1);
  }
  if (backwards) {
    damaged(path, scanner.frame_begin(), scanner.header().frame_bytes,
            fmt::format("the numbers of frame {} run backwards", scanner.header().sequence));
    return {};
  }
  note_missing(scanner);
  next_sequence_ = scanner.header().sequence + 1;
  next_offsets_ = std::move(next);
  return visitor_.on_frame(scanner);
}

/// Gaps before a good frame, unless damage before it has been told: then they are its consequence.
void Walk::note_missing(const SegmentScanner& scanner) {
  const std::string& path = scanner.segment().path();
  if (!after_damage_ && scanner.header().sequence > next_sequence_) {
    damaged(path, scanner.frame_begin(), 0,
            fmt::format("frames {} to {} are missing before this place", next_sequence_,
                        scanner.header().sequence - 1));
  }
  std::vector<Offset> next = next_offsets_;
  for (const FrameRecord& record : scanner.records()) {
    Offset& expected = next[record.partition.value()];
    if (!after_damage_ && record.offset > expected) {
      damaged(path, scanner.frame_begin(), 0,
              fmt::format("offsets {} to {} of partition {} are missing before this place", expected.value(),
                          record.offset.value() - 1, record.partition.value()));
    }
    expected = Offset(record.offset.value() + 1);
  }
}

}  // namespace

Status walk_journal(os::FileSystem& files, const std::string& directory, JournalVisitor& visitor) {
  return Walk(files, directory, visitor).run();
}

}  // namespace weir::log::embedded
