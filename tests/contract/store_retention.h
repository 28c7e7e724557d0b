#pragma once

#include "contract/store_fingerprints.h"
#include "contract/store_fixture.h"
#include "support/settable_retention.h"

namespace weir::store {

/// What each tenant's retention takes is out of sight at once and for good; nobody else loses anything.
template <typename Harness>
class StoreRetention : public StoreFixture<Harness> {
 protected:
  using StoreFixture<Harness>::kHour;

  Labels series(int number = 0) { return this->labels({{"__name__", "m"}, {"n", std::to_string(number)}}); }
  void keep(uint64_t tenant, int64_t hours) {
    this->harness_.retention().set(this->tenant(tenant), std::chrono::hours(hours));
  }
  /// A sample every half hour of the last ten hours, between the full ones, so that no border is near.
  std::vector<Sample> ten_hours() {
    std::vector<Sample> samples;
    const TimestampMs begin = this->harness_.now_ms() - 10 * kHour + kHour / 4;
    for (int i = 0; i < 20; ++i) samples.push_back({begin + i * kHour / 2, i * 1.0});
    return samples;
  }
  static std::vector<Sample> newest(const std::vector<Sample>& samples, size_t count) {
    return {samples.end() - static_cast<std::ptrdiff_t>(count), samples.end()};
  }
};

TYPED_TEST_SUITE_P(StoreRetention);

TYPED_TEST_P(StoreRetention, HidesWhatIsTooOldAtOnce) {
  for (const bool compact : {false, true}) {
    SCOPED_TRACE(compact);
    const std::vector<Sample> samples = this->ten_hours();
    const uint64_t one = compact ? 3 : 1, other = compact ? 4 : 2;
    for (const uint64_t tenant : {one, other})
      this->write(this->tenant(tenant), this->series(), samples,
                  PartitionId(static_cast<uint32_t>(tenant % 2)));
    this->compact_if(compact);
    this->keep(one, 5);
    EXPECT_EQ(this->read_all(this->tenant(one)).at("m{n=\"0\"}"), this->bits(this->newest(samples, 10)));
    EXPECT_EQ(this->read_all(this->tenant(other)).at("m{n=\"0\"}"), this->bits(samples));
    this->keep(one, 2);
    EXPECT_EQ(this->read_all(this->tenant(one)).at("m{n=\"0\"}"), this->bits(this->newest(samples, 4)));
    const LabelRequest past{{}, {samples[0].timestamp_ms, samples[10].timestamp_ms}};
    EXPECT_TRUE(this->store().series(this->tenant(one), past, Deadline::never()).value().empty());
    EXPECT_TRUE(this->store().label_names(this->tenant(one), past, Deadline::never()).value().empty());
    EXPECT_FALSE(this->store().series(this->tenant(other), past, Deadline::never()).value().empty());
  }
}

TYPED_TEST_P(StoreRetention, RefusesWhatIsTooOld) {
  const std::vector<Sample> samples = this->ten_hours();
  this->keep(1, 5);
  const CommitReport report = this->write(this->tenant(1), this->series(), samples);
  EXPECT_EQ(report.appended, 10u);
  EXPECT_EQ(report.too_old, 10u);
  EXPECT_EQ(this->write(this->tenant(2), this->series(), samples).appended, 20u);
  this->keep(1, 0);
  EXPECT_EQ(this->read_all(this->tenant(1)).at("m{n=\"0\"}"), this->bits(this->newest(samples, 10)));
  EXPECT_EQ(this->write(this->tenant(1), this->series(), samples).appended, 10u) << "for ever takes any";
}

TYPED_TEST_P(StoreRetention, StaysSoHoweverTheStoreComesBack) {
  const std::vector<Sample> samples = this->ten_hours();
  for (const uint64_t tenant : {1, 2}) this->write(this->tenant(tenant), this->series(), samples);
  this->keep(1, 5);
  const auto look = [&](const char* when) {
    EXPECT_EQ(this->read_all(this->tenant(1)).at("m{n=\"0\"}"), this->bits(this->newest(samples, 10)))
        << when;
    EXPECT_EQ(this->read_all(this->tenant(2)).at("m{n=\"0\"}"), this->bits(samples)) << when;
  };
  this->harness_.crash();
  this->recover();
  look("applied again");
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  look("compacted");
  this->harness_.reopen();
  this->recover();
  look("opened again");
}

TYPED_TEST_P(StoreRetention, AllOfATenantMayGo) {
  std::vector<Sample> samples = this->ten_hours();
  samples.resize(10);
  this->write(this->tenant(1), this->series(), samples);
  this->write(this->tenant(2), this->series(), samples);
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  this->keep(1, 2);
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  EXPECT_TRUE(this->read_all(this->tenant(1)).empty()) << "not even names";
  this->keep(1, 0);
  EXPECT_TRUE(this->read_all(this->tenant(1)).empty());
  EXPECT_EQ(this->write(this->tenant(1), this->series(), samples).appended, 10u);
  EXPECT_EQ(this->read_all(this->tenant(2)).at("m{n=\"0\"}"), this->bits(samples));
}

// However retention changes and the store moves things, an answer that was kept is found only as long as it
// is the one that a read gives.
TYPED_TEST_P(StoreRetention, NoFingerprintComesBackForOtherData) {
  AnswersByFingerprint kept;
  const std::vector<Sample> samples = this->ten_hours();
  const TimestampMs now = this->harness_.now_ms();
  const auto look = [&](const char* when) {
    for (const int hours : {1, 4, 20}) {
      const TimeRange range{now - hours * this->kHour, now};
      const uint64_t fingerprint =
          this->store().fingerprint(this->tenant(1), range, Deadline::never()).value();
      const Contents contents = this->read(this->tenant(1), {this->every_series()}, range);
      EXPECT_EQ(kept.find(range, fingerprint).value_or(contents), contents) << when << ", hours: " << hours;
      kept.keep(range, fingerprint, contents);
    }
  };
  this->write(this->tenant(2), this->series(), samples);
  for (int round = 0; round < 3; ++round) {
    this->write(this->tenant(1), this->series(round), samples);
    look("after a commit");
    for (const int64_t hours : {8, 3, 6, 0}) {
      this->keep(1, hours);
      look("after a change");
      this->compact_if((hours + round) % 2 == 0);
      look("after a round of maintenance");
    }
  }
  const TimeRange fresh{now - this->kHour, now};
  this->keep(1, 3);
  const auto fingerprint = [&] {
    return this->store().fingerprint(this->tenant(1), fresh, Deadline::never()).value();
  };
  EXPECT_EQ(fingerprint(), fingerprint()) << "far from what goes, answers are found again";
}

REGISTER_TYPED_TEST_SUITE_P(StoreRetention, HidesWhatIsTooOldAtOnce, RefusesWhatIsTooOld,
                            StaysSoHoweverTheStoreComesBack, AllOfATenantMayGo,
                            NoFingerprintComesBackForOtherData);

}  // namespace weir::store
