#include "store/embedded/store_repair.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/store_fixture.h"
#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/store_check.h"

namespace weir::store::embedded {
namespace {

using testing::HasSubstr;

const std::string kDirectory = "/data/store";
constexpr TimestampMs kBlockMs = 7'200'000;
constexpr int kLong = 1'500;  // samples of the long series: two chunks

TenantId tenant() {
  return TenantId::from_stored(1);
}
Labels series(const char* name) {
  return Labels::of({{"__name__", name}});
}

/// A store of three blocks, each with a long series and a short one, on a disk that can be damaged.
class StoreRepairTest : public testing::Test {
 protected:
  StoreRepairTest() { make(); }

  void make() {
    CHECK(files_.create_directories(kDirectory).ok(), "a directory");
    Manifest manifest;
    manifest.window_ms = static_cast<uint64_t>(kBlockMs);
    manifest.next_block_id = 4;
    manifest.partitions = {{Epoch(3), Offset(70), {{kBlockMs, Offset(80)}}}, {Epoch(3), Offset(50), {}}};
    for (uint64_t id = 1; id <= 3; ++id) manifest.blocks.push_back(write_block(id));
    CHECK(save_manifest(files_, kDirectory, manifest).ok(), "a manifest");
    manifest_ = manifest;
  }

  Manifest::Block write_block(uint64_t id) {
    const std::string path = block_path(kDirectory, id);
    auto writer = BlockWriter::create(files_, path, 24 * kHourMs).value();
    const auto base = static_cast<TimestampMs>(id) * kBlockMs;
    for (const auto& [name, count] : {std::pair("long", kLong), std::pair("short", 5)}) {
      CHECK(writer->begin_series(tenant(), series(name)).ok(), "a series");
      for (int i = 0; i < count; ++i) {
        const TimestampMs at = base + i * 1'000;
        const double value = i * 0.5;
        CHECK(writer->add_samples(std::span(&at, 1), std::span(&value, 1)).ok(), "a sample");
        expected_[series(name).view().to_string()][at] = std::bit_cast<uint64_t>(value);
      }
    }
    CHECK(writer->finish().ok(), "a block");
    const BlockPtr block = Block::open(files_, path).value();
    return {id, block->range(), block->size_bytes(), block->fingerprint()};
  }

  /// Takes what a block's series holds out of what is expected, from sample `begin` to `end`.
  void expect_without(uint64_t id, const char* name, int begin, int end) {
    const auto base = static_cast<TimestampMs>(id) * kBlockMs;
    auto& samples = expected_[series(name).view().to_string()];
    for (int i = begin; i < end; ++i) samples.erase(base + i * 1'000);
  }

  /// A place inside the second chunk of the long series of a block.
  uint64_t in_second_chunk(uint64_t id) {
    const BlockPtr block = Block::open(files_, block_path(kDirectory, id)).value();
    std::vector<ChunkRef> chunks;
    block->tenant(tenant())->append_chunks(0, chunks);
    return chunks.at(1).offset + 5;
  }

  Result<StoreRepair> repair(bool dry_run = false, bool with_log = true) {
    lines_.clear();
    StoreRepairOptions options{kDirectory, {}, dry_run};
    if (with_log) options.log.partitions = {{Offset(40), Offset(90)}, {Offset(30), Offset(60)}};
    return repair_store(files_, options, [&](const std::string& line) { lines_.push_back(line); });
  }

  uint64_t damage_count() {
    return check_store(files_, kDirectory, [](uint64_t) {})->damage.count();
  }

  Contents served() {
    telemetry::Registry registry;
    os::sim::ManualClock clock;
    EmbeddedStoreOptions options;
    options.directory = kDirectory;
    options.partition_count = 2;
    const auto store = open(options, files_, clock, registry).value();
    const std::vector<Matcher> matchers = {Matcher::any_metric()};
    auto set = store->select(tenant(), {matchers, TimeRange::all()}, Deadline::never()).value();
    Contents contents;
    while (set->next().value()) {
      SampleColumns samples;
      set->read(samples).value();
      for (size_t i = 0; i < samples.size(); ++i)
        contents[set->labels().to_string()][samples.timestamps_ms[i]] =
            std::bit_cast<uint64_t>(samples.values[i]);
    }
    return contents;
  }

  std::map<std::string, std::string> all_bytes() {
    std::map<std::string, std::string> all;
    for (const std::string& name : files_.list(kDirectory).value())
      all[name] = os::read_file(files_, os::join_path(kDirectory, name), 1 << 20).value();
    return all;
  }
  Manifest manifest() { return load_manifest(files_, kDirectory).value(); }
  std::string path(uint64_t id) { return block_path(kDirectory, id); }

  os::sim::FaultyFiles files_;
  Manifest manifest_;
  Contents expected_;
  std::vector<std::string> lines_;
};

TEST_F(StoreRepairTest, FindsEveryFlippedBitOfTheManifest) {
  EXPECT_EQ(damage_count(), 0u);
  const std::string bytes = os::read_file(files_, manifest_path(kDirectory), 1 << 20).value();
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      files_.corrupt(manifest_path(kDirectory), at, static_cast<uint8_t>(1 << bit));
      EXPECT_EQ(damage_count(), 1u) << "byte " << at << " bit " << bit;
      files_.corrupt(manifest_path(kDirectory), at, static_cast<uint8_t>(1 << bit));
    }
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_TRUE(os::write_file_atomically(files_, manifest_path(kDirectory), bytes.substr(0, size)).ok());
    EXPECT_EQ(damage_count(), 1u) << size;
  }
}

TEST_F(StoreRepairTest, LeavesAGoodStoreAlone) {
  const auto before = all_bytes();
  EXPECT_EQ(repair()->actions, 0u);
  EXPECT_EQ(all_bytes(), before);
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, SavesTheGoodChunksOfADamagedBlock) {
  files_.corrupt(path(2), in_second_chunk(2));
  const std::string damaged = all_bytes()["0000000000000002.block"];
  EXPECT_EQ(damage_count(), 1u);
  const StoreRepair done = repair().value();
  EXPECT_EQ(done.samples_lost, static_cast<uint64_t>(kLong - 1'024));
  EXPECT_EQ(done.samples_saved, 1'024u + 5);
  EXPECT_EQ(done.series_saved, 2u);
  EXPECT_EQ(done.series_lost, 0u);
  EXPECT_EQ(damage_count(), 0u);
  EXPECT_EQ(all_bytes()["0000000000000002.block.corrupt"], damaged) << "nothing is deleted";
  EXPECT_EQ(manifest().blocks[1].id, 4u) << "in the place of the old one";
  EXPECT_EQ(manifest().partitions[0].epoch, Epoch(3));
  expect_without(2, "long", 1'024, kLong);
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, HasTheLogAppliedAgainForWhatIsLost) {
  files_.corrupt(path(2), in_second_chunk(2));
  ASSERT_TRUE(repair().ok());
  EXPECT_EQ(manifest().partitions[0].durable, Offset(40));
  EXPECT_EQ(manifest().partitions[1].durable, Offset(30));
  EXPECT_TRUE(manifest().partitions[0].covered.empty());
}

TEST_F(StoreRepairTest, SetsABlockAsideWhoseIndexIsDamaged) {
  files_.corrupt(path(1), all_bytes()["0000000000000001.block"].size() - 20);
  EXPECT_EQ(repair()->blocks_set_aside, 1u);
  EXPECT_EQ(damage_count(), 0u);
  expect_without(1, "long", 0, kLong);
  expect_without(1, "short", 0, 5);
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, TakesAMissingBlockOut) {
  ASSERT_TRUE(files_.remove(path(3)).ok());
  EXPECT_EQ(damage_count(), 1u);
  EXPECT_EQ(repair()->actions, 3u);
  EXPECT_EQ(damage_count(), 0u);
  expect_without(3, "long", 0, kLong);
  expect_without(3, "short", 0, 5);
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, SetsABlockAsideThatIsAnother) {
  ASSERT_TRUE(os::write_file_atomically(files_, path(1), all_bytes()["0000000000000002.block"]).ok());
  EXPECT_EQ(damage_count(), 1u);
  EXPECT_EQ(repair()->blocks_set_aside, 1u);
  expect_without(1, "long", 0, kLong);
  expect_without(1, "short", 0, 5);
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, MakesADamagedManifestAnew) {
  files_.corrupt(manifest_path(kDirectory), 20);
  files_.corrupt(path(2), in_second_chunk(2));
  const std::string damaged = all_bytes()["MANIFEST"];
  ASSERT_TRUE(repair().ok());
  EXPECT_EQ(all_bytes()["MANIFEST.damaged"], damaged);
  EXPECT_EQ(damage_count(), 0u);
  EXPECT_EQ(manifest().next_block_id, 5u);
  EXPECT_EQ(manifest().partitions[0].durable, Offset(40));
  expect_without(2, "long", 1'024, kLong);
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, MakesAMissingManifestAnew) {
  ASSERT_TRUE(files_.remove(manifest_path(kDirectory)).ok());
  EXPECT_EQ(repair(false, false).error().code, Code::kFailedPrecondition);
  ASSERT_TRUE(repair().ok());
  EXPECT_EQ(manifest().blocks, manifest_.blocks);
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, PutsOffsetsRightThatAreNotTheLogs) {
  Manifest ahead = manifest_;
  ahead.partitions[1].durable = Offset(1'000);
  ASSERT_TRUE(save_manifest(files_, kDirectory, ahead).ok());
  ASSERT_TRUE(repair().ok());
  EXPECT_EQ(manifest().partitions[1].durable, Offset(30));
  EXPECT_EQ(served(), expected_);
}

TEST_F(StoreRepairTest, OnlySaysWhatItWouldDoInADryRun) {
  files_.corrupt(manifest_path(kDirectory), 20);
  files_.corrupt(path(2), in_second_chunk(2));
  files_.corrupt(path(1), 3);
  const auto before = all_bytes();
  const StoreRepair would = repair(true).value();
  EXPECT_EQ(all_bytes(), before);
  EXPECT_THAT(lines_, testing::Each(HasSubstr("would ")));
  const StoreRepair did = repair().value();
  EXPECT_EQ(would.actions, did.actions);
  EXPECT_EQ(would.samples_saved, did.samples_saved);
  EXPECT_EQ(would.samples_lost, did.samples_lost);
}

// Whatever call is the last before the power goes: the next run finishes the work, with nothing lost that the
// first one would have saved.
TEST_F(StoreRepairTest, CanBeCutShortAnywhere) {
  files_.corrupt(path(2), in_second_chunk(2));
  expect_without(2, "long", 1'024, kLong);
  const auto damaged = all_bytes();
  os::Random random(7);
  for (uint64_t nth = 1;; ++nth) {
    for (const std::string& name : files_.list(kDirectory).value())
      ASSERT_TRUE(files_.remove(os::join_path(kDirectory, name)).ok());
    for (const auto& [name, bytes] : damaged)
      ASSERT_TRUE(os::write_file_atomically(files_, os::join_path(kDirectory, name), bytes).ok());
    files_.inject({.nth = nth, .lasting = true});
    const bool finished = repair().ok();
    files_.kill();
    files_.crash(random);
    files_.clear_faults();
    ASSERT_TRUE(repair().ok()) << nth;
    EXPECT_EQ(damage_count(), 0u) << nth;
    EXPECT_EQ(all_bytes()["0000000000000002.block.corrupt"], damaged.at("0000000000000002.block")) << nth;
    EXPECT_EQ(served(), expected_) << nth;
    if (finished) break;
  }
}

}  // namespace
}  // namespace weir::store::embedded
