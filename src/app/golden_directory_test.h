#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "log/embedded/batch_decoder.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/journal_walk.h"
#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/manifest.h"
#include "support/selected.h"
#include "wire/batch_record.h"

/// A golden data directory as its tests have it: in memory, with the log and the store that work on it, and
/// all that it holds as text. tests/golden/README.md explains that text.
namespace weir::app::golden {

namespace journal = log::embedded;
namespace blocks = store::embedded;

inline const std::string kJournal = "data/journal";
inline const std::string kStore = "data/store";
inline constexpr uint32_t kPartitions = 2;
inline constexpr TimestampMs kStart = 1'699'999'200'000;  // begins a window
inline constexpr TimestampMs kHour = 3'600'000;
inline constexpr uint64_t kFileBytesMax = 1 << 20;

inline journal::EmbeddedLogOptions log_options() {
  journal::EmbeddedLogOptions options;
  options.directory = kJournal;
  options.partition_count = kPartitions;
  options.segment_bytes = 16 << 10;
  options.free_bytes_min = 0;
  return options;
}

inline blocks::EmbeddedStoreOptions store_options() {
  blocks::EmbeddedStoreOptions options;
  options.directory = kStore;
  options.partition_count = kPartitions;
  options.maintenance_interval = os::milliseconds(3'600'000);
  return options;
}

/// A directory in memory, with the log and the store that work on it.
struct World {
  os::sim::FaultyFiles files;
  os::sim::ManualClock clock;
  std::unique_ptr<telemetry::Registry> registry;
  journal::RecoveryReport recovered;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<store::Store> store;

  void open() {
    close();
    registry = std::make_unique<telemetry::Registry>();
    log = journal::open(log_options(), files, os::system_clock(), *registry, recovered).value();
    store = blocks::open(store_options(), files, clock, *registry).value();
  }
  void close() {
    store.reset();
    log.reset();
  }
  /// What a processor does: applies the log from where the store says.
  void catch_up() {
    for (uint32_t i = 0; i < kPartitions; ++i) {
      const PartitionId partition(i);
      const store::Lease lease = store->acquire(partition, Deadline::never()).value();
      auto reader = log->open_reader(partition).value();
      reader->seek(lease.resume).value();
      for (;;) {
        const auto records = reader->poll(1 << 20, Deadline::at(os::system_clock().steady())).value();
        if (records.empty()) break;
        commit(lease, records);
      }
    }
  }
  void commit(const store::Lease& lease, const std::vector<log::Record>& records) {
    std::vector<Batch> batches(records.size());
    std::vector<store::AppliedRecord> applied;
    for (size_t i = 0; i < records.size(); ++i) {
      const log::Record& record = records[i];
      if (record.decoded != nullptr) {
        append_slice(*record.decoded, batches[i]);
      } else {
        wire::decode_batch_record(record.payload, kFileBytesMax, batches[i]).value();
      }
      applied.push_back({record.tenant, record.offset, &batches[i]});
    }
    const Offset next(records.back().offset.value() + 1);
    store->commit({lease, applied, next}, Deadline::never(),
                  [](const Result<store::CommitReport>& report) { CHECK(report.ok(), "a commit"); });
  }
};

inline void copy_directory(os::FileSystem& from, const std::string& from_path, os::FileSystem& to,
                           const std::string& to_path) {
  to.create_directories(to_path).value();
  for (const std::string& name : from.list(from_path).value()) {
    const std::string bytes = os::read_file(from, os::join_path(from_path, name), kFileBytesMax).value();
    os::write_file_atomically(to, os::join_path(to_path, name), bytes).value();
  }
}

inline void load(const std::string& path, World& world) {
  copy_directory(os::posix_files(), path + "/journal", world.files, kJournal);
  copy_directory(os::posix_files(), path + "/store", world.files, kStore);
}

inline std::string bits(double value) {
  return fmt::format("{:x}", std::bit_cast<uint64_t>(value));
}

inline std::string histogram_text(const Histogram& histogram) {
  const HistogramLayout& layout = histogram.layout;
  std::string text = fmt::format("[{} {} {} {} {} {}", layout.schema, bits(layout.zero_threshold),
                                 static_cast<int>(histogram.reset_hint), bits(histogram.count),
                                 bits(histogram.sum), bits(histogram.zero_count));
  for (const auto* spans : {&layout.positive_spans, &layout.negative_spans}) {
    text += " |";
    for (const HistogramSpan& span : *spans) text += fmt::format(" {}+{}", span.offset, span.length);
  }
  for (const auto* numbers :
       {&layout.custom_bounds, &histogram.positive_buckets, &histogram.negative_buckets}) {
    text += " |";
    for (const double number : *numbers) text += " " + bits(number);
  }
  return text + "]";
}

inline std::string exemplar_text(const Exemplar& exemplar) {
  return fmt::format(" <{}:{} {}>", exemplar.timestamp_ms, bits(exemplar.value), exemplar.labels.to_string());
}

inline std::string series_line(const Batch& batch, const Batch::Series& series) {
  std::string line = "  " + batch.labels(series).to_string();
  const auto times = batch.timestamps_ms(series);
  for (size_t i = 0; i < times.size(); ++i)
    line += fmt::format(" {}:{}", times[i], bits(batch.values(series)[i]));
  const auto histogram_times = batch.histogram_times_ms(series);
  for (size_t i = 0; i < histogram_times.size(); ++i)
    line += fmt::format(" {}:{}", histogram_times[i], histogram_text(batch.histograms(series)[i]));
  for (size_t i = 0; i < series.exemplar_count; ++i) line += exemplar_text(batch.exemplar(series, i));
  return line + "\n";
}

inline std::string series_line(LabelsView labels, const SampleColumns& samples) {
  std::string line = "  " + labels.to_string();
  for (size_t i = 0; i < samples.size(); ++i) {
    const HistogramPtr histogram = samples.histogram(i);
    line += fmt::format(" {}:{}", samples.timestamps_ms[i],
                        histogram == nullptr ? bits(samples.values[i]) : histogram_text(*histogram));
  }
  return line + "\n";
}

inline std::string describe_manifest(os::FileSystem& files) {
  const blocks::Manifest manifest = blocks::load_manifest(files, kStore).value();
  std::string out =
      fmt::format("manifest: window {}, next block {}\n", manifest.window_ms, manifest.next_block_id);
  for (const auto& partition : manifest.partitions) {
    out += fmt::format("  epoch {}, durable {}", partition.epoch.value(), partition.durable.value());
    for (const auto& [start_ms, offset] : partition.covered)
      out += fmt::format(", {}: {}", start_ms, offset.value());
    out += "\n";
  }
  for (const auto& block : manifest.blocks) {
    out += fmt::format("  block {}: {} to {}, {} bytes, {:08x}", block.id, block.range.mint_ms,
                       block.range.maxt_ms, block.size_bytes, block.fingerprint);
    out += block.cleaned == 0 ? "\n" : fmt::format(", cleaned {}\n", block.cleaned);
  }
  for (const auto& deletion : manifest.deletions) {
    out += fmt::format("  deletion {} of tenant {}, {} to {}:", deletion.number, deletion.tenant.value(),
                       deletion.range.mint_ms, deletion.range.maxt_ms);
    for (const Matcher& matcher : deletion.matchers) out += " " + matcher.to_string();
    for (const Offset offset : deletion.applied) out += fmt::format(" before {}", offset.value());
    out += "\n";
  }
  return out;
}

class JournalText : public journal::JournalVisitor {
 public:
  Status on_segment(const journal::WalkedSegment& walked) override {
    text += fmt::format("segment {}: created {}\n", walked.segment->first_sequence(),
                        walked.segment->header().created_ms);
    return {};
  }
  Status on_frame(const journal::SegmentScanner& frame) override {
    text += fmt::format("frame {} at {}, durable {}\n", frame.header().sequence, frame.frame_begin(),
                        frame.header().durable_sequence);
    for (const auto& record : frame.records()) {
      text += fmt::format(" record {} of partition {}, tenant {}\n", record.offset.value(),
                          record.partition.value(), record.tenant.value());
      ASSIGN_OR_RETURN(const BatchSlicePtr decoded, decoder_.decode(record));
      const Batch& batch = *decoded->batch;
      for (const auto& series : batch.series()) text += series_line(batch, series);
    }
    return {};
  }
  void on_damage(Damage damage) override { text += "DAMAGE: " + damage.what + "\n"; }

  std::string text;

 private:
  journal::BatchDecoder decoder_{kFileBytesMax};
};

inline std::string describe_journal(os::FileSystem& files) {
  JournalText visitor;
  journal::walk_journal(files, kJournal, visitor).value();
  return std::move(visitor.text);
}

/// What rollups give in place of samples for a counter, by hours: series of which fewer came.
inline std::string describe_rollups(store::Store& store, TenantId tenant, std::span<const Matcher> matchers) {
  const TimeRange range{kStart + 1, kStart + 200 * kHour};
  store::SelectRequest request{matchers, range};
  const auto samples = store::selected(store, tenant, request).value();
  request.reduction = {store::WindowReduction::Kind::kCounter, range.maxt_ms, 0, 1, 200 * kHour};
  std::string out;
  for (const auto& [labels, kept] : store::selected(store, tenant, request).value()) {
    if (kept.size() == samples.at(labels).size()) continue;
    out += " in place of " + labels.view().to_string();
    for (size_t i = 0; i < kept.size(); ++i)
      out += fmt::format(" {}+{}:{}", kept.left_out[i], kept.timestamps_ms[i], bits(kept.values[i]));
    out += "\n";
  }
  return out;
}

inline std::string describe_store(store::Store& store, std::string_view when) {
  std::string out;
  for (const uint64_t number : {1u, 2u}) {
    out += fmt::format("tenant {}, {}\n", number, when);
    const TenantId tenant = TenantId::from_stored(number);
    const std::vector<Matcher> matchers = {Matcher::any_metric()};
    for (const auto& [labels, samples] : store::selected(store, tenant, {matchers, TimeRange::all()}).value())
      out += series_line(labels, samples);
    out += describe_rollups(store, tenant, matchers);
    const std::vector<std::vector<Matcher>> selectors = {matchers};
    for (const SeriesExemplars& found :
         store.exemplars(tenant, {selectors, TimeRange::all()}, Deadline::never()).value()) {
      out += " exemplars of " + found.labels.view().to_string();
      for (size_t i = 0; i < found.exemplars.size(); ++i) out += exemplar_text(found.exemplars[i]);
      out += "\n";
    }
  }
  return out;
}

/// Everything that a directory holds, and what is served of it.
inline std::string describe(World& world) {
  std::string out = describe_manifest(world.files) + describe_journal(world.files);
  world.open();
  out += describe_store(*world.store, "in blocks");
  world.catch_up();
  return out + describe_store(*world.store, "served");
}

}  // namespace weir::app::golden
