#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
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
    options.group_bytes_min = 4 << 10;
    options.free_bytes_min = 0;
    return options;
  }

  /// In which form payloads go into the log: as they are, or as a label of a batch that the log encodes,
  /// beside series that other batches have too.
  enum class Form { kPayloads, kBatches };

  explicit TestLog(EmbeddedLogOptions options = small_options(), Form form = Form::kPayloads)
      : options_(std::move(options)), form_(form) {}
  explicit TestLog(Form form) : TestLog(small_options(), form) {}

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
    const TenantId tenant = TenantId::from_stored(1);
    if (form_ == Form::kPayloads) return append_later({{tenant, PartitionId(partition), payload}});
    return append_later({{.tenant = tenant,
                          .partition = PartitionId(partition),
                          .payload = {},
                          .decoded = batch_of(tenant, payload)}});
  }
  Outcome append(uint32_t partition, std::string_view payload) {
    return append_later(partition, payload).get();
  }

  /// Three of seven series that batches share, which depend on the text, and one with the text.
  static BatchSlicePtr batch_of(TenantId tenant, std::string_view text) {
    auto batch = std::make_shared<Batch>();
    const auto add = [&](const Labels& labels, double value) {
      batch->begin_series(labels.view().bytes());
      batch->add_sample(static_cast<TimestampMs>(text.size()), value);
    };
    const uint64_t hash = stable_hash(text);
    for (uint64_t i = 0; i < 3; ++i) {
      const std::string shared = fmt::format("shared {}", (hash + i) % 7);
      add(Labels::of({{"series", shared}}), static_cast<double>(hash >> 12));
    }
    add(Labels::of({{"text", text}}), 0.25);
    return std::make_shared<const BatchSlice>(whole_slice(tenant, batch));
  }
  /// What `batch_of` or a payload was made of; tells where it is not all there.
  static std::string text_of(const Record& record) {
    if (record.decoded == nullptr) {
      return record.decodable.ok() ? std::string(record.payload) : record.decodable.error().message;
    }
    const BatchSlice& slice = *record.decoded;
    const auto& last = slice.batch->series()[slice.selection.indexes.back()];
    std::string text(slice.batch->labels(last).get("text"));
    Batch found;
    Batch expected;
    append_slice(slice, found);
    append_slice(*batch_of(record.tenant, text), expected);
    const bool same = to_text(found) == to_text(expected) &&
                      slice.selection.hashes == batch_of(record.tenant, text)->selection.hashes;
    return same ? text : "not what was appended: " + to_text(found);
  }
  static std::string to_text(const Batch& batch) {
    std::string text;
    for (const Batch::Series& series : batch.series()) {
      text += batch.labels(series).to_string();
      for (size_t i = 0; i < series.sample_count; ++i)
        text += fmt::format(" {}@{}", batch.values(series)[i], batch.timestamps_ms(series)[i]);
    }
    return text;
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
        content.payloads.push_back(text_of(record));
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
  const Form form_;
  os::sim::FaultyFiles files_;
  std::unique_ptr<telemetry::Registry> registry_;
  RecoveryReport report_;
  std::unique_ptr<Log> log_;
};

}  // namespace weir::log::embedded
