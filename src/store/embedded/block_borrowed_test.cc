// Series that were scraped together, whose chunks borrow their times from one another.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "store/embedded/block.h"
#include "store/embedded/block_merge.h"
#include "store/embedded/block_salvage.h"
#include "store/embedded/block_writer.h"
#include "support/histograms.h"

namespace weir::store::embedded {
namespace {

constexpr int kSeries = 100;
constexpr size_t kSamples = 400;
const TenantId kTenant = TenantId::from_stored(1);

Labels labels_of(int series) {
  return Labels::of({{"__name__", fmt::format("m{:03}", series)}});
}

double value_of(int series, size_t sample) {
  return series + 0.25 * static_cast<double>(sample % 16);
}

class BorrowedChunks : public testing::Test {
 protected:
  BorrowedChunks() { EXPECT_TRUE(files_.create_directories("/d").ok()); }

  std::vector<TimestampMs> scrape_times(TimestampMs first_ms) {
    os::Random random(5);
    std::vector<TimestampMs> times;
    for (size_t i = 0; i < kSamples; ++i)
      times.push_back(first_ms + static_cast<TimestampMs>(i * 1'000 + random.below(300)));
    return times;
  }
  BlockPtr write(const std::string& path, TimestampMs first_ms) {
    const std::vector<TimestampMs> times = scrape_times(first_ms);
    auto writer = BlockWriter::create(files_, path, 0).value();
    for (int series = 0; series < kSeries; ++series) {
      std::vector<double> values;
      for (size_t i = 0; i < kSamples; ++i) values.push_back(value_of(series, i));
      EXPECT_TRUE(writer->begin_series(kTenant, labels_of(series)).ok());
      EXPECT_TRUE(writer->add_samples(times, values).ok());
    }
    EXPECT_TRUE(writer->finish().ok());
    return Block::open(files_, path).value();
  }
  static std::vector<ChunkRef> chunks_of(const Block& block, uint32_t series) {
    std::vector<ChunkRef> chunks;
    block.tenants()[0].append_chunks(series, chunks);
    return chunks;
  }
  static void expect_samples(const Block& block, const std::vector<TimestampMs>& times) {
    for (uint32_t series = 0; series < kSeries; ++series) {
      SampleColumns samples;
      for (const ChunkRef& chunk : chunks_of(block, series))
        ASSERT_TRUE(block.read_chunk(chunk, samples).ok()) << series;
      ASSERT_EQ(samples.timestamps_ms, times) << series;
      for (size_t i = 0; i < times.size(); ++i)
        ASSERT_EQ(samples.values[i], value_of(static_cast<int>(series), i % kSamples)) << series;
    }
  }
  static int readable(const Block& block) {
    int count = 0;
    for (uint32_t series = 0; series < kSeries; ++series) {
      SampleColumns samples;
      count += block.read_chunk(chunks_of(block, series)[0], samples).ok() ? 1 : 0;
    }
    return count;
  }

  os::sim::FaultyFiles files_;
};

TEST_F(BorrowedChunks, TimesAreInTheFileOnceForManySeries) {
  const BlockPtr block = write("/d/1.block", 1'000);
  expect_samples(*block, scrape_times(1'000));
  const auto stored = [&](uint32_t series) { return chunks_of(*block, series)[0].size_bytes; };
  EXPECT_LT(stored(1), stored(0) / 2);
  EXPECT_GT(stored(ChunkLenders::kBorrowersMax + 1), 2 * stored(1)) << "the next lender";
  EXPECT_TRUE(block->verify_chunks().ok());
}

TEST_F(BorrowedChunks, MergesLendAnew) {
  const BlockList inputs = {write("/d/1.block", 1'000), write("/d/2.block", 1'000'000)};
  ASSERT_TRUE(merge_blocks(files_, inputs, "/d/3.block", [] { return Status(); }).ok());
  const BlockPtr merged = Block::open(files_, "/d/3.block").value();
  std::vector<TimestampMs> times = scrape_times(1'000);
  const std::vector<TimestampMs> later = scrape_times(1'000'000);
  times.insert(times.end(), later.begin(), later.end());
  expect_samples(*merged, times);
  EXPECT_LT(merged->size_bytes(), inputs[0]->size_bytes() + inputs[1]->size_bytes());
}

TEST_F(BorrowedChunks, DamageToALenderCostsItsBorrowersAlone) {
  const ChunkRef lender = chunks_of(*write("/d/1.block", 1'000), 0)[0];
  files_.corrupt("/d/1.block", lender.offset + lender.size_bytes - 1);  // in its values
  const BlockPtr block = Block::open(files_, "/d/1.block").value();
  EXPECT_EQ(readable(*block), kSeries - ChunkLenders::kBorrowersMax - 1);
  EXPECT_FALSE(block->verify_chunks().ok());
  const Salvage salvage = salvage_block(files_, *block, "/d/2.block").value();
  EXPECT_EQ(salvage.series_saved, static_cast<uint64_t>(kSeries - ChunkLenders::kBorrowersMax - 1));
  EXPECT_TRUE(Block::open(files_, "/d/2.block").value()->verify_chunks().ok());
}

TEST_F(BorrowedChunks, HistogramsOfOneLayoutShareIt) {
  const std::vector<TimestampMs> times = scrape_times(1'000);
  std::vector<HistogramPtr> histograms;
  tests::GrowingHistogram counter(20);
  for (size_t i = 0; i < kSamples; ++i)
    histograms.push_back(std::make_shared<const Histogram>(counter.next()));
  const std::vector<double> values(kSamples);
  auto writer = BlockWriter::create(files_, "/d/1.block", 0).value();
  for (int series = 0; series < 2; ++series) {
    ASSERT_TRUE(writer->begin_series(kTenant, labels_of(series)).ok());
    ASSERT_TRUE(writer->add_samples(times, values, histograms).ok());
  }
  ASSERT_TRUE(writer->finish().ok());
  const BlockPtr block = Block::open(files_, "/d/1.block").value();
  SampleColumns samples;
  for (const ChunkRef& chunk : chunks_of(*block, 1)) ASSERT_TRUE(block->read_chunk(chunk, samples).ok());
  ASSERT_EQ(samples.timestamps_ms, times);
  for (size_t i = 0; i < kSamples; ++i) ASSERT_EQ(*samples.histograms[i], *histograms[i]);
  EXPECT_LT(chunks_of(*block, 1)[0].size_bytes + 100, chunks_of(*block, 0)[0].size_bytes);
}

}  // namespace
}  // namespace weir::store::embedded
