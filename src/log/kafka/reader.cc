#include "log/kafka/reader.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "log/kafka/errors.h"
#include "log/kafka/offsets.h"
#include "log/kafka/record_headers.h"

namespace weir::log::kafka {
namespace {

constexpr os::milliseconds kWaitSlice{1'000};
/// For the range of a partition, in calls that have no deadline of their own.
constexpr os::milliseconds kAskFor{2'000};

/// So that the deadline has passed when the wait has.
os::milliseconds rounded_up(os::milliseconds left) {
  return left.count() == 0 || left == os::milliseconds::max() ? left : left + os::milliseconds(1);
}

Offset after(Offset offset) {
  return Offset(offset.value() + 1);
}

}  // namespace

PartitionReader::PartitionReader(std::unique_ptr<Consumers::Lease> lease)
    : lease_(std::move(lease)), shared_(lease_->pool->shared()) {}

PartitionReader::~PartitionReader() {
  stop();
}

Result<std::vector<Record>> PartitionReader::poll(size_t bytes_max, Deadline deadline) {
  held_.clear();
  RETURN_IF_ERROR(start());
  std::vector<Record> records;
  size_t bytes = 0;
  for (;;) {
    Message message = next(records.empty() ? deadline : Deadline::at(shared_.clock.steady()));
    if (message == nullptr) break;
    const bool failed = message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
    const bool full = !failed && bytes + message->len > bytes_max;
    if (!records.empty() && (failed || full)) {
      stash_ = std::move(message);
      return records;
    }
    if (failed) {
      RETURN_IF_ERROR(explain(*message));
      continue;
    }
    const Offset offset(message->offset);
    if (position_ && offset < *position_) {  // librdkafka 2.0.2 may fetch from a stale position (its #4636)
      shared_.metrics.stale_records.add();
      continue;
    }
    Result<Record> record = to_record(*message);
    if (!record.ok() && !records.empty()) {
      stash_ = std::move(message);
      return records;
    }
    position_ = after(offset);
    trouble_.reset();
    if (!record.ok()) {
      shared_.metrics.unreadable_records.add();
      return std::move(record).error();
    }
    bytes += message->len;
    records.push_back(*record);
    held_.push_back(std::move(message));
  }
  if (records.empty() && deadline.passed(shared_.clock)) RETURN_IF_ERROR(trouble());
  return records;
}

/// Why nothing came, if there is a reason.
Status PartitionReader::trouble() {
  if (trouble_) return *std::exchange(trouble_, std::nullopt);
  return shared_.connection.status();
}

Status PartitionReader::seek(Offset offset) {
  ASSIGN_OR_RETURN(const PartitionStatus range, ask_for_range());
  if (offset < range.begin) {
    return not_found(fmt::format("partition {}: offset {} is gone, the first left is {}",
                                 lease_->partition.value(), offset.value(), range.begin.value()));
  }
  if (position_ == offset && stash_ == nullptr) return {};
  stop();
  position_ = offset;
  return {};
}

void PartitionReader::wake() {
  woken_ = true;
  if (const Queue queue = queue_.with([](const Queue& q) { return q; })) rd_kafka_queue_yield(queue.get());
}

/// A queue of its own for each start: what an earlier fetch still brings goes nowhere.
Status PartitionReader::start() {
  if (queue_.with([](const Queue& q) { return q != nullptr; })) return {};
  Consumer& consumer = *lease_->consumer;
  Queue queue(rd_kafka_queue_new(consumer.client().handle()), Release());
  const int64_t from = position_ ? position_->value() : RD_KAFKA_OFFSET_BEGINNING;
  const auto partition = static_cast<int32_t>(lease_->partition.value());
  if (rd_kafka_consume_start_queue(consumer.topic(), partition, from, queue.get()) != 0)
    return to_error(rd_kafka_last_error(), fmt::format("kafka: read partition {}", partition));
  queue_.with([&](Queue& q) { q = std::move(queue); });
  return {};
}

void PartitionReader::stop() {
  held_.clear();
  stash_.reset();
  const Queue queue = queue_.with([](Queue& q) { return std::exchange(q, nullptr); });
  if (queue == nullptr) return;
  rd_kafka_consume_stop(lease_->consumer->topic(), static_cast<int32_t>(lease_->partition.value()));
}

/// The next message or error of the partition; null when none came before the deadline, or after a wake.
PartitionReader::Message PartitionReader::next(Deadline deadline) {
  if (stash_ != nullptr) return std::move(stash_);
  const Queue queue = queue_.with([](const Queue& q) { return q; });
  // A wake before the queue was there has left its mark alone; one from here on reaches the queue as well.
  while (!woken_.exchange(false)) {
    const os::milliseconds wait = std::min(kWaitSlice, rounded_up(deadline.left(shared_.clock)));
    Message message(rd_kafka_consume_queue(queue.get(), static_cast<int>(wait.count())));
    if (message != nullptr || deadline.passed(shared_.clock)) return message;
  }
  return nullptr;
}

/// What an error in place of a record means; success: nothing, go on.
Status PartitionReader::explain(const rd_kafka_message_s& message) {
  const std::string_view text(static_cast<const char*>(message.payload), message.len);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      return {};
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return explain_out_of_range();
    default:
      break;
  }
  Error error = to_error(message.err, fmt::format("kafka: read partition {}", lease_->partition.value()),
                         without_secrets(text, shared_.secrets));
  if (error.code == Code::kCorruption) {
    shared_.metrics.unreadable_records.add();
    return error;
  }
  error.code = Code::kUnavailable;
  trouble_ = std::move(error);  // librdkafka tries again by itself
  return {};
}

/// The broker has not got the position. Fetching has stopped; the next poll starts it anew.
Status PartitionReader::explain_out_of_range() {
  stop();
  ASSIGN_OR_RETURN(const PartitionStatus range, ask_for_range());
  const uint32_t partition = lease_->partition.value();
  if (!position_ || (*position_ >= range.begin && *position_ <= range.end)) return start();
  if (*position_ > range.end) {
    return unavailable(fmt::format(
        "kafka: partition {} ends at {}, before position {}: the topic was made anew, or lost records",
        partition, range.end.value(), position_->value()));
  }
  Error gone =
      corruption(fmt::format("partition {}: retention removed records [{}, {}) before they were read",
                             partition, position_->value(), range.begin.value()));
  position_ = range.begin;
  return gone;
}

Result<PartitionStatus> PartitionReader::ask_for_range() {
  ASSIGN_OR_RETURN(const auto ranges,
                   ask_offsets(lease_->consumer->client(), {&lease_->partition, 1}, kAskFor));
  return ranges.front();
}

}  // namespace weir::log::kafka
