#include "log/embedded/reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::log::embedded {
namespace {

constexpr size_t kScanChunkBytes = 256 << 10;

}  // namespace

/// The records of one poll on their way out.
struct JournalReader::Harvest {
  size_t bytes_max;
  size_t bytes = 0;
  std::vector<Record> records = {};
  std::optional<Offset> missing_until =
      {};  ///< The first record met lies beyond the next one, at this offset.
};

JournalReader::JournalReader(std::shared_ptr<Journal> journal, os::Clock& clock, PartitionId partition)
    : journal_(std::move(journal)),
      clock_(clock),
      partition_(partition),
      next_(journal_->status(partition).begin) {}

Result<std::vector<Record>> JournalReader::poll(size_t bytes_max, Deadline deadline) {
  held_.clear();
  const Journal::View view = journal_->wait({partition_, next_, bytes_max}, deadline, clock_, woken_);
  switch (view.state) {
    case Journal::View::State::kNothing:
      return std::vector<Record>();
    case Journal::View::State::kClosed:
      return unavailable("the log is closed");
    case Journal::View::State::kCached:
      next_ = std::max(next_, view.status.begin);
      return take_cached(view.cached, bytes_max);
    case Journal::View::State::kOnDisk:
      next_ = std::max(next_, view.status.begin);
      return scan(view, bytes_max);
  }
  return internal("unknown state of the journal");
}

Status JournalReader::seek(Offset offset) {
  const Offset begin = journal_->status(partition_).begin;
  if (offset < begin) {
    return not_found(fmt::format("partition {}: offset {} is gone, the first left is {}", partition_.value(),
                                 offset.value(), begin.value()));
  }
  next_ = offset;
  scanner_.reset();
  return {};
}

void JournalReader::wake() {
  journal_->wake(woken_);
}

Result<std::vector<Record>> JournalReader::take_cached(const std::vector<CachedRecord>& cached,
                                                       size_t bytes_max) {
  scanner_.reset();
  Harvest harvest{bytes_max};
  for (const CachedRecord& entry : cached) {
    if (!take(entry, harvest)) break;
  }
  if (harvest.missing_until) return skip_missing(*harvest.missing_until);
  return std::move(harvest.records);
}

Result<std::vector<Record>> JournalReader::scan(const Journal::View& view, size_t bytes_max) {
  if (!scanner_ && view.segment == nullptr) return skip_missing(view.status.end);
  if (!scanner_) scanner_.emplace(view.segment, view.position, view.segment->durable_end(), kScanChunkBytes);
  Harvest harvest{bytes_max};
  do {
    ASSIGN_OR_RETURN(const bool found, next_frame());
    if (!found && harvest.records.empty()) return skip_missing(view.status.end);
    if (!found) break;
    for (const FrameRecord& record : scanner_->records()) {
      if (take({record, scanner_->buffer(), nullptr}, harvest)) continue;
      scanner_->step_back();
      if (harvest.missing_until) return skip_missing(*harvest.missing_until);
      return std::move(harvest.records);
    }
  } while (harvest.records.empty() || scanner_->buffered());
  return std::move(harvest.records);
}

/// Moves the scanner to the next good frame, in this segment or a later one. False at the end of what is
/// durable.
Result<bool> JournalReader::next_frame() {
  for (;;) {
    ASSIGN_OR_RETURN(const SegmentScanner::Found found, scanner_->next());
    if (found == SegmentScanner::Found::kFrame) return true;
    if (found == SegmentScanner::Found::kDamage) {
      last_damage_ = fmt::format(" (bytes [{}, {}) of {} are damaged)", scanner_->frame_begin(),
                                 scanner_->frame_end(), scanner_->segment().path());
      continue;
    }
    // In this order: a segment that has a successor grows no more, so its end is final when it is read after
    // the look-up.
    std::shared_ptr<Segment> successor = journal_->segment_after(scanner_->segment());
    const uint64_t durable_end = scanner_->segment().durable_end();
    if (durable_end > scanner_->frame_end()) {
      scanner_->extend(durable_end);
    } else if (successor != nullptr) {
      scanner_.emplace(successor, successor->begin(), successor->durable_end(), kScanChunkBytes);
    } else {
      return false;
    }
  }
}

/// Adds the record if it is the next one. False when the harvest has to end before it.
bool JournalReader::take(const CachedRecord& entry, Harvest& harvest) {
  const FrameRecord& record = entry.record;
  if (record.partition != partition_ || record.offset < next_) return true;
  // The journal itself leaves no gaps, so whatever is not there has been damaged.
  const bool missing = record.offset > next_;
  if (missing && harvest.records.empty()) harvest.missing_until = record.offset;
  const bool full = !harvest.records.empty() && harvest.bytes + record.payload.size() > harvest.bytes_max;
  if (missing || full) return false;
  harvest.records.push_back({.tenant = record.tenant,
                             .offset = record.offset,
                             .payload = record.payload,
                             .decoded = entry.decoded});
  harvest.bytes += record.payload.size();
  if (held_.empty() || held_.back() != entry.bytes) held_.push_back(entry.bytes);
  next_ = Offset(record.offset.value() + 1);
  return true;
}

Error JournalReader::skip_missing(Offset to) {
  Error error = corruption(fmt::format("partition {}: records [{}, {}) are missing{}", partition_.value(),
                                       next_.value(), to.value(), last_damage_));
  next_ = to;
  last_damage_.clear();
  return error;
}

}  // namespace weir::log::embedded
