#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "log/embedded/embedded_log.h"
#include "os/files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/embedded_store.h"
#include "support/oracle/model.h"
#include "wire/record_codec.h"

namespace weir::oracle {

/// A manual clock for a store whose maintenance thread sleeps on it: `step` returns when the round that it
/// has caused is over, so that a test's own calls never race with one.
class SteppedClock : public os::sim::ManualClock {
 public:
  bool sleep_until(os::SteadyTime until, std::stop_token stop) override {
    {
      std::lock_guard lock(mutex_);
      until_ = until;
      ++sleeps_;
    }
    slept_.notify_all();
    return ManualClock::sleep_until(until, std::move(stop));
  }
  /// Runs `open`, which starts a thread that will sleep, and waits until it does.
  template <typename Open>
  Status start(Open open) {
    const uint64_t before = sleeps();
    Status outcome = open();
    if (outcome.ok()) wait_beyond(before);
    return outcome;
  }
  void step(os::milliseconds by) {
    const uint64_t before = sleeps();
    const bool wakes = steady() + by >= until();
    advance(by);
    if (wakes) wait_beyond(before);
  }

 private:
  uint64_t sleeps() {
    std::lock_guard lock(mutex_);
    return sleeps_;
  }
  os::SteadyTime until() {
    std::lock_guard lock(mutex_);
    return until_;
  }
  void wait_beyond(uint64_t count) {
    std::unique_lock lock(mutex_);
    slept_.wait(lock, [&] { return sleeps_ > count; });
  }

  std::mutex mutex_;
  std::condition_variable slept_;
  uint64_t sleeps_ = 0;
  os::SteadyTime until_ = os::SteadyTime::max();
};

/// The seams at which a fault may be planted: what is returned takes the place of what is given.
struct Seams {
  std::function<std::unique_ptr<log::Log>(std::unique_ptr<log::Log>)> log;
  std::function<std::unique_ptr<store::Store>(std::unique_ptr<store::Store>)> store;
};

/// The embedded log and the embedded store over one disk, and between them what stream::PartitionWorker does,
/// in the same order and on the caller's thread: take the lease, seek, poll, commit, trim. So a seed gives
/// the same calls of the disk each time. Owned by one thread.
class Engine {
 public:
  struct Options {
    log::embedded::EmbeddedLogOptions log;
    store::embedded::EmbeddedStoreOptions store;
    size_t poll_bytes_max = 64 << 10;
  };
  enum class Answer { kDurable, kRefused, kUnknown };
  struct Appended {
    Answer answer = Answer::kUnknown;
    std::vector<log::Position> positions;
  };

  Engine(Options options, os::FileSystem& files, SteppedClock& clock, const Seams& seams)
      : options_(std::move(options)), files_(files), clock_(clock), seams_(seams) {}

  Status open() {
    close();
    registry_ = std::make_unique<telemetry::Registry>();
    feeds_.clear();
    feeds_.resize(options_.store.partition_count);
    Status opened = open_parts();
    if (!opened.ok()) close();
    return opened;
  }
  void close() {
    for (Feed& feed : feeds_) feed.reader.reset();
    store_.reset();
    log_.reset();
  }
  bool is_open() const { return store_ != nullptr && log_ != nullptr; }

  log::Log& log() { return *log_; }
  store::Store& store() { return *store_; }
  const log::embedded::RecoveryReport& report() const { return report_; }
  const Options& options() const { return options_; }

  Appended append(std::span<const log::NewRecord> records) {
    std::promise<Result<std::vector<log::Position>>> promise;
    auto future = promise.get_future();
    log_->append(records, Deadline::never(), [&](auto outcome) { promise.set_value(std::move(outcome)); });
    auto outcome = future.get();
    if (outcome.ok()) return {Answer::kDurable, *std::move(outcome)};
    const bool refused =
        outcome.error().code == Code::kResourceExhausted || outcome.error().code == Code::kCancelled;
    return {refused ? Answer::kRefused : Answer::kUnknown, {}};
  }

  /// Told of what queries see from now on; may be empty. From `catch_up`.
  std::function<void(PartitionId partition, Offset from, Offset next,
                     std::span<const store::AppliedRecord> records)>
      on_applied;
  /// The first record that somebody else needs; may be empty.
  std::function<Offset(PartitionId partition)> needed_from;

  /// Applies all that the log has. After an error the partition is taken up again by the next call.
  Status catch_up() {
    for (uint32_t i = 0; i < feeds_.size(); ++i) {
      const Status outcome = catch_up(PartitionId(i), feeds_[i]);
      if (outcome.ok()) continue;
      feeds_[i].lease.reset();
      return outcome;
    }
    return {};
  }
  Status trim() {
    for (uint32_t i = 0; i < feeds_.size(); ++i) {
      ASSIGN_OR_RETURN(Offset durable, store_->durable_offset(PartitionId(i)));
      if (needed_from) durable = std::min(durable, needed_from(PartitionId(i)));
      RETURN_IF_ERROR(log_->trim(PartitionId(i), durable));
    }
    return {};
  }

  /// Records that the log did not deliver in this life although nobody had trimmed them.
  const std::set<RecordId>& missed() const { return missed_; }
  void forget_missed() { missed_.clear(); }
  /// The commits of this life counted another number of samples than they were given.
  bool miscounted() const { return miscounted_; }

  /// The sum of a metric's lines.
  uint64_t counter(std::string_view name) const {
    const std::string text = "\n" + registry_->to_text();
    const std::string line = fmt::format("\n{} ", name);
    const size_t at = text.find(line);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + line.size()));
  }

  /// A store of its own over a snapshot's directory, with a clock that stands still.
  Result<std::unique_ptr<store::Store>> open_snapshot(const std::string& directory) {
    store::embedded::EmbeddedStoreOptions options = options_.store;
    options.directory = directory;
    snapshot_registry_ = std::make_unique<telemetry::Registry>();
    snapshot_clock_.set_wall_ms(clock_.wall_ms());
    return store::embedded::open(options, files_, snapshot_clock_, *snapshot_registry_);
  }

 private:
  struct Feed {
    std::optional<store::Lease> lease;
    std::unique_ptr<log::Reader> reader;
    int64_t next = 0;
  };

  Status open_parts() {
    ASSIGN_OR_RETURN(log_, log::embedded::open(options_.log, files_, clock_, *registry_, report_));
    if (seams_.log) log_ = seams_.log(std::move(log_));
    RETURN_IF_ERROR(clock_.start([&]() -> Status {
      ASSIGN_OR_RETURN(store_, store::embedded::open(options_.store, files_, clock_, *registry_));
      return {};
    }));
    if (seams_.store) store_ = seams_.store(std::move(store_));
    return {};
  }

  Status take_over(PartitionId partition, Feed& feed) {
    ASSIGN_OR_RETURN(const store::Lease lease, store_->acquire(partition, Deadline::never()));
    ASSIGN_OR_RETURN(const log::PartitionStatus status, log_->status(partition));
    ASSIGN_OR_RETURN(feed.reader, log_->open_reader(partition));
    miss(partition, lease.resume.value(), status.begin.value());
    feed.next = std::max(lease.resume, status.begin).value();
    RETURN_IF_ERROR(feed.reader->seek(Offset(feed.next)));
    feed.lease = lease;
    return {};
  }

  Status catch_up(PartitionId partition, Feed& feed) {
    if (!feed.lease) RETURN_IF_ERROR(take_over(partition, feed));
    for (;;) {
      auto polled = feed.reader->poll(options_.poll_bytes_max, Deadline::at(clock_.steady()));
      if (!polled.ok() && polled.error().code == Code::kCorruption) continue;
      RETURN_IF_ERROR(polled);
      if (polled->empty()) break;
      RETURN_IF_ERROR(apply(partition, feed, *polled));
    }
    ASSIGN_OR_RETURN(const log::PartitionStatus status, log_->status(partition));
    miss(partition, feed.next, status.end.value());
    feed.next = std::max(feed.next, status.end.value());
    return {};
  }

  Status apply(PartitionId partition, Feed& feed, std::span<const log::Record> records) {
    const Offset from(feed.next);
    std::vector<Batch> batches(records.size());
    std::vector<store::AppliedRecord> applied;
    uint64_t samples = 0;
    for (size_t i = 0; i < records.size(); ++i) {
      const log::Record& record = records[i];
      miss(partition, feed.next, record.offset.value());
      feed.next = record.offset.value() + 1;
      if (record.decoded != nullptr) {
        applied.push_back(
            {record.tenant, record.offset, record.decoded->batch.get(), &record.decoded->selection});
      } else if (record.decodable.ok() &&
                 codec_->decode(record.payload, size_t{64} << 20, Deadline::never(), batches[i]).ok()) {
        applied.push_back({record.tenant, record.offset, &batches[i]});
      } else {
        miss(partition, record.offset.value(), feed.next);
        continue;
      }
      for (size_t k = 0; k < applied.back().series_count(); ++k)
        samples += samples_of(*applied.back().batch, applied.back().series(k));
    }
    RETURN_IF_ERROR(commit({*feed.lease, applied, Offset(feed.next)}, samples));
    if (on_applied) on_applied(partition, from, Offset(feed.next), applied);
    return {};
  }

  static uint64_t samples_of(const Batch& batch, const Batch::Series& series) {
    const auto values = batch.values(series);
    return values.size() -
           static_cast<uint64_t>(std::count_if(values.begin(), values.end(), is_replace_mark));
  }

  Status commit(const store::Commit& commit, uint64_t samples) {
    std::promise<Result<store::CommitReport>> promise;
    auto future = promise.get_future();
    store_->commit(commit, Deadline::never(), [&](auto report) { promise.set_value(std::move(report)); });
    const Result<store::CommitReport> report = future.get();
    RETURN_IF_ERROR(report);
    miscounted_ |= report->appended + report->duplicates + report->conflicts + report->too_old != samples;
    return {};
  }

  void miss(PartitionId partition, int64_t begin, int64_t end) {
    for (int64_t offset = begin; offset < end; ++offset) missed_.insert({partition.value(), offset});
  }

  const Options options_;
  os::FileSystem& files_;
  SteppedClock& clock_;
  const Seams& seams_;
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  std::unique_ptr<telemetry::Registry> registry_;
  std::unique_ptr<telemetry::Registry> snapshot_registry_;
  os::sim::ManualClock snapshot_clock_;
  log::embedded::RecoveryReport report_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<store::Store> store_;
  std::vector<Feed> feeds_;
  std::set<RecordId> missed_;
  bool miscounted_ = false;
};

}  // namespace weir::oracle
