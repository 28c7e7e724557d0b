#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "os/sim/faulty_files.h"

namespace weir::log::embedded {

/// For tests: an embedded log on a simulated disk, with small segments and little memory so that everything
/// happens soon.
class TestLog {
 public:
  using Outcome = Result<std::vector<Position>>;

  static EmbeddedLogOptions small_options() {
    EmbeddedLogOptions options;
    options.directory = "data/log";
    options.partition_count = 2;
    options.segment_bytes = 16 << 10;
    options.record_bytes_max = 64 << 10;
    options.queue_bytes_max = 1 << 20;
    options.tail_cache_bytes = 0;  // all reads come from the disk
    options.free_bytes_min = 0;
    return options;
  }

  explicit TestLog(EmbeddedLogOptions options = small_options()) : options_(std::move(options)) {}

  Status open() {
    log_.reset();
    registry_ = std::make_unique<telemetry::Registry>();
    ASSIGN_OR_RETURN(log_, embedded::open(options_, files_, os::system_clock(), *registry_, report_));
    return {};
  }
  /// Power loss while the log is running.
  void crash(os::Random& random) {
    files_.kill();
    log_.reset();
    files_.crash(random);
  }
  /// The process dies; the page cache lives on.
  void kill() {
    files_.kill();
    log_.reset();
    files_.reopen();
  }
  void close() { log_.reset(); }

  os::sim::FaultyFiles& files() { return files_; }
  Log& log() { return *log_; }
  telemetry::Registry& registry() { return *registry_; }
  const RecoveryReport& report() const { return report_; }
  const EmbeddedLogOptions& options() const { return options_; }

  std::future<Outcome> append_later(const std::vector<NewRecord>& records,
                                    Deadline deadline = Deadline::never()) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    log_->append(records, deadline, [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }
  std::future<Outcome> append_later(uint32_t partition, std::string_view payload) {
    return append_later({{TenantId::from_stored(1), PartitionId(partition), payload}});
  }
  Outcome append(uint32_t partition, std::string_view payload) {
    return append_later(partition, payload).get();
  }

  /// All records from the beginning of a partition.
  struct Content {
    std::vector<std::string> payloads;
    std::vector<int64_t> offsets;
    size_t corruptions = 0;  ///< Polls that answered kCorruption.
  };
  Content read(uint32_t partition) {
    Content content;
    auto reader = log_->open_reader(PartitionId(partition)).value();
    for (;;) {
      Result<std::vector<Record>> records = reader->poll(8 << 10, Deadline::at(os::system_clock().steady()));
      if (!records.ok()) {
        EXPECT_EQ(records.error().code, Code::kCorruption) << records.error().message;
        if (records.error().code != Code::kCorruption || ++content.corruptions > 1'000) return content;
        continue;
      }
      if (records->empty()) return content;
      for (const Record& record : *records) {
        content.payloads.emplace_back(record.payload);
        content.offsets.push_back(record.offset.value());
      }
    }
  }

  /// Paths of the segment files, oldest first.
  std::vector<std::string> segments() {
    std::vector<std::string> paths;
    const std::vector<std::string> names = files_.list(options_.directory).value();
    for (const std::string& name : names) {
      if (name.ends_with(".journal")) paths.push_back(os::join_path(options_.directory, name));
    }
    return paths;
  }
  std::string bytes(const std::string& path) { return os::read_file(files_, path, 1 << 30).value(); }
  /// Puts other bytes in the place of a file's.
  void replace(const std::string& path, std::string_view bytes) {
    auto file = files_.open(path, os::OpenMode::kReadWrite).value();
    file->truncate(0).value();
    file->write_at(0, bytes).value();
    file->sync().value();
  }

 private:
  const EmbeddedLogOptions options_;
  os::sim::FaultyFiles files_;
  std::unique_ptr<telemetry::Registry> registry_;
  RecoveryReport report_;
  std::unique_ptr<Log> log_;
};

}  // namespace weir::log::embedded
