#include "ingest/lateness.h"

#include <gtest/gtest.h>

namespace weir::ingest {
namespace {

constexpr TimestampMs kNow = 1'700'000'000'000;
const TenantId kAcme = TenantId::from_stored(7);
const TenantId kBeta = TenantId::from_stored(8);

Batch batch_of(std::initializer_list<TimestampMs> times) {
  Batch batch;
  batch.begin_series(Labels::of({{kMetricName, "up"}}).view().bytes());
  for (const TimestampMs at : times) batch.add_sample(at, 1);
  return batch;
}

TEST(Lateness, IsTheLongestOfATenant) {
  Lateness lateness;
  lateness.came(kAcme, batch_of({kNow - 700}), kNow);
  lateness.came(kAcme, batch_of({kNow - 5'000, kNow - 20}), kNow);
  lateness.came(kAcme, batch_of({kNow - 30}), kNow);
  EXPECT_EQ(lateness.of(kAcme, kNow), 5'000);
  EXPECT_EQ(lateness.of(kBeta, kNow), 0);
}

TEST(Lateness, IsNotDraggedByHistoryNorByAClockThatIsFast) {
  Lateness lateness;
  lateness.came(kAcme, batch_of({kNow - 3'600'000, kNow - 10'001}), kNow);
  lateness.came(kAcme, batch_of({kNow + 3'600'000}), kNow);
  EXPECT_EQ(lateness.of(kAcme, kNow), 0);
}

TEST(Lateness, SeesHistograms) {
  Lateness lateness;
  Batch batch = batch_of({});
  batch.add_histogram(kNow - 900, {});
  lateness.came(kAcme, batch, kNow);
  EXPECT_EQ(lateness.of(kAcme, kNow), 900);
}

TEST(Lateness, KnowsSoManyTenants) {
  Lateness lateness({.tenants_max = 2});
  size_t known = 0;
  for (uint64_t i = 1; i <= 5; ++i) lateness.came(TenantId::from_stored(i), batch_of({kNow - 700}), kNow);
  for (uint64_t i = 1; i <= 5; ++i) known += lateness.of(TenantId::from_stored(i), kNow) == 700 ? 1u : 0u;
  EXPECT_EQ(known, 2u);
}

}  // namespace
}  // namespace weir::ingest
