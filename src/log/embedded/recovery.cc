#include "log/embedded/recovery.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/embedded/segment_scanner.h"
#include "log/embedded/tail_repair.h"
#include "os/random.h"
#include "telemetry/logger.h"

namespace weir::log::embedded {
namespace {

constexpr size_t kChunkBytes = 1 << 20;
void warn_damage(const std::string& path, std::string_view what, uint64_t begin, uint64_t bytes) {
  telemetry::log_warn("log", what, {{"file", path}, {"position", begin}, {"bytes", bytes}});
}

class Recovery {
 public:
  Recovery(const EmbeddedLogOptions& options, os::FileSystem& files, const os::Clock& clock,
           RecoveryReport& report)
      : options_(options), files_(files), clock_(clock), report_(report) {}

  Result<Recovered> run();

 private:
  /// A segment file; without `segment` its header cannot be read.
  struct Found {
    uint64_t sequence = 0;
    std::string path;
    uint64_t file_bytes = 0;
    std::shared_ptr<Segment> segment;
  };
  Result<std::vector<Found>> find_segments();
  Result<Found> open_segment(uint64_t sequence, bool newest);
  Status create_first();
  Status replay(const Found& found, bool newest);
  Status replay_frames(const std::shared_ptr<Segment>& segment, uint64_t end);
  bool continues(const Segment& segment) const;
  bool continues(const SegmentScanner& scanner);
  void accept(const SegmentScanner& scanner);
  void set_aside(const std::string& path, uint64_t begin, uint64_t bytes);
  void skip_lost_numbers();

  const EmbeddedLogOptions& options_;
  os::FileSystem& files_;
  const os::Clock& clock_;
  RecoveryReport& report_;
  std::shared_ptr<Journal> journal_;
  NextNumbers next_;
  std::vector<Offset> trial_offsets_;
  uint64_t lost_bytes_ = 0;  ///< Damage after the newest header that could be read.
};

Result<Recovered> Recovery::run() {
  RETURN_IF_ERROR(files_.create_directories(options_.directory));
  ASSIGN_OR_RETURN(const std::vector<Found> all, find_segments());
  if (all.empty()) {
    RETURN_IF_ERROR(create_first());
    return Recovered{journal_, next_};
  }
  const auto readable =
      std::find_if(all.begin(), all.end(), [](const Found& found) { return found.segment != nullptr; });
  if (readable == all.end()) {
    return corruption(fmt::format("{}: no segment has a readable header, so the next offsets are unknown",
                                  options_.directory));
  }
  const uint32_t partition_count = readable->segment->partition_count();
  journal_ = std::make_shared<Journal>(partition_count, options_.tail_cache_bytes);
  next_.offsets.resize(partition_count);
  for (const Found& found : all) RETURN_IF_ERROR(replay(found, &found == &all.back()));
  skip_lost_numbers();
  for (uint32_t i = 0; i < partition_count; ++i) journal_->set_end(PartitionId(i), next_.offsets[i]);
  return Recovered{journal_, next_};
}

Result<std::vector<Recovery::Found>> Recovery::find_segments() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(options_.directory));
  std::vector<uint64_t> sequences;
  for (const std::string& name : names) {
    if (const std::optional<uint64_t> sequence = parse_segment_name(name)) sequences.push_back(*sequence);
    if (name.ends_with(kUnfinishedSuffix))
      RETURN_IF_ERROR(files_.remove(os::join_path(options_.directory, name)));
  }
  std::vector<Found> all;
  for (const uint64_t sequence : sequences) {
    ASSIGN_OR_RETURN(Found found, open_segment(sequence, sequence == sequences.back()));
    all.push_back(std::move(found));
  }
  return all;
}

Result<Recovery::Found> Recovery::open_segment(uint64_t sequence, bool newest) {
  Found found{sequence, os::join_path(options_.directory, segment_name(sequence)), 0, nullptr};
  ASSIGN_OR_RETURN(auto file,
                   files_.open(found.path, newest ? os::OpenMode::kReadWrite : os::OpenMode::kRead));
  ASSIGN_OR_RETURN(found.file_bytes, file->size());
  std::string head(std::min<uint64_t>(found.file_bytes, kSegmentHeadBytesMax), '\0');
  ASSIGN_OR_RETURN(const size_t got, file->read_at(0, head.data(), head.size()));
  head.resize(got);
  Result<SegmentHeader> header = decode_segment_header(head);
  if (header.ok() && header->first_sequence == sequence) {
    found.segment = std::make_shared<Segment>(std::move(header).value(), found.path, std::move(file), 0);
  } else if (!header.ok() && header.error().code == Code::kUnsupported) {
    return std::move(header).error().context(found.path);
  }
  return found;
}

Status Recovery::create_first() {
  next_.offsets.resize(options_.partition_count);
  SegmentHeader header{os::secure_random_bytes(kUuidBytes), next_.sequence, clock_.wall_ms(), next_.offsets};
  ASSIGN_OR_RETURN(auto segment, create_segment(files_, options_.directory, std::move(header),
                                                frames_begin(next_.offsets.size())));
  journal_ = std::make_shared<Journal>(options_.partition_count, options_.tail_cache_bytes);
  journal_->add_segment(std::move(segment));
  return {};
}

Status Recovery::replay(const Found& found, bool newest) {
  if (found.segment == nullptr || !continues(*found.segment)) {
    set_aside(found.path, 0, found.file_bytes);
    next_.sequence = std::max(next_.sequence, found.sequence + 1);
    return {};
  }
  Segment& segment = *found.segment;
  if (segment.partition_count() != journal_->partition_count()) {
    return corruption(fmt::format("{}: {} partitions, the segments before have {}", found.path,
                                  segment.partition_count(), journal_->partition_count()));
  }
  Tail tail{found.file_bytes, found.file_bytes, 0};
  if (newest) {
    ASSIGN_OR_RETURN(tail, find_tail(found.segment, found.file_bytes));
    RETURN_IF_ERROR(repair_tail(segment, tail, found.file_bytes));
    report_.torn_bytes += tail.torn_bytes;
  }
  if (report_.segments > 0 && segment.first_sequence() > next_.sequence) {
    warn_damage(found.path, "frames before this segment are missing", 0, 0);
  }
  ++report_.segments;
  lost_bytes_ = 0;
  next_.sequence = segment.first_sequence();
  next_.offsets = segment.header().next_offsets;
  segment.set_durable_end(tail.end);
  journal_->add_segment(found.segment);
  return replay_frames(found.segment, tail.end);
}

Status Recovery::replay_frames(const std::shared_ptr<Segment>& segment, uint64_t end) {
  SegmentScanner scanner(segment, segment->begin(), end, kChunkBytes);
  for (;;) {
    ASSIGN_OR_RETURN(const SegmentScanner::Found found, scanner.next());
    if (found == SegmentScanner::Found::kEnd) return {};
    if (found == SegmentScanner::Found::kFrame && continues(scanner)) {
      accept(scanner);
    } else {
      set_aside(segment->path(), scanner.frame_begin(), scanner.frame_end() - scanner.frame_begin());
    }
  }
}

bool Recovery::continues(const Segment& segment) const {
  if (segment.first_sequence() < next_.sequence) return false;
  for (size_t i = 0; i < std::min(next_.offsets.size(), segment.header().next_offsets.size()); ++i) {
    if (segment.header().next_offsets[i] < next_.offsets[i]) return false;
  }
  return true;
}

/// Numbers that run backwards under a good checksum were not written by a working journal.
bool Recovery::continues(const SegmentScanner& scanner) {
  if (scanner.header().sequence < next_.sequence) return false;
  trial_offsets_ = next_.offsets;
  for (const FrameRecord& record : scanner.records()) {
    Offset& next = trial_offsets_[record.partition.value()];
    if (record.offset < next) return false;
    next = Offset(record.offset.value() + 1);
  }
  return true;
}

void Recovery::accept(const SegmentScanner& scanner) {
  if (scanner.header().kind == FrameKind::kSeriesKey)
    journal_->add_group({scanner.segment().first_sequence(), scanner.frame_begin()});
  for (const FrameRecord& record : scanner.records()) {
    journal_->add_recovered(record.partition, record.offset,
                            {scanner.segment().first_sequence(), scanner.frame_begin()});
    next_.offsets[record.partition.value()] = Offset(record.offset.value() + 1);
  }
  next_.sequence = scanner.header().sequence + 1;
  report_.records += scanner.records().size();
  report_.bytes += scanner.header().frame_bytes;
}

void Recovery::set_aside(const std::string& path, uint64_t begin, uint64_t bytes) {
  warn_damage(path, "damaged bytes are set aside; the good records around them are kept", begin, bytes);
  report_.corrupt_bytes += bytes;
  lost_bytes_ += bytes;
}

/// Nobody knows how many records the damage at the end of the journal has cost, but no more than would fit.
/// Their numbers may be known outside, as positions that a consumer has reached, so they are never given out
/// again.
void Recovery::skip_lost_numbers() {
  if (lost_bytes_ == 0) return;
  const auto records_max = static_cast<int64_t>(lost_bytes_ / kRecordEntryBytes + 1);
  for (Offset& next : next_.offsets) next = Offset(next.value() + records_max);
  next_.sequence += lost_bytes_ / kFrameHeaderBytes + 1;
}

}  // namespace

Result<Recovered> recover(const EmbeddedLogOptions& options, os::FileSystem& files, const os::Clock& clock,
                          RecoveryReport& report) {
  report = {};
  return Recovery(options, files, clock, report).run();
}

}  // namespace weir::log::embedded
