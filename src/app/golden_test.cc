// Data directories as released versions have left them, in tests/golden/: whatever changes in the code, it
// must read them, sample by sample. tests/golden/README.md says how one is made.
#include <cmath>
#include <cstdlib>
#include <future>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/batch_decoder.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/journal_walk.h"
#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/chunk.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/store_check.h"
#include "support/histograms.h"
#include "wire/batch_record.h"

namespace weir::app {
namespace {

namespace journal = log::embedded;
namespace blocks = store::embedded;

const std::string kJournal = "data/journal";
const std::string kStore = "data/store";
const std::string kVersion1 = std::string(WEIR_GOLDEN) + "/v1";
const std::string kVersion2 = std::string(WEIR_GOLDEN) + "/v2";
constexpr uint32_t kPartitions = 2;
constexpr TimestampMs kStart = 1'699'999'200'000;  // begins a window
constexpr TimestampMs kHour = 3'600'000;
constexpr uint64_t kFileBytesMax = 1 << 20;

journal::EmbeddedLogOptions log_options() {
  journal::EmbeddedLogOptions options;
  options.directory = kJournal;
  options.partition_count = kPartitions;
  options.segment_bytes = 16 << 10;
  options.free_bytes_min = 0;
  return options;
}

blocks::EmbeddedStoreOptions store_options() {
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

void copy_directory(os::FileSystem& from, const std::string& from_path, os::FileSystem& to,
                    const std::string& to_path) {
  to.create_directories(to_path).value();
  for (const std::string& name : from.list(from_path).value()) {
    const std::string bytes = os::read_file(from, os::join_path(from_path, name), kFileBytesMax).value();
    os::write_file_atomically(to, os::join_path(to_path, name), bytes).value();
  }
}

void load(const std::string& path, World& world) {
  copy_directory(os::posix_files(), path + "/journal", world.files, kJournal);
  copy_directory(os::posix_files(), path + "/store", world.files, kStore);
}

std::string bits(double value) {
  return fmt::format("{:x}", std::bit_cast<uint64_t>(value));
}

std::string histogram_text(const Histogram& histogram) {
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

std::string series_line(const Batch& batch, const Batch::Series& series) {
  std::string line = "  " + batch.labels(series).to_string();
  const auto times = batch.timestamps_ms(series);
  for (size_t i = 0; i < times.size(); ++i)
    line += fmt::format(" {}:{}", times[i], bits(batch.values(series)[i]));
  const auto histogram_times = batch.histogram_times_ms(series);
  for (size_t i = 0; i < histogram_times.size(); ++i)
    line += fmt::format(" {}:{}", histogram_times[i], histogram_text(batch.histograms(series)[i]));
  return line + "\n";
}

std::string series_line(LabelsView labels, const SampleColumns& samples) {
  std::string line = "  " + labels.to_string();
  for (size_t i = 0; i < samples.size(); ++i) {
    const HistogramPtr histogram = samples.histogram(i);
    line += fmt::format(" {}:{}", samples.timestamps_ms[i],
                        histogram == nullptr ? bits(samples.values[i]) : histogram_text(*histogram));
  }
  return line + "\n";
}

std::string describe_manifest(os::FileSystem& files) {
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

std::string describe_journal(os::FileSystem& files) {
  JournalText visitor;
  journal::walk_journal(files, kJournal, visitor).value();
  return std::move(visitor.text);
}

std::string describe_store(store::Store& store, std::string_view when) {
  std::string out;
  for (const uint64_t tenant : {1u, 2u}) {
    out += fmt::format("tenant {}, {}\n", tenant, when);
    const std::vector<Matcher> matchers = {Matcher::create(MatchOp::kRegex, "__name__", ".+").value()};
    auto set =
        store.select(TenantId::from_stored(tenant), {matchers, TimeRange::all()}, Deadline::never()).value();
    while (set->next().value()) {
      SampleColumns samples;
      set->read(samples).value();
      out += series_line(set->labels(), samples);
    }
  }
  return out;
}

/// Everything that a directory holds, and what is served of it.
std::string describe(World& world) {
  std::string out = describe_manifest(world.files) + describe_journal(world.files);
  world.open();
  out += describe_store(*world.store, "in blocks");
  world.catch_up();
  return out + describe_store(*world.store, "served");
}

TEST(Golden, EveryVersionIsReadBitForBit) {
  for (const std::string& version : {kVersion1, kVersion2}) {
    World world;
    load(version, world);
    EXPECT_EQ(blocks::check_store(world.files, kStore, [](uint64_t) {})->damage.count(), 0u) << version;
    const std::string expected =
        os::read_file(os::posix_files(), version + "/expected.txt", kFileBytesMax).value();
    EXPECT_EQ(describe(world), expected) << version;
  }
}

TEST(Golden, ManifestsAreWrittenTheSame) {
  for (const std::string& version : {kVersion1, kVersion2}) {
    World world;
    load(version, world);
    EXPECT_EQ(blocks::encode_manifest(blocks::load_manifest(world.files, kStore).value()),
              os::read_file(world.files, blocks::manifest_path(kStore), kFileBytesMax).value())
        << version;
  }
}

/// Writes each segment again from what was read of it.
class Rewriter : public journal::JournalVisitor {
 public:
  explicit Rewriter(os::FileSystem& files) : files_(files) {}

  Status on_segment(const journal::WalkedSegment& walked) override {
    stored_ = os::read_file(files_, walked.path, kFileBytesMax).value();
    EXPECT_TRUE(stored_.starts_with(journal::encode_segment_header(walked.segment->header())));
    return {};
  }
  Status on_frame(const journal::SegmentScanner& frame) override {
    std::vector<log::NewRecord> records;
    std::vector<Offset> offsets(kPartitions);
    for (const auto& record : frame.records()) {
      if (records.empty() || records.back().partition != record.partition)
        offsets[record.partition.value()] = record.offset;
      records.push_back({record.tenant, record.partition, record.payload});
      expect_same_record(record.payload);
    }
    std::string bytes = records.empty() ? journal::encode_marker() : journal::encode_frame(records);
    journal::place_frame(bytes,
                         {frame.segment().seed(), frame.frame_begin(), frame.header().sequence,
                          frame.header().durable_sequence},
                         offsets);
    EXPECT_EQ(bytes, stored_.substr(frame.frame_begin(), bytes.size()));
    ++frames;
    return {};
  }
  void on_damage(Damage damage) override { ADD_FAILURE() << damage.what; }

  int frames = 0;

 private:
  static void expect_same_record(std::string_view payload) {
    Batch batch;
    wire::decode_batch_record(payload, kFileBytesMax, batch).value();
    std::vector<uint32_t> all(batch.series_count());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    std::string again;
    wire::encode_batch_record(batch, all, again);
    EXPECT_EQ(again, payload);
  }

  os::FileSystem& files_;
  std::string stored_;
};

TEST(Golden, JournalOfVersion1IsWrittenTheSame) {
  World world;
  load(kVersion1, world);
  Rewriter rewriter(world.files);
  ASSERT_TRUE(journal::walk_journal(world.files, kJournal, rewriter).ok());
  EXPECT_GT(rewriter.frames, 5);
}

// A better choice of codecs may change the chunks that encode_chunk makes, and then only that expectation
// goes: what is stored must be read for ever, which the test above sees to.
TEST(Golden, BlocksOfVersion1AreWrittenTheSame) {
  World world;
  load(kVersion1, world);
  int chunks_seen = 0;
  const blocks::Manifest manifest = blocks::load_manifest(world.files, kStore).value();
  for (const auto& entry : manifest.blocks) {
    const std::string path = blocks::block_path(kStore, entry.id);
    const auto block = blocks::Block::open(world.files, path).value();
    auto writer = blocks::BlockWriter::create(world.files, path + ".again").value();
    for (const auto& tenant : block->tenants()) {
      for (uint32_t series = 0; series < tenant.series_count(); ++series) {
        std::string labels;
        tenant.append_labels(series, labels);
        writer->begin_series(tenant.tenant(), LabelsView(labels)).value();
        std::vector<blocks::ChunkRef> chunks;
        tenant.append_chunks(series, chunks);
        for (const auto& chunk : chunks) {
          const std::string_view bytes = block->chunk_bytes(chunk).value();
          writer->add_chunk(chunk, bytes).value();
          SampleColumns samples;
          block->read_chunk(chunk, samples).value();
          std::string again;
          blocks::encode_chunk(samples.timestamps_ms, samples.values, again);
          EXPECT_EQ(again, bytes);
          ++chunks_seen;
        }
      }
    }
    writer->finish().value();
    EXPECT_EQ(os::read_file(world.files, path + ".again", kFileBytesMax).value(),
              os::read_file(world.files, path, kFileBytesMax).value());
  }
  EXPECT_EQ(chunks_seen, 8);
}

// What follows makes a new directory; it runs only when it is asked for.

/// Series that between them use every codec of times and values.
void add_series(Batch& batch, TimestampMs begin, size_t number) {
  const auto labels =
      Labels::of({{"__name__", fmt::format("m{}", number)}, {"host", "a\"\\\n\u00e4"}, {"job", "golden"}});
  batch.begin_series(labels.view().bytes());
  const size_t count = number == 0 ? 150 : 20;
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(i);
    const auto jitter = static_cast<TimestampMs>(number % 2 == 0 ? 0 : i * i * 37 % 91);
    const double values[] = {x * 0.25,     // decimal
                             42,           // constant
                             std::sin(x),  // xor or raw
                             std::ldexp(1.0 + x / 7, static_cast<int>(i * 97 % 600) - 300),
                             i % 9 == 5 ? std::numeric_limits<double>::infinity() : x,  // patches
                             i + 1 == count ? stale_marker() : -x * 1e9,
                             1e300 * (1 + x * 1e-14),  // ordered
                             i % 2 == 0 ? -0.0 : std::numeric_limits<double>::quiet_NaN()};
    batch.add_sample(begin + static_cast<TimestampMs>(i) * 15'000 + jitter,
                     values[number % std::size(values)]);
  }
}

/// Histograms of both kinds, a stale one among them, beside a double.
void add_histograms(Batch& batch, TimestampMs begin) {
  batch.begin_series(Labels::of({{"__name__", "h"}, {"job", "golden"}}).view().bytes());
  batch.add_sample(begin, 1.5);
  tests::GrowingHistogram counter(20);
  os::Random random(7);
  for (int i = 1; i <= 12; ++i) batch.add_histogram(begin + i * 15'000, counter.next());
  for (int i = 13; i <= 24; ++i) batch.add_histogram(begin + i * 15'000, tests::random_histogram(random));
}

void append(World& world, uint32_t partition, uint64_t tenant_number, Batch batch) {
  const TenantId tenant = TenantId::from_stored(tenant_number);
  auto slice = std::make_shared<BatchSlice>(BatchSlice{std::make_shared<const Batch>(std::move(batch)), {}});
  for (uint32_t i = 0; i < slice->batch->series_count(); ++i) {
    slice->selection.indexes.push_back(i);
    slice->selection.hashes.push_back(series_hash(tenant, slice->batch->labels(slice->batch->series()[i])));
  }
  const log::NewRecord record{
      .tenant = tenant, .partition = PartitionId(partition), .payload = {}, .decoded = std::move(slice)};
  std::promise<bool> durable;
  world.log->append(std::span(&record, 1), Deadline::never(),
                    [&](const auto& positions) { durable.set_value(positions.ok()); });
  CHECK(durable.get_future().get(), "an append");
}

void erase(World& world, const char* metric, const TimeRange& range) {
  const std::vector<Matcher> matchers = {Matcher::create(MatchOp::kEqual, "__name__", metric).value()};
  world.store->erase(TenantId::from_stored(1), matchers, range, Deadline::never()).value();
}

// Blocks, one of them cleaned of one deletion and under the mask of another; a journal whose first segment
// has records that define series, define them again, and name them; and one that was deleted from.
TEST(Golden, MakeDirectory) {
  const char* target = std::getenv("WEIR_GOLDEN_WRITE");
  if (target == nullptr) GTEST_SKIP() << "WEIR_GOLDEN_WRITE is not set";
  World world;
  world.clock.set_wall_ms(kStart + 200 * kHour);
  world.open();
  for (size_t number = 0; number < 8; ++number) {
    Batch batch;
    add_series(batch, kStart + static_cast<TimestampMs>(number % 3) * 50 * kHour, number);
    if (number == 2) add_histograms(batch, kStart + 100 * kHour);
    append(world, static_cast<uint32_t>(number % 2), 1 + number % 2, std::move(batch));
  }
  world.catch_up();
  world.store->compact(Deadline::never()).value();
  erase(world, "m0", {kStart + 60'000, kStart + 120'000});
  world.store->compact(Deadline::never()).value();
  world.open();  // goes on in another segment
  for (const TimestampMs hour : {5, 6, 7, 8}) {
    Batch batch;
    for (size_t number = 0; number < 8; ++number) add_series(batch, kStart + hour * kHour, number);
    if (hour == 6) add_histograms(batch, kStart + hour * kHour);
    append(world, 0, 1, std::move(batch));
  }
  Batch batch;
  add_series(batch, kStart, 1);
  append(world, 1, 2, std::move(batch));
  world.catch_up();
  erase(world, "m2", {kStart, kStart + 6 * kHour});
  erase(world, "m0", {kStart + 300'000, kStart + 360'000});
  world.close();
  const std::string path(target);
  copy_directory(world.files, kJournal, os::posix_files(), path + "/journal");
  copy_directory(world.files, kStore, os::posix_files(), path + "/store");
  World again;
  load(path, again);
  ASSERT_TRUE(os::write_file_atomically(os::posix_files(), path + "/expected.txt", describe(again)).ok());
}

}  // namespace
}  // namespace weir::app
