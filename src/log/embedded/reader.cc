#include "log/embedded/reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::log::embedded {
namespace {

constexpr size_t kScanChunkBytes = 256 << 10;
/// After so many polls that did not need the decoder its memory is given back.
constexpr size_t kIdlePollsMax = 64;
/// What a poll decodes counts for a part of its size: the poll's bound is on what was appended.
constexpr size_t kDecodedToBytes = 16;

}  // namespace

/// The records of one poll on their way out.
struct JournalReader::Harvest {
  size_t bytes_max;
  size_t bytes = 0;
  std::vector<Record> records = {};
};

JournalReader::JournalReader(std::shared_ptr<Journal> journal, os::Clock& clock, PartitionId partition,
                             size_t decoded_bytes_max)
    : journal_(std::move(journal)),
      clock_(clock),
      partition_(partition),
      decoded_bytes_max_(decoded_bytes_max),
      next_(journal_->status(partition).begin) {}

Result<std::vector<Record>> JournalReader::poll(size_t bytes_max, Deadline deadline) {
  held_.clear();
  rest_decoder();
  const Journal::View view = journal_->wait({partition_, next_, bytes_max}, deadline, clock_, woken_);
  switch (view.state) {
    case Journal::View::State::kNothing:
      return std::vector<Record>();
    case Journal::View::State::kClosed:
      return unavailable("the log is closed");
    case Journal::View::State::kCached:
      next_ = std::max(next_, view.status.begin);
      return take_cached(view, bytes_max, deadline);
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

Result<std::vector<Record>> JournalReader::take_cached(const Journal::View& view, size_t bytes_max,
                                                       Deadline deadline) {
  scanner_.reset();
  Harvest harvest{bytes_max};
  for (const CachedRecord& entry : view.cached) {
    const Taken taken = take(entry, true, harvest);
    if (taken == Taken::kMissing && harvest.records.empty()) return skip_missing(entry.record.offset);
    if (taken == Taken::kOnDisk && harvest.records.empty()) {
      const Journal::ReadRequest request{partition_, next_, bytes_max, true};
      return scan(journal_->wait(request, deadline, clock_, woken_), bytes_max);
    }
    if (taken != Taken::kYes && taken != Taken::kPassed) break;
  }
  return std::move(harvest.records);
}

Result<std::vector<Record>> JournalReader::scan(const Journal::View& view, size_t bytes_max) {
  if (view.state != Journal::View::State::kOnDisk) return std::vector<Record>();
  if (!scanner_ && view.segment == nullptr) return skip_missing(view.status.end);
  if (!scanner_) place_scanner(view);
  Harvest harvest{bytes_max};
  do {
    ASSIGN_OR_RETURN(const bool found, next_frame());
    if (!found && harvest.records.empty()) return skip_missing(view.status.end);
    if (!found) break;
    for (const FrameRecord& record : scanner_->records()) {
      const Taken taken = take({record, scanner_->buffer(), nullptr}, false, harvest);
      if (taken == Taken::kYes || taken == Taken::kPassed) continue;
      scanner_->step_back();
      if (taken == Taken::kMissing && harvest.records.empty()) return skip_missing(record.offset);
      return std::move(harvest.records);
    }
  } while (harvest.records.empty() || scanner_->buffered());
  return std::move(harvest.records);
}

/// At the frame of the next record, or where its group begins if its definitions are not known.
void JournalReader::place_scanner(const Journal::View& view) {
  const bool knows = can_decode(next_);
  if (!knows) decoder_.emplace(decoded_bytes_max_);
  scanner_.emplace(view.segment, knows ? view.position : view.group_position, view.segment->durable_end(),
                   kScanChunkBytes);
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

/// Puts the record into the harvest if it is the next one.
JournalReader::Taken JournalReader::take(const CachedRecord& entry, bool cached, Harvest& harvest) {
  const FrameRecord& record = entry.record;
  if (record.partition != partition_) return Taken::kPassed;
  if (record.offset < next_) {
    if (!cached) learn(record);
    return Taken::kPassed;
  }
  // The journal itself leaves no gaps, so whatever is not there has been damaged.
  if (record.offset > next_) return Taken::kMissing;
  Record out{
      .tenant = record.tenant, .offset = record.offset, .payload = record.payload, .decoded = entry.decoded};
  if (!harvest.records.empty() && harvest.bytes + record.payload.size() > harvest.bytes_max)
    return Taken::kFull;
  if (!decode(entry, cached, out)) return Taken::kOnDisk;
  const bool decoded_here = entry.decoded == nullptr && out.decoded != nullptr;
  harvest.bytes +=
      std::max(record.payload.size(), decoded_here ? out.decoded->size_bytes() / kDecodedToBytes : 0);
  harvest.records.push_back(std::move(out));
  if (held_.empty() || held_.back() != entry.bytes) held_.push_back(entry.bytes);
  next_ = Offset(record.offset.value() + 1);
  return Taken::kYes;
}

void JournalReader::learn(const FrameRecord& record) {
  decoder_->learn(record);
  decoded_to_ = Offset(record.offset.value() + 1);
}

/// Sees to it that a record of a batch comes decoded, or with the reason why it does not. False when that
/// takes definitions that are on disk.
bool JournalReader::decode(const CachedRecord& entry, bool cached, Record& out) {
  const FrameRecord& record = entry.record;
  if (!record.is_series_record) return true;
  const bool knows = !cached || can_decode(record.offset);
  if (entry.decoded != nullptr) {
    if (knows) learn(record);
    return true;
  }
  if (!knows) return false;
  idle_polls_ = 0;
  Result<BatchSlicePtr> decoded = decoder_->decode(record);
  decoded_to_ = Offset(record.offset.value() + 1);
  if (decoded.ok()) out.decoded = *std::move(decoded);
  if (!decoded.ok()) out.decodable = std::move(decoded).error();
  return true;
}

void JournalReader::rest_decoder() {
  if (++idle_polls_ > kIdlePollsMax && !scanner_) decoder_.reset();
}

Error JournalReader::skip_missing(Offset to) {
  Error error = corruption(fmt::format("partition {}: records [{}, {}) are missing{}", partition_.value(),
                                       next_.value(), to.value(), last_damage_));
  next_ = to;
  last_damage_.clear();
  return error;
}

}  // namespace weir::log::embedded
