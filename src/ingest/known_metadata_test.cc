#include "ingest/known_metadata.h"

#include <gtest/gtest.h>

namespace weir::ingest {
namespace {

using enum KnownMetadata::Verdict;

constexpr TenantId kAcme = TenantId::from_stored(1);
constexpr TenantId kOther = TenantId::from_stored(2);
constexpr uint32_t kNoBound = UINT32_MAX;
constexpr uint32_t kLong = KnownMetadata::kInUseSeconds;

class Known : public ::testing::Test {
 protected:
  KnownMetadata::Verdict see(uint64_t metric, uint64_t description, uint32_t now_s,
                             uint32_t metrics_max = kNoBound) {
    return known_.see(kAcme, {metric, description}, metrics_max, now_s);
  }
  void learn(uint64_t metric, std::vector<uint64_t> descriptions, uint32_t now_s) {
    known_.learn(kAcme, metric, descriptions, now_s);
  }

  KnownMetadata known_;
};

TEST_F(Known, TellsWhatIsNew) {
  EXPECT_EQ(see(1, 10, 0), kNew);
  EXPECT_EQ(see(1, 10, 0), kKnown);
  EXPECT_EQ(see(2, 10, 0), kNew);
  EXPECT_EQ(known_.see(kOther, {1, 10}, kNoBound, 0), kNew) << "tenants are kept apart";
  EXPECT_EQ(known_.metrics(kAcme), 2u);
  EXPECT_EQ(known_.metrics(), 3u);
}

TEST_F(Known, SendersThatDifferWriteOnceEach) {
  for (uint32_t minute = 0; minute < 100; ++minute) {
    EXPECT_EQ(see(1, 10, 60 * minute), minute == 0 ? kNew : kKnown);
    EXPECT_EQ(see(1, 11, 60 * minute), minute == 0 ? kNew : kKnown);
  }
}

TEST_F(Known, WhatIsSentAgainAfterAnotherIsTheLatest) {
  EXPECT_EQ(see(1, 10, 0), kNew);
  EXPECT_EQ(see(1, 11, 60), kNew);
  EXPECT_EQ(see(1, 10, 60 + kLong - 1), kKnown) << "the other may still be in use";
  EXPECT_EQ(see(1, 10, 60 + kLong), kInUseAgain);
  EXPECT_EQ(see(1, 10, 60 + kLong), kKnown);
  EXPECT_EQ(see(1, 11, 60 + kLong), kKnown);
}

TEST_F(Known, ReplacesTheDescriptionThatWasNotSentForTheLongestTime) {
  for (uint64_t i = 0; i < kDescriptionsPerMetricMax; ++i) EXPECT_EQ(see(1, 10 + i, 0), kNew);
  EXPECT_EQ(see(1, 20, kLong - 1), kTooManyDescriptions);
  for (const uint64_t used : {10, 12, 13}) see(1, used, kLong - 1);
  EXPECT_EQ(see(1, 20, kLong), kNew);
  EXPECT_EQ(see(1, 21, kLong), kTooManyDescriptions);
  for (const uint64_t kept : {10, 12, 13, 20}) EXPECT_EQ(see(1, kept, kLong), kKnown) << kept;
}

TEST_F(Known, BoundsTheMetricsOfATenant) {
  EXPECT_EQ(see(1, 10, 0, 2), kNew);
  EXPECT_EQ(see(2, 10, 0, 2), kNew);
  EXPECT_EQ(see(3, 10, 0, 2), kTooManyMetrics);
  EXPECT_EQ(see(2, 11, 0, 2), kNew);
  known_.forget(kAcme, 1);
  EXPECT_EQ(see(3, 10, 0, 2), kNew);
  EXPECT_EQ(known_.metrics(), 2u);
}

TEST_F(Known, LearnsWhatTheCatalogueHas) {
  see(1, 10, 0);
  learn(1, {11, 10}, 100);
  learn(2, {20}, 100);
  EXPECT_EQ(see(1, 10, 200), kKnown);
  EXPECT_EQ(see(1, 11, 200), kKnown);
  EXPECT_EQ(see(2, 20, 200), kKnown);
  EXPECT_EQ(known_.metrics(), 2u);
  learn(1, {12}, 200);
  EXPECT_EQ(see(1, 10, 200), kNew) << "another process has replaced it";
}

TEST_F(Known, ForgetsTenantsThatAreSilent) {
  for (uint64_t metric = 0; metric < 10; ++metric) {
    known_.see(kOther, {metric, 1}, kNoBound, 5);
    known_.see(kAcme, {metric, 1}, kNoBound, 6);
  }
  known_.set_complete(kOther);
  known_.shrink(20);
  EXPECT_EQ(known_.metrics(), 20u);
  EXPECT_TRUE(known_.is_complete(kOther));
  known_.shrink(19);
  EXPECT_EQ(known_.metrics(), 10u);
  EXPECT_EQ(known_.metrics(kOther), 0u);
  EXPECT_FALSE(known_.is_complete(kOther));
  EXPECT_EQ(see(1, 1, 7), kKnown);
}

TEST(MetadataHash, TellsDescriptionsApart) {
  const MetricMetadata one{"a", MetricType::kCounter, "s", "h"};
  const uint64_t hash = MetadataHash::of(one).description;
  EXPECT_EQ(hash, MetadataHash::of(MetricDescription{MetricType::kCounter, "s", "h"}));
  EXPECT_NE(hash, MetadataHash::of(MetricDescription{MetricType::kGauge, "s", "h"}));
  EXPECT_NE(hash, MetadataHash::of(MetricDescription{MetricType::kCounter, "h", "s"}));
  EXPECT_NE(hash, MetadataHash::of(MetricDescription{MetricType::kCounter, "", "sh"}));
}

}  // namespace
}  // namespace weir::ingest
