#include "log/embedded/embedded_log.h"

#include <utility>

#include <fmt/format.h>

#include "log/append_check.h"
#include "log/embedded/decoded_budget.h"
#include "log/embedded/frame.h"
#include "log/embedded/journal.h"
#include "log/embedded/log_metrics.h"
#include "log/embedded/read_ahead.h"
#include "log/embedded/reader.h"
#include "log/embedded/recovery.h"
#include "log/embedded/writer.h"
#include "telemetry/logger.h"

namespace weir::log::embedded {
namespace {

/// Smaller segments would be all header.
constexpr uint64_t kSegmentBytesMin = 16 << 10;

class WholeMembership : public Membership {
 public:
  WholeMembership(AssignmentListener& listener, uint32_t partition_count)
      : listener_(listener), partition_count_(partition_count) {
    for (uint32_t i = 0; i < partition_count_; ++i) listener_.on_assigned(PartitionId(i));
  }
  ~WholeMembership() override {
    for (uint32_t i = 0; i < partition_count_; ++i) listener_.on_revoked(PartitionId(i));
  }

 private:
  AssignmentListener& listener_;
  const uint32_t partition_count_;
};

class EmbeddedLog : public Log {
 public:
  EmbeddedLog(const EmbeddedLogOptions& options, os::FileSystem& files, os::Clock& clock,
              telemetry::Registry& registry, const RecoveryReport& report, Recovered recovered)
      : options_(options),
        clock_(clock),
        metrics_(registry),
        decoded_(options.decoded_bytes_max),
        journal_(std::move(recovered.journal)),
        writer_(options, files, clock, *journal_, metrics_, std::move(recovered.next)) {
    metrics_.corrupt_bytes.add(report.corrupt_bytes);
    metrics_.torn_bytes.add(report.torn_bytes);
    observe(registry);
  }
  /// Readers that wait return once the last commit is there for them.
  ~EmbeddedLog() override {
    writer_.stop();
    journal_->close();
  }

  uint32_t partition_count() const override { return journal_->partition_count(); }
  size_t record_bytes_max() const override { return options_.record_bytes_max; }
  Durability durability() const override { return Durability::kFsync; }
  bool encodes() const override { return true; }

  void append(std::span<const NewRecord> records, Deadline deadline,
              Completion<std::vector<Position>> done) override {
    Result<PendingAppend> append = pending(records);
    if (!append.ok()) return done(std::move(append).error());
    append->deadline = deadline;
    append->done = std::move(done);
    writer_.append(*std::move(append));
  }

  Result<std::unique_ptr<Reader>> open_reader(PartitionId partition) override {
    RETURN_IF_ERROR(check(partition));
    auto reader =
        std::make_unique<JournalReader>(journal_, clock_, partition, options_.record_decoded_bytes_max);
    return std::unique_ptr<Reader>(
        std::make_unique<ReadAhead>(std::move(reader), journal_, partition, ReadAhead::Options{}));
  }

  Result<std::unique_ptr<Membership>> join(AssignmentListener& listener) override {
    return std::unique_ptr<Membership>(std::make_unique<WholeMembership>(listener, partition_count()));
  }

  Status trim(PartitionId partition, Offset before) override {
    RETURN_IF_ERROR(check(partition));
    journal_->set_trim(partition, before);
    if (journal_->oldest_if_trimmed() != nullptr || journal_->all_trimmed()) writer_.delete_trimmed_soon();
    return {};
  }

  Result<PartitionStatus> status(PartitionId partition) const override {
    RETURN_IF_ERROR(check(partition));
    return journal_->status(partition);
  }

  Status writable() const override { return writer_.writable(); }

 private:
  Status check(PartitionId partition) const { return check_partition(partition, partition_count()); }

  Result<PendingAppend> pending(std::span<const NewRecord> records) {
    PendingAppend append;
    const bool batches = !records.empty() && records.front().payload.empty();
    append.size_bytes = batches ? batch_bytes(records) : frame_bytes(records);
    const AppendLimits limits{partition_count(), options_.record_bytes_max, options_.queue_bytes_max};
    RETURN_IF_ERROR(batches ? check_batches(records, append.size_bytes, limits)
                            : check_append(records, append.size_bytes, limits));
    if (!batches) append.frame = encode_frame(records);
    append.decoded.reserve(records.size());
    for (const NewRecord& record : records) {
      append.decoded.push_back(decoded_.admit(record.decoded));
      if (batches) append.batches.push_back({record.tenant, record.partition, record.decoded});
    }
    return append;
  }

  void observe(telemetry::Registry& registry) {
    const auto gauge = [&](std::string_view name, std::string_view help, std::function<double()> read) {
      gauges_.push_back(registry.observe_gauge(name, help, {}, std::move(read)));
    };
    gauge("weir_log_queue_bytes", "Bytes of appends that wait for the disk.",
          [this] { return static_cast<double>(writer_.queue_bytes()); });
    gauge("weir_log_tail_cache_bytes", "Bytes of the newest records held in memory.",
          [this] { return static_cast<double>(journal_->tail_cache_bytes()); });
    gauge("weir_log_decoded_bytes", "Bytes of decoded records on their way to the processor.",
          [this] { return static_cast<double>(decoded_.used_bytes()); });
    gauge("weir_log_segments", "Segment files.",
          [this] { return static_cast<double>(journal_->segment_count()); });
    gauge("weir_log_disk_bytes", "Bytes of all segments, up to their last durable frame.",
          [this] { return static_cast<double>(journal_->disk_bytes()); });
    gauge("weir_log_writable", "1 while appends are accepted.",
          [this] { return writable().ok() ? 1.0 : 0.0; });
  }

  const EmbeddedLogOptions options_;
  os::Clock& clock_;
  LogMetrics metrics_;
  DecodedBudget decoded_;
  const std::shared_ptr<Journal> journal_;
  mutable Writer writer_;
  std::vector<std::unique_ptr<telemetry::Registry::Handle>> gauges_;
};

Status check_options(const EmbeddedLogOptions& options) {
  const auto within = [](std::string_view name, uint64_t value, uint64_t min, uint64_t max) -> Status {
    if (value >= min && value <= max) return {};
    return invalid_argument(fmt::format("log: {} is {}, must be {} to {}", name, value, min, max));
  };
  RETURN_IF_ERROR(within("partition_count", options.partition_count, 1, kPartitionCountMax));
  RETURN_IF_ERROR(within("segment_bytes", options.segment_bytes, kSegmentBytesMin, kFrameBytesMax));
  RETURN_IF_ERROR(within("queue_bytes_max", options.queue_bytes_max, kMarkerBytes, kFrameBytesMax));
  return within("record_bytes_max", options.record_bytes_max, 1, options.queue_bytes_max);
}

}  // namespace

Result<std::unique_ptr<Log>> open(const EmbeddedLogOptions& options, os::FileSystem& files, os::Clock& clock,
                                  telemetry::Registry& registry, RecoveryReport& report) {
  RETURN_IF_ERROR(check_options(options));
  ASSIGN_OR_RETURN(Recovered recovered, recover(options, files, clock, report));
  auto log = std::make_unique<EmbeddedLog>(options, files, clock, registry, report, std::move(recovered));
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace weir::log::embedded
