#include "log/kafka/in_flight.h"

#include <utility>

#include <fmt/format.h>

#include "log/kafka/record_headers.h"

namespace weir::log::kafka {
namespace {

/// What a record takes beside its bytes: ours and librdkafka's bookkeeping, and its headers.
constexpr uint64_t kRecordOverheadBytes = 512;

std::string_view trace_parent_of(const NewRecord& record) {
  return record.trace_parent.size() <= kTraceParentBytesMax ? record.trace_parent : std::string_view();
}

uint64_t payload_bytes(std::span<const NewRecord> records) {
  uint64_t bytes = 0;
  for (const NewRecord& record : records) bytes += record.payload.size() + trace_parent_of(record).size();
  return bytes;
}

}  // namespace

InFlight::InFlight(uint32_t partition_count, uint64_t bytes_max)
    : bytes_max_(bytes_max), partitions_(partition_count) {}

uint64_t InFlight::charge(std::span<const NewRecord> records) {
  return payload_bytes(records) + records.size() * kRecordOverheadBytes;
}

std::shared_ptr<Append> InFlight::make(std::span<const NewRecord> records, Deadline deadline,
                                       os::SteadyTime now, Completion<std::vector<Position>> done) {
  auto append = std::make_shared<Append>();
  append->bytes.reserve(payload_bytes(records));
  append->positions.reserve(records.size());
  for (const NewRecord& record : records) {
    append->bytes += record.payload;
    append->bytes += trace_parent_of(record);
    append->positions.push_back({record.partition, Offset(0)});
  }
  append->unsettled = records.size();
  append->charged_bytes = charge(records);
  append->started = now;
  append->deadline = deadline;
  append->done = std::move(done);
  return append;
}

Result<std::vector<Send*>> InFlight::add(std::shared_ptr<Append> append, std::span<const NewRecord> records) {
  if (charged_bytes_ + append->charged_bytes > bytes_max_) {
    return resource_exhausted(
        fmt::format("kafka queue: {} bytes wait for an acknowledgement and {} more came, limit {}",
                    charged_bytes_, append->charged_bytes, bytes_max_));
  }
  charged_bytes_ += append->charged_bytes;
  if (append->deadline.when() != os::SteadyTime::max())
    append->expiry = expiries_.emplace(append->deadline.when(), append.get());
  std::vector<Send*> added;
  added.reserve(records.size());
  std::string_view bytes = append->bytes;
  for (size_t i = 0; i < records.size(); ++i) {
    const std::string_view payload = bytes.substr(0, records[i].payload.size());
    const std::string_view trace = bytes.substr(payload.size(), trace_parent_of(records[i]).size());
    bytes.remove_prefix(payload.size() + trace.size());
    std::list<Send>& sends = partitions_[records[i].partition.value()];
    sends.push_back({append, i, records[i].tenant, records[i].partition, payload, trace, {}});
    sends.back().self = std::prev(sends.end());
    added.push_back(&sends.back());
  }
  return added;
}

void InFlight::delivered(Send& send, Offset offset, std::vector<Answer>& answers) {
  send.append->positions[send.index].offset = offset;
  settle(send, answers);
}

void InFlight::failed(Send& send, Error error, std::vector<Answer>& answers) {
  if (!send.append->error) send.append->error = std::move(error);
  settle(send, answers);
}

void InFlight::settle(Send& send, std::vector<Answer>& answers) {
  const std::shared_ptr<Append> append = std::move(send.append);
  partitions_[send.partition.value()].erase(send.self);
  if (--append->unsettled > 0) return;
  charged_bytes_ -= append->charged_bytes;
  if (append->done) answer(append, append->error, answers);
}

void InFlight::answer(const std::shared_ptr<Append>& append, std::optional<Error> error,
                      std::vector<Answer>& answers) {
  if (append->expiry) expiries_.erase(*append->expiry);
  append->expiry.reset();
  answers.push_back({append, std::exchange(append->done, nullptr), std::move(error)});
}

void InFlight::expire(os::SteadyTime now, std::vector<Answer>& answers) {
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    Append& late = *expiries_.begin()->second;
    answer(late.shared_from_this(),
           deadline_exceeded("kafka: append: not acknowledged in time; the outcome is unknown"), answers);
  }
}

std::optional<os::SteadyTime> InFlight::next_expiry() const {
  if (expiries_.empty()) return std::nullopt;
  return expiries_.begin()->first;
}

}  // namespace weir::log::kafka
