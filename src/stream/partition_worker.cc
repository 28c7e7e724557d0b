#include "stream/partition_worker.h"

#include <algorithm>
#include <future>

#include <fmt/format.h>

#include "stream/late_table.h"
#include "telemetry/logger.h"

namespace weir::stream {
namespace {

constexpr os::milliseconds kRetryDelayMin{10};
constexpr os::milliseconds kRetryDelayMax{1'000};

/// The store refuses what a record holds; trying again, or another server, changes nothing.
bool is_of_the_data(const Error& error) {
  return error.code == Code::kInvalidArgument;
}

}  // namespace

ProcessorMetrics::ProcessorMetrics(const os::Clock& clock, telemetry::Registry& owner)
    : registry(owner),
      records(owner.counter("weir_processor_records_total", "Log records applied to the store.")),
      refused(owner.counter("weir_processor_refused_records_total",
                            "Log records that could not be decoded or applied.")),
      samples(owner.counter("weir_processor_samples_total", "Samples stored.")),
      duplicates(owner.counter("weir_processor_duplicate_samples_total",
                               "Samples that were stored already with the same value.")),
      conflicts(owner.counter("weir_processor_conflicting_samples_total",
                              "Samples refused because another value is stored for their series and time.")),
      too_old(owner.counter("weir_processor_too_old_samples_total",
                            "Samples refused because retention has passed.")),
      retries(owner.counter("weir_processor_retries_total",
                            "Times a partition was taken up again after a failure.")),
      commit_seconds(owner.histogram("weir_processor_commit_duration_seconds",
                                     "Time of one commit to the store.", telemetry::duration_bounds())),
      tenant_lags(clock, owner) {}

PartitionWorker::PartitionWorker(PartitionId partition, const ProcessorParts& parts,
                                 const ProcessorOptions& options, os::Clock& clock, ProcessorMetrics& metrics)
    : partition_(partition),
      log_(parts.log),
      codec_(parts.codec),
      store_(parts.store),
      dead_letters_(parts.dead_letters),
      late_table_(parts.late_table),
      on_applied_(parts.on_applied),
      needed_from_(parts.needed_from),
      options_(options),
      clock_(clock),
      metrics_(metrics),
      retry_delay_(kRetryDelayMin),
      next_trim_(clock.steady() + options.trim_interval),
      lag_gauge_(metrics.registry.observe_gauge("weir_processor_lag_records",
                                                "Durable records of a partition that queries do not see yet.",
                                                {{"partition", fmt::to_string(partition.value())}},
                                                [this] { return static_cast<double>(progress().lag()); })),
      catch_up_gauge_(metrics.registry.observe_gauge(
          "weir_processor_catch_up_seconds",
          "Time that a partition took to apply what the log held when it was taken over; 0 until it has.",
          {{"partition", fmt::to_string(partition.value())}}, [this] { return catch_up_seconds_.load(); })),
      thread_(fmt::format("processor-{}", partition.value()), [this](std::stop_token stop) { run(stop); }) {}

PartitionWorker::~PartitionWorker() {
  thread_.request_stop();
  thread_.join();
  metrics_.tenant_lags.dropped(partition_);
}

PartitionProgress PartitionWorker::progress() const {
  PartitionProgress progress{partition_, Offset(applied_.load()), Offset(0), refused_.load()};
  // What the log says of its end may be a moment older.
  if (auto status = log_.status(partition_); status.ok())
    progress.end = std::max(status->end, progress.applied);
  return progress;
}

TimestampMs PartitionWorker::complete_ms() const {
  const TimestampMs now_ms = clock_.wall_ms();
  return caught_up_ && progress().lag() == 0 ? now_ms : std::min(applied_to_ms_.load(), now_ms);
}

void PartitionWorker::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    Status outcome = lease_ ? ok_status() : take_over();
    // The reader is made by this thread, so a stop asked for meanwhile must still find it.
    std::stop_callback wake(stop, [this] {
      if (reader_) reader_->wake();
    });
    while (outcome.ok() && !stop.stop_requested()) outcome = step();
    if (!outcome.ok()) handle_failure(outcome.error(), stop);
  }
}

Status PartitionWorker::take_over() {
  ASSIGN_OR_RETURN(const store::Lease lease,
                   store_.acquire(partition_, Deadline::after(clock_, options_.commit_timeout)));
  ASSIGN_OR_RETURN(const log::PartitionStatus status, log_.status(partition_));
  ASSIGN_OR_RETURN(reader_, log_.open_reader(partition_));
  const Offset from = std::max(lease.resume, status.begin);
  if (lease.resume < status.begin) {
    telemetry::log_error("stream", "the log no longer holds records that the store lacks",
                         {{"partition", uint64_t{partition_.value()}},
                          {"store_offset", lease.resume.value()},
                          {"log_begin", status.begin.value()}});
  }
  RETURN_IF_ERROR(reader_->seek(from));
  lease_ = lease;
  applied_ = from.value();
  catch_up_target_ = status.end.value();
  taken_over_ = clock_.steady();
  caught_up_ = from >= status.end;
  return {};
}

Status PartitionWorker::step() {
  trim_when_due();
  auto records = reader_->poll(options_.poll_bytes_max, Deadline::after(clock_, options_.poll_wait));
  if (!records.ok() && records.error().code == Code::kCorruption) {
    // The log has named and counted the damaged range, and its reader goes on after it.
    telemetry::log_error("stream", "part of the log is damaged", {{"error", records.error().message}});
    return {};
  }
  RETURN_IF_ERROR(records);
  if (records->empty()) return {};
  metrics_.tenant_lags.read(partition_, *records);
  RETURN_IF_ERROR(commit(*records));
  metrics_.tenant_lags.applied(partition_);
  retry_delay_ = kRetryDelayMin;
  return {};
}

Status PartitionWorker::commit(std::span<const log::Record> records) {
  RETURN_IF_ERROR(decode(records));
  for (const store::AppliedRecord& applied : applied_records_) {
    if (late_table_ == nullptr) break;
    RETURN_IF_ERROR(
        late_table_->look_at(partition_, applied, Deadline::after(clock_, options_.commit_timeout)));
  }
  const auto started = clock_.steady();
  Status applied = commit_and_wait(applied_records_, Offset(records.back().offset.value() + 1));
  if (!applied.ok() && is_of_the_data(applied.error())) applied = commit_one_by_one(records);
  RETURN_IF_ERROR(applied);
  metrics_.commit_seconds.observe(std::chrono::duration<double>(clock_.steady() - started).count());
  metrics_.records.add(records.size());
  note_applied(records.back());
  if (!caught_up_ && applied_ >= catch_up_target_) note_caught_up();
  return {};
}

void PartitionWorker::note_applied(const log::Record& last) {
  const TimestampMs now_ms = clock_.wall_ms();
  const TimestampMs appended_ms = last.appended_ms > 0 ? last.appended_ms : now_ms;
  // What waited for this process to begin says nothing of what comes now.
  if (caught_up_)
    metrics_.delay_ms.with([&](RecentMaximum& most) { most.note(now_ms - appended_ms, now_ms); });
  const Offset next(last.offset.value() + 1);
  if (on_applied_) on_applied_({partition_, Offset(applied_.load()), next, applied_records_, caught_up_});
  applied_to_ms_ = appended_ms;
  applied_ = next.value();
}

void PartitionWorker::note_caught_up() {
  catch_up_seconds_ = std::chrono::duration<double>(clock_.steady() - taken_over_).count();
  caught_up_ = true;
}

/// A record that may become readable fails the round; one that never will is set aside.
Status PartitionWorker::decode(std::span<const log::Record> records) {
  if (batches_.size() < records.size()) batches_.resize(records.size());
  applied_records_.clear();
  for (size_t i = 0; i < records.size(); ++i) {
    if (const BatchSlicePtr& slice = records[i].decoded) {
      applied_records_.push_back(
          {records[i].tenant, records[i].offset, slice->batch.get(), &slice->selection});
      RETURN_IF_ERROR(set_histograms_aside(records[i]));
      continue;
    }
    Batch& batch = batches_[i];
    batch.clear();
    Status decoded = records[i].decodable;
    if (decoded.ok())
      decoded = codec_.decode(records[i].payload, options_.decoded_bytes_max,
                              Deadline::after(clock_, options_.decode_timeout), batch);
    if (decoded.ok()) {
      applied_records_.push_back({records[i].tenant, records[i].offset, &batch});
      RETURN_IF_ERROR(set_histograms_aside(records[i]));
    } else if (decoded.error().code == Code::kUnavailable ||
               decoded.error().code == Code::kDeadlineExceeded) {
      return decoded;
    } else {
      RETURN_IF_ERROR(set_aside(records[i], decoded.error()));
    }
  }
  return {};
}

/// The rest of the record is applied all the same, and sent again with the letter it is a duplicate.
Status PartitionWorker::set_histograms_aside(const log::Record& record) {
  if (store_.keeps_histograms() || !applied_records_.back().has_histograms()) return {};
  return set_aside(record, unsupported("native histograms, which this store does not keep"));
}

/// Finds the records that the store refuses for what they hold, so that the others are applied.
Status PartitionWorker::commit_one_by_one(std::span<const log::Record> records) {
  for (const store::AppliedRecord& applied : applied_records_) {
    const Offset next(applied.offset.value() + 1);
    const Status outcome = commit_and_wait(std::span(&applied, 1), next);
    if (outcome.ok()) continue;
    if (!is_of_the_data(outcome.error())) return outcome;
    const auto record = std::ranges::find(records, applied.offset, &log::Record::offset);
    RETURN_IF_ERROR(set_aside(*record, outcome.error()));
    RETURN_IF_ERROR(commit_and_wait({}, next));
  }
  return commit_and_wait({}, Offset(records.back().offset.value() + 1));
}

/// What a letter holds has to be read by itself.
std::string PartitionWorker::payload_of(const log::Record& record) const {
  if (record.decoded == nullptr) return std::string(record.payload);
  std::string payload;
  codec_.encode(*record.decoded->batch, record.decoded->selection.indexes, payload);
  return payload;
}

/// The letter is durable before the partition moves past the record.
Status PartitionWorker::set_aside(const log::Record& record, const Error& error) {
  wire::DeadLetter letter{partition_,       record.offset,
                          clock_.wall_ms(), std::string(code_name(error.code)),
                          error.message,    payload_of(record)};
  RETURN_IF_ERROR(dead_letters_.put(record.tenant, letter, Deadline::after(clock_, options_.commit_timeout)));
  ++refused_;
  metrics_.refused.add();
  telemetry::log_error("stream", "set a log record aside as a dead letter",
                       {{"partition", uint64_t{partition_.value()}},
                        {"offset", record.offset.value()},
                        {"trace_parent", record.trace_parent},
                        {"error", error.message}});
  return {};
}

Status PartitionWorker::commit_and_wait(std::span<const store::AppliedRecord> records, Offset next) {
  std::promise<Result<store::CommitReport>> promise;
  auto future = promise.get_future();
  const store::Commit commit{*lease_, records, next};
  store_.commit(commit, Deadline::after(clock_, options_.commit_timeout),
                [&promise](Result<store::CommitReport> result) { promise.set_value(std::move(result)); });
  Result<store::CommitReport> report = future.get();
  RETURN_IF_ERROR(report);
  metrics_.samples.add(report->appended);
  metrics_.duplicates.add(report->duplicates);
  metrics_.conflicts.add(report->conflicts);
  metrics_.too_old.add(report->too_old);
  return {};
}

void PartitionWorker::trim_when_due() {
  if (clock_.steady() < next_trim_) return;
  next_trim_ = clock_.steady() + options_.trim_interval;
  auto durable = store_.durable_offset(partition_);
  if (const auto needed = needed_from_ ? needed_from_(partition_) : std::nullopt; durable.ok() && needed)
    durable = std::min(*durable, *needed);
  Status trimmed = durable.ok() ? log_.trim(partition_, *durable) : Status(durable.error());
  if (!trimmed.ok()) {
    telemetry::log_warn("stream", "could not trim the log",
                        {{"partition", uint64_t{partition_.value()}}, {"error", trimmed.error().message}});
  }
}

void PartitionWorker::handle_failure(const Error& error, std::stop_token stop) {
  const bool fenced = error.code == Code::kTooOld;
  telemetry::log_warn("stream",
                      fenced ? "another process took the partition over" : "will take the partition up again",
                      {{"partition", uint64_t{partition_.value()}}, {"error", error.message}});
  metrics_.retries.add();
  // Otherwise what was read still waits, and the tenants' lags go on growing.
  if (fenced) metrics_.tenant_lags.dropped(partition_);
  lease_.reset();
  clock_.sleep_until(clock_.steady() + (fenced ? options_.fenced_wait : retry_delay_), stop);
  retry_delay_ = std::min(retry_delay_ * 2, kRetryDelayMax);
}

}  // namespace weir::stream
