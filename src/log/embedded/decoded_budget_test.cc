#include "log/embedded/decoded_budget.h"

#include <optional>

#include <gtest/gtest.h>

namespace weir::log::embedded {
namespace {

BatchSlicePtr slice_of(int samples) {
  auto batch = std::make_shared<Batch>();
  batch->begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  for (int i = 0; i < samples; ++i) batch->add_sample(i, i);
  return std::make_shared<const BatchSlice>(BatchSlice{batch, {{0}, {1}}});
}

TEST(DecodedBudget, CountsASliceUntilItsLastHolderLetsGo) {
  const BatchSlicePtr slice = slice_of(10);
  DecodedBudget budget(slice->size_bytes());
  BatchSlicePtr held = budget.admit(slice);
  EXPECT_EQ(held, slice);
  EXPECT_EQ(budget.used_bytes(), slice->size_bytes());
  BatchSlicePtr reader = held;
  held.reset();
  EXPECT_EQ(budget.admit(slice_of(10)), nullptr) << "there is no room";
  EXPECT_EQ(budget.used_bytes(), slice->size_bytes());
  reader.reset();
  EXPECT_EQ(budget.used_bytes(), 0u);
  EXPECT_NE(budget.admit(slice_of(10)), nullptr);
}

TEST(DecodedBudget, RefusesWhatIsLargerThanItself) {
  DecodedBudget budget(100);
  EXPECT_EQ(budget.admit(slice_of(100)), nullptr);
  EXPECT_EQ(budget.admit(nullptr), nullptr);
  EXPECT_EQ(budget.used_bytes(), 0u);
}

TEST(DecodedBudget, WhatItAdmittedOutlivesIt) {
  std::optional<DecodedBudget> budget(1 << 20);
  const BatchSlicePtr held = budget->admit(slice_of(5));
  budget.reset();
  EXPECT_EQ(held->batch->sample_count(), 5u);
}

}  // namespace
}  // namespace weir::log::embedded
