#include "aggregation/applied_feed.h"

#include <algorithm>
#include <utility>

#include "telemetry/logger.h"

namespace weir::aggregation {
namespace {

using os::milliseconds;

constexpr milliseconds kLook{100};
constexpr milliseconds kRetry{1'000};
/// What queries see is handed over at once, if it is at all.
constexpr milliseconds kHandedWait{1'000};
constexpr milliseconds kDecodeTimeout{5'000};
constexpr size_t kPollBytesMax = 4u << 20;
constexpr size_t kDecodedBytesMax = 64u << 20;

}  // namespace

AppliedFeed::AppliedFeed(const AggregatorParts& parts, Look look, Paused paused, Rest rest)
    : parts_(parts), look_(std::move(look)), paused_(std::move(paused)), rest_(std::move(rest)) {
  for (uint32_t i = 0; i < parts.log.partition_count(); ++i)
    partitions_.push_back(std::make_unique<Partition>(PartitionId(i)));
}

AppliedFeed::~AppliedFeed() {
  thread_.request_stop();
  thread_.join();
}

Status AppliedFeed::begin_at(const PartitionOffsets& from) {
  for (const auto& partition : partitions_) {
    ASSIGN_OR_RETURN(const Offset visible, parts_.store.visible_offset(partition->number));
    const auto known = from.find(partition->number);
    std::lock_guard lock(partition->mutex);
    partition->shown = known == from.end() ? visible : known->second;
  }
  started_ = true;
  return ok_status();
}

void AppliedFeed::start() {
  thread_ = os::Thread("aggregation-feed", [this](std::stop_token stop) { run(std::move(stop)); });
}

// While the feed's own thread is at the partition, that one goes on.
void AppliedFeed::applied(const AppliedRecords& applied) {
  if (!started_ || applied.partition.value() >= partitions_.size()) return;
  Partition& partition = *partitions_[applied.partition.value()];
  const std::unique_lock lock(partition.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  partition.is_handed = applied.from <= partition.shown && !paused_();
  if (!partition.is_handed) return;
  partition.reader = nullptr;
  partition.waits.reset();
  for (const store::AppliedRecord& record : applied.records) {
    if (record.offset >= partition.shown) look_(applied.partition, record);
  }
  partition.shown = std::max(partition.shown, applied.next);
}

PartitionOffsets AppliedFeed::shown() const {
  PartitionOffsets shown;
  if (!started_) return shown;
  for (const auto& partition : partitions_) {
    std::lock_guard lock(partition->mutex);
    shown[partition->number] = partition->shown;
  }
  return shown;
}

void AppliedFeed::run(std::stop_token stop) {
  std::string last_fault;
  while (!stop.stop_requested()) {
    const Result<bool> more = step();
    const std::string fault = more.ok() ? "" : more.error().message;
    if (!fault.empty() && fault != last_fault)
      telemetry::log_warn("aggregation", "cannot look for late samples", {{"error", fault}});
    last_fault = fault;
    if (more.ok() && *more) continue;
    parts_.clock.sleep_until(parts_.clock.steady() + (more.ok() ? kLook : kRetry), stop);
  }
  rest_();
}

Result<bool> AppliedFeed::step() {
  rest_();
  bool more = false;
  std::optional<Error> fault;
  for (const auto& partition : partitions_) {
    if (paused_()) return false;
    const Result<bool> read = this->read(*partition);
    more = more || (read.ok() && *read);
    if (!read.ok()) fault = read.error();
  }
  if (fault) return *fault;
  return more;
}

Result<bool> AppliedFeed::read(Partition& partition) {
  std::lock_guard lock(partition.mutex);
  ASSIGN_OR_RETURN(const Offset visible, parts_.store.visible_offset(partition.number));
  if (partition.shown >= visible) {
    partition.waits.reset();
    return false;
  }
  if (partition.is_handed) {
    const os::SteadyTime now = parts_.clock.steady();
    if (!partition.waits) partition.waits = now;
    if (now - *partition.waits < kHandedWait) return false;
    partition.is_handed = false;
  }
  if (partition.reader == nullptr) {
    ASSIGN_OR_RETURN(const log::PartitionStatus status, parts_.log.status(partition.number));
    if (partition.shown < status.begin) {
      telemetry::log_error("aggregation", "the log no longer has records that may hold late samples",
                           {{"partition", uint64_t{partition.number.value()}}});
      partition.shown = status.begin;
      if (partition.shown >= visible) return false;
    }
    ASSIGN_OR_RETURN(partition.reader, parts_.log.open_reader(partition.number));
    RETURN_IF_ERROR(partition.reader->seek(partition.shown));
  }
  auto records = partition.reader->poll(kPollBytesMax, Deadline::after(parts_.clock, kLook));
  if (!records.ok() && records.error().code == Code::kCorruption)
    return true;  // the log has named it; it goes on
  if (!records.ok()) partition.reader = nullptr;
  RETURN_IF_ERROR(records);
  Batch batch;
  for (const log::Record& record : *records) {
    if (record.offset >= visible) {
      partition.reader = nullptr;  // it is beyond what is shown
      break;
    }
    const Status outcome = show(partition, record, batch);
    if (!outcome.ok()) partition.reader = nullptr;
    RETURN_IF_ERROR(outcome);
    partition.shown = Offset(record.offset.value() + 1);
  }
  return partition.shown < visible;
}

/// What cannot be decoded is a dead letter, of which the processor takes care.
Status AppliedFeed::show(Partition& partition, const log::Record& record, Batch& batch) {
  if (record.decoded != nullptr) {
    look_(partition.number,
          {record.tenant, record.offset, record.decoded->batch.get(), &record.decoded->selection});
    return ok_status();
  }
  if (!record.decodable.ok()) return ok_status();
  batch.clear();
  const Status decoded = parts_.codec.decode(record.payload, kDecodedBytesMax,
                                             Deadline::after(parts_.clock, kDecodeTimeout), batch);
  if (decoded.ok()) {
    look_(partition.number, {record.tenant, record.offset, &batch});
    return ok_status();
  }
  const bool is_passing =
      decoded.error().code == Code::kUnavailable || decoded.error().code == Code::kDeadlineExceeded;
  return is_passing ? decoded : ok_status();
}

}  // namespace weir::aggregation
