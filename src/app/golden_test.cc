// Data directories as released versions have left them, in tests/golden/: whatever changes in the code, it
// must read them, sample by sample. tests/golden/README.md says how one is made.
#include <gtest/gtest.h>

#include "app/golden_directory_test.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/chunk.h"
#include "store/embedded/store_check.h"

namespace weir::app::golden {
namespace {

const std::string kVersion1 = std::string(WEIR_GOLDEN) + "/v1";
const std::string kVersion2 = std::string(WEIR_GOLDEN) + "/v2";
const std::string kVersion3 = std::string(WEIR_GOLDEN) + "/v3";
const std::string kVersion4 = std::string(WEIR_GOLDEN) + "/v4";

TEST(Golden, EveryVersionIsReadBitForBit) {
  for (const std::string& version : {kVersion1, kVersion2, kVersion3, kVersion4}) {
    World world;
    load(version, world);
    EXPECT_EQ(blocks::check_store(world.files, kStore, [](uint64_t) {})->damage.count(), 0u) << version;
    const std::string expected =
        os::read_file(os::posix_files(), version + "/expected.txt", kFileBytesMax).value();
    EXPECT_EQ(describe(world), expected) << version;
  }
}

TEST(Golden, ManifestsAreWrittenTheSame) {
  for (const std::string& version : {kVersion1, kVersion2, kVersion3, kVersion4}) {
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

/// Each series of a block, then its chunks of samples.
template <typename OnSeries, typename OnChunk>
void walk_chunks(const blocks::Block& block, OnSeries on_series, OnChunk on_chunk) {
  for (const auto& tenant : block.tenants()) {
    for (uint32_t series = 0; series < tenant.series_count(); ++series) {
      std::string labels;
      tenant.append_labels(series, labels);
      on_series(tenant.tenant(), LabelsView(labels));
      std::vector<blocks::ChunkRef> chunks;
      tenant.append_chunks(series, chunks);
      std::string buffer;
      for (const auto& chunk : chunks) on_chunk(chunk, block.chunk_bytes(chunk, buffer).value());
    }
  }
}

std::string series_and_chunks(const blocks::Block& block) {
  std::string out;
  walk_chunks(
      block,
      [&](TenantId tenant, LabelsView labels) {
        out += fmt::format("\n{} {}", tenant.value(), labels.to_string());
      },
      [&](const blocks::ChunkRef&, std::string_view bytes) { out += fmt::format("\n  {}", bytes); });
  return out;
}

// A better choice of codecs may change the chunks that encode_chunk makes, and then only that expectation
// goes: what is stored must be read for ever, which the test above sees to.
TEST(Golden, ChunksOfVersion1AreWrittenTheSame) {
  World world;
  load(kVersion1, world);
  int chunks_seen = 0;
  const blocks::Manifest manifest = blocks::load_manifest(world.files, kStore).value();
  for (const auto& entry : manifest.blocks) {
    const std::string path = blocks::block_path(kStore, entry.id);
    const auto block = blocks::Block::open(world.files, path).value();
    auto writer = blocks::BlockWriter::create(world.files, path + ".again", 0).value();
    walk_chunks(
        *block, [&](TenantId tenant, LabelsView labels) { writer->begin_series(tenant, labels).value(); },
        [&](const blocks::ChunkRef& chunk, std::string_view bytes) {
          writer->add_chunk(chunk, bytes).value();
          SampleColumns samples;
          block->read_chunk(chunk, samples).value();
          std::string again;
          blocks::encode_chunk(samples.timestamps_ms, samples.values, again);
          EXPECT_EQ(again, bytes);
          ++chunks_seen;
        });
    writer->finish().value();
    EXPECT_EQ(series_and_chunks(*blocks::Block::open(world.files, path + ".again").value()),
              series_and_chunks(*block));
  }
  EXPECT_EQ(chunks_seen, 8);
}

}  // namespace
}  // namespace weir::app::golden
