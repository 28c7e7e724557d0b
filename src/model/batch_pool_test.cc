#include "model/batch_pool.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

void fill(Batch& batch, int samples) {
  batch.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  for (int i = 0; i < samples; ++i) batch.add_sample(i, i);
}

TEST(BatchPool, UsesABatchAgainOnceNobodyHoldsIt) {
  BatchPool pool({});
  std::shared_ptr<Batch> first = pool.take();
  fill(*first, 100);
  const Batch* const address = first.get();
  std::shared_ptr<const Batch> reader = first;
  first.reset();
  EXPECT_EQ(pool.idle_count(), 0u);
  reader.reset();
  EXPECT_EQ(pool.idle_count(), 1u);
  const std::shared_ptr<Batch> again = pool.take();
  EXPECT_EQ(again.get(), address);
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(again->sample_count(), 0u);
}

TEST(BatchPool, KeepsNoMoreThanItMay) {
  BatchPool pool({.idle_max = 2, .capacity_max = 1'000});
  {
    std::vector<std::shared_ptr<Batch>> batches;
    for (int i = 0; i < 5; ++i) batches.push_back(pool.take());
  }
  EXPECT_EQ(pool.idle_count(), 2u);
  {
    const std::shared_ptr<Batch> grown = pool.take();
    fill(*grown, 1'000);
  }
  EXPECT_EQ(pool.idle_count(), 1u) << "a large one is freed";
}

TEST(BatchPool, BatchesOutliveIt) {
  std::shared_ptr<Batch> batch;
  {
    BatchPool pool({});
    batch = pool.take();
  }
  fill(*batch, 3);
  EXPECT_EQ(batch->sample_count(), 3u);
}

}  // namespace
}  // namespace weir
