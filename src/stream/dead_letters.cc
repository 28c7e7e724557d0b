#include "stream/dead_letters.h"

#include <algorithm>
#include <future>
#include <numeric>
#include <utility>

#include <absl/container/flat_hash_set.h>

#include "telemetry/logger.h"

namespace weir::stream {
namespace {

constexpr PartitionId kPartition(0);
constexpr size_t kPollBytesMax = 4u << 20;
constexpr size_t kPageBytesMax = 32u << 20;

/// Calls `visit(record, decoded)` for each record of the log from `from` to its present end, until it returns
/// false.
template <typename Visit>
Status for_each_record(log::Log& log, Offset from, Deadline deadline, Visit&& visit) {
  ASSIGN_OR_RETURN(const log::PartitionStatus status, log.status(kPartition));
  Offset next = std::max(from, status.begin);
  if (next >= status.end) return {};
  ASSIGN_OR_RETURN(auto reader, log.open_reader(kPartition));
  RETURN_IF_ERROR(reader->seek(next));
  while (next < status.end) {
    auto records = reader->poll(kPollBytesMax, deadline);
    if (!records.ok() && records.error().code == Code::kCorruption) continue;  // named and counted by the log
    RETURN_IF_ERROR(records);
    if (records->empty()) return deadline_exceeded("dead letters: reading them took too long");
    for (const log::Record& record : *records) {
      auto decoded = wire::decode_dead_letter(record.payload);
      if (!decoded.ok()) {
        telemetry::log_error("stream", "a record among the dead letters is none",
                             {{"offset", record.offset.value()}, {"error", decoded.error().message}});
      } else if (!visit(record, *decoded)) {
        return {};
      }
    }
    next = Offset(records->back().offset.value() + 1);
  }
  return {};
}

}  // namespace

wire::DeadLetter late_letter(const wire::RecordCodec& codec, const log::Position& position,
                             const Batch& samples, TimestampMs at_ms, std::string message) {
  wire::DeadLetter letter;
  letter.partition = position.partition;
  letter.offset = position.offset;
  letter.at_ms = at_ms;
  letter.code = code_name(Code::kTooOld);
  letter.message = std::move(message);
  std::vector<uint32_t> all(samples.series_count());
  std::iota(all.begin(), all.end(), 0);
  codec.encode(samples, all, letter.payload);
  return letter;
}

DeadLetters::DeadLetters(log::Log& log, telemetry::Registry& registry)
    : log_(log),
      letters_(registry.counter("weir_dead_letters_total",
                                "Log records set aside because they could not be decoded or applied.")),
      replayed_(registry.counter("weir_dead_letters_replayed_total", "Dead letters sent again.")) {}

Status DeadLetters::append(log::Log& log, const log::NewRecord& record, Deadline deadline) {
  // Shared, because a log may answer after this call has given up.
  auto promise = std::make_shared<std::promise<Status>>();
  auto outcome = promise->get_future();
  log.append(std::span(&record, 1), deadline, [promise](Result<std::vector<log::Position>> positions) {
    promise->set_value(positions.ok() ? ok_status() : Status(std::move(positions).error()));
  });
  return outcome.get();
}

Status DeadLetters::put(TenantId tenant, const wire::DeadLetter& letter, Deadline deadline) {
  const std::string record = wire::encode_dead_letter(letter);
  RETURN_IF_ERROR(append(log_, {tenant, kPartition, record}, deadline).context("dead letter"));
  letters_.add();
  return {};
}

Result<DeadLetters::Page> DeadLetters::list(Offset from, size_t limit, Deadline deadline) {
  // A mark stands behind its letter, so the marks are read first; only what is asked for is kept in memory.
  absl::flat_hash_set<Offset> replayed;
  RETURN_IF_ERROR(
      for_each_record(log_, from, deadline, [&](const log::Record&, const wire::DeadLetterRecord& record) {
        if (record.replayed) replayed.insert(record.id);
        return true;
      }));
  Page page;
  size_t bytes = 0;
  RETURN_IF_ERROR(
      for_each_record(log_, from, deadline, [&](const log::Record& at, wire::DeadLetterRecord& record) {
        if (record.replayed || replayed.contains(at.offset)) return true;
        bytes += record.letter.payload.size();
        page.more = page.entries.size() == limit || (!page.entries.empty() && bytes > kPageBytesMax);
        if (!page.more) page.entries.push_back({at.offset, at.tenant, std::move(record.letter)});
        return !page.more;
      }));
  return page;
}

Result<DeadLetters::ReplayReport> DeadLetters::replay(log::Log& target, Offset from, size_t limit,
                                                      Deadline deadline) {
  ASSIGN_OR_RETURN(const Page page, list(from, limit, deadline));
  ReplayReport report;
  report.more = page.more;
  for (const Entry& entry : page.entries) {
    RETURN_IF_ERROR(append(target, {entry.tenant, entry.letter.partition, entry.letter.payload}, deadline)
                        .context("replay"));
    const std::string mark = wire::encode_replayed(entry.id);
    RETURN_IF_ERROR(append(log_, {entry.tenant, kPartition, mark}, deadline).context("replay"));
    replayed_.add();
    ++report.replayed;
  }
  return report;
}

}  // namespace weir::stream
