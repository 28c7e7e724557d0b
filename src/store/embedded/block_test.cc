#include "store/embedded/block.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "store/embedded/block_merge.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/test_mapping.h"

namespace weir::store::embedded {
namespace {

Result<BlockPtr> open_bytes(std::string bytes) {
  return Block::from(std::make_unique<StringMapping>(std::move(bytes)), "test.block");
}

TenantId tenant(uint64_t id) {
  return TenantId::from_stored(id);
}

// All that a block says, chunk by chunk; fails as the first chunk does.
Result<std::string> dump(const Block& block) {
  std::string text;
  for (const BlockTenant& part : block.tenants()) {
    for (uint32_t series = 0; series < part.series_count(); ++series) {
      std::string labels;
      part.append_labels(series, labels);
      text += std::to_string(part.tenant().value()) + " " + LabelsView(labels).to_string() + "\n";
      std::vector<ChunkRef> chunks;
      part.append_chunks(series, chunks);
      for (const ChunkRef& chunk : chunks) {
        SampleColumns samples;
        RETURN_IF_ERROR(block.read_chunk(chunk, samples));
        for (size_t i = 0; i < samples.size(); ++i) {
          text += std::to_string(samples.timestamps_ms[i]) + "=" + std::to_string(samples.values[i]) + " ";
        }
      }
    }
  }
  return text;
}

class BlockTest : public testing::Test {
 protected:
  BlockTest() { EXPECT_TRUE(files_.create_directories("/d").ok()); }

  // Two tenants, a few series; the second series of tenant 1 has more than one chunk.
  std::string write_small(const std::string& path = "/d/a.block", TimestampMs first_ms = 1'000) {
    auto writer = BlockWriter::create(files_, path, 24 * kHourMs).value();
    const auto series = [&](uint64_t id, const Labels& labels, int count) {
      EXPECT_TRUE(writer->begin_series(tenant(id), labels).ok());
      for (int i = 0; i < count; ++i) {
        const TimestampMs at = first_ms + i * 10;
        const double value = i * 0.5;
        EXPECT_TRUE(writer->add_samples({&at, 1}, {&value, 1}).ok());
      }
    };
    series(1, Labels::of({{"__name__", "a"}, {"job", "x"}}), 3);
    series(1, Labels::of({{"__name__", "a"}, {"job", "y"}, {"zone", "1"}}), 1'500);
    series(1, Labels::of({{"__name__", "b"}}), 1);
    series(7, Labels::of({{"__name__", "a"}, {"job", "x"}}), 2);
    EXPECT_TRUE(writer->finish().ok());
    return os::read_file(files_, path, 1 << 20).value();
  }

  os::sim::FaultyFiles files_;
};

TEST_F(BlockTest, HoldsWhatWasWritten) {
  const BlockPtr block = open_bytes(write_small()).value();
  EXPECT_EQ(block->series_count(), 4u);
  EXPECT_EQ(block->sample_count(), 1'506u);
  EXPECT_EQ(block->range(), (TimeRange{1'000, 1'000 + 14'990}));
  EXPECT_EQ(block->tenant(tenant(2)), nullptr);
  const BlockTenant& one = *block->tenant(tenant(1));
  EXPECT_EQ(one.series_count(), 3u);
  std::vector<ChunkRef> chunks;
  one.append_chunks(1, chunks);
  ASSERT_EQ(chunks.size(), 2u);
  SampleColumns samples;
  for (const ChunkRef& chunk : chunks) ASSERT_TRUE(block->read_chunk(chunk, samples).ok());
  ASSERT_EQ(samples.size(), 1'500u);
  EXPECT_EQ(samples.timestamps_ms[1'499], 15'990);
  EXPECT_EQ(samples.values[1'499], 749.5);
}

TEST_F(BlockTest, FindsSeriesByLabels) {
  const BlockPtr block = open_bytes(write_small()).value();
  const BlockTenant& one = *block->tenant(tenant(1));
  EXPECT_EQ(one.find(Labels::of({{"__name__", "a"}, {"job", "x"}})), 0u);
  EXPECT_EQ(one.find(Labels::of({{"__name__", "a"}, {"job", "y"}, {"zone", "1"}})), 1u);
  EXPECT_EQ(one.find(Labels::of({{"__name__", "b"}})), 2u);
  EXPECT_EQ(one.find(Labels::of({{"__name__", "a"}})), std::nullopt) << "a prefix";
  EXPECT_EQ(one.find(Labels::of({{"__name__", "a"}, {"job", "y"}})), std::nullopt);
  EXPECT_EQ(one.find(Labels::of({{"__name__", "b"}, {"job", "x"}})), std::nullopt) << "pairs of two series";
  EXPECT_EQ(one.find(Labels::of({{"__name__", "c"}})), std::nullopt);
  EXPECT_EQ(one.find(Labels()), std::nullopt);
  EXPECT_EQ(block->tenant(tenant(7))->find(Labels::of({{"__name__", "b"}})), std::nullopt)
      << "another tenant's";
}

TEST_F(BlockTest, AnswersByLabel) {
  const BlockPtr block = open_bytes(write_small()).value();
  const BlockTenant& one = *block->tenant(tenant(1));
  Postings series;
  one.append_equal({"job", "y"}, series);
  EXPECT_THAT(series, testing::ElementsAre(1));
  series.clear();
  one.append_values(
      "job", "", [](std::string_view) { return true; }, series);
  EXPECT_THAT(series, testing::ElementsAre(0, 1));
  EXPECT_EQ(one.value_count("job"), 2u);
  EXPECT_EQ(one.value_count("jo"), 0u);
  EXPECT_EQ(one.value_of(1, "zone"), "1");
  EXPECT_EQ(one.value_of(0, "zone"), "");
  std::vector<std::string> names;
  one.visit_names([&](std::string_view name) { return names.emplace_back(name), names.size() < 2; });
  EXPECT_THAT(names, testing::ElementsAre("__name__", "job"));
}

TEST_F(BlockTest, EveryTruncationIsNoticed) {
  const std::string bytes = write_small();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto block = open_bytes(bytes.substr(0, size));
    ASSERT_FALSE(block.ok()) << size;
    ASSERT_EQ(block.error().code, Code::kCorruption);
    ASSERT_THAT(block.error().message, testing::StartsWith("test.block: "));
  }
}

TEST_F(BlockTest, EveryFlippedBitIsNoticed) {
  const std::string bytes = write_small();
  const std::string whole = dump(*open_bytes(bytes).value()).value();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    const auto block = open_bytes(damaged);
    const auto content = block.ok() ? dump(**block) : Result<std::string>(block.error());
    ASSERT_FALSE(content.ok()) << "byte " << i << " of " << bytes.size();
    ASSERT_EQ(content.error().code, Code::kCorruption);
  }
}

// Checksums made right again, as somebody who means harm would: whatever comes out, nothing is read out of
// bounds.
TEST_F(BlockTest, DamageUnderRightChecksumsIsHarmless) {
  const std::string bytes = write_small();
  os::Random random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = bytes;
    BlockFooter footer = decode_footer(bytes).value();
    for (uint64_t left = 1 + random.below(3); left > 0; --left) {
      const BlockSection& section = footer.sections[random.below(footer.sections.size())];
      const size_t at = section.offset + random.below(section.size_bytes);
      damaged[at] =
          static_cast<char>(random.below(4) == 0 ? random.next() : damaged[at] + 1 - 2 * (round % 2));
    }
    for (BlockSection& section : footer.sections) {
      section.crc = crc32c(std::string_view(damaged).substr(section.offset, section.size_bytes));
    }
    const std::string tail = encode_footer(footer);
    damaged.replace(damaged.size() - tail.size(), tail.size(), tail);
    const auto block = open_bytes(damaged);
    if (!block.ok()) {
      ASSERT_EQ(block.error().code, Code::kCorruption);
    } else if (const auto content = dump(**block); !content.ok()) {
      ASSERT_EQ(content.error().code, Code::kCorruption);
    }
  }
}

TEST_F(BlockTest, AFailedWriteLeavesNothingBehind) {
  write_small();
  const uint64_t calls = files_.calls(os::sim::Call::kAny);
  uint64_t failed = 0;
  for (uint64_t nth = 1; nth < calls; ++nth) {
    os::sim::FaultyFiles files;
    ASSERT_TRUE(files.create_directories("/d").ok());
    files.inject({.nth = nth});
    auto writer = BlockWriter::create(files, "/d/a.block", 24 * kHourMs);
    if (writer.ok()) {
      const TimestampMs at = 5;
      const double value = 1;
      Status status = (*writer)->begin_series(tenant(1), Labels::of({{"__name__", "a"}}));
      if (status.ok()) status = (*writer)->add_samples({&at, 1}, {&value, 1});
      if (status.ok()) status = (*writer)->finish();
      if (status.ok()) break;
      writer->reset();
    }
    ++failed;
    files.clear_faults();
    const auto names = files.list("/d").value();
    EXPECT_THAT(names, testing::AnyOf(testing::IsEmpty(), testing::ElementsAre("a.block"))) << nth;
  }
  EXPECT_GE(failed, 5u);
}

TEST_F(BlockTest, MergeTakesTheEarlierOfTwoAndKeepsOrder) {
  write_small("/d/1.block", 1'000);
  write_small("/d/2.block", 1'005);    // in between
  write_small("/d/3.block", 500'000);  // later: whole chunks are copied
  write_small("/d/4.block", 1'000);    // the same again
  BlockList inputs;
  for (const char* path : {"/d/1.block", "/d/2.block", "/d/3.block", "/d/4.block"}) {
    inputs.push_back(Block::open(files_, path).value());
  }
  ASSERT_TRUE(merge_blocks(files_, inputs, "/d/5.block", [] { return Status(); }).ok());
  const BlockPtr merged = Block::open(files_, "/d/5.block").value();
  EXPECT_EQ(merged->sample_count(), 3 * 1'506u);
  EXPECT_EQ(merged->series_count(), 4u);
  std::vector<ChunkRef> chunks;
  merged->tenants()[0].append_chunks(1, chunks);
  SampleColumns samples;
  for (const ChunkRef& chunk : chunks) ASSERT_TRUE(merged->read_chunk(chunk, samples).ok());
  ASSERT_EQ(samples.size(), 4'500u);
  EXPECT_TRUE(
      std::is_sorted(samples.timestamps_ms.begin(), samples.timestamps_ms.end(), std::less_equal<>()));
  EXPECT_THAT(std::vector(samples.timestamps_ms.begin(), samples.timestamps_ms.begin() + 3),
              testing::ElementsAre(1'000, 1'005, 1'010));
}

TEST_F(BlockTest, MergeOfDamagedChunksNamesTheBlock) {
  const std::string bytes = write_small("/d/1.block");
  write_small("/d/2.block", 90'000);
  files_.corrupt("/d/1.block", 12);
  const BlockList inputs = {Block::open(files_, "/d/1.block").value(),
                            Block::open(files_, "/d/2.block").value()};
  const auto merged = merge_blocks(files_, inputs, "/d/3.block", [] { return Status(); });
  ASSERT_FALSE(merged.ok());
  EXPECT_EQ(merged.error().code, Code::kCorruption);
  EXPECT_THAT(merged.error().message, testing::HasSubstr("/d/1.block"));
  EXPECT_FALSE(inputs[0]->verify_chunks().ok());
  EXPECT_TRUE(inputs[1]->verify_chunks().ok());
  EXPECT_THAT(files_.list("/d").value(), testing::ElementsAre("1.block", "2.block"));
}

TEST_F(BlockTest, MergeStopsWhenToldTo) {
  write_small("/d/1.block");
  const BlockList inputs = {Block::open(files_, "/d/1.block").value()};
  int asked = 0;
  const auto merged = merge_blocks(files_, inputs, "/d/2.block",
                                   [&] { return ++asked < 3 ? Status() : Status(cancelled("enough")); });
  ASSERT_FALSE(merged.ok());
  EXPECT_EQ(merged.error().code, Code::kCancelled);
  EXPECT_THAT(files_.list("/d").value(), testing::ElementsAre("1.block"));
}

}  // namespace
}  // namespace weir::store::embedded
