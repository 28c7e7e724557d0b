#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "contract/store_fixture.h"
#include "os/threads.h"

namespace weir::store {

/// What `fingerprint` promises: no change of what reads see goes by without a new one.
template <typename Harness>
class StoreFingerprints : public StoreFixture<Harness> {
 protected:
  using StoreFixture<Harness>::kHour;
  using StoreFixture<Harness>::kStart;
  /// The hour of kStart.
  static constexpr TimeRange kThatHour{kStart / kHour * kHour, kStart / kHour* kHour + kHour - 1};

  uint64_t fingerprint(uint64_t tenant, TimeRange range) {
    return this->store().fingerprint(this->tenant(tenant), range, Deadline::never()).value();
  }
  Labels series(int number = 0) { return this->labels({{"__name__", "m"}, {"n", std::to_string(number)}}); }
};

/// Answers kept by the rule of docs/decisions/0009: under the fingerprint taken before they were read. Safe
/// from any thread.
class AnswersByFingerprint {
 public:
  std::optional<Contents> find(TimeRange range, uint64_t fingerprint) const {
    std::lock_guard lock(mutex_);
    const auto at = answers_.find({{range.mint_ms, range.maxt_ms}, fingerprint});
    return at == answers_.end() ? std::nullopt : std::optional(at->second);
  }
  void keep(TimeRange range, uint64_t fingerprint, Contents answer) {
    std::lock_guard lock(mutex_);
    answers_[{{range.mint_ms, range.maxt_ms}, fingerprint}] = std::move(answer);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::pair<TimestampMs, TimestampMs>, uint64_t>, Contents> answers_;
};

TYPED_TEST_SUITE_P(StoreFingerprints);

TYPED_TEST_P(StoreFingerprints, ACommitChangesThoseOfItsHours) {
  uint64_t before = this->fingerprint(1, this->kThatHour);
  EXPECT_EQ(before, this->fingerprint(1, this->kThatHour)) << "nothing happened";
  const auto expect_change = [&](const char* what) {
    const uint64_t now = this->fingerprint(1, this->kThatHour);
    EXPECT_NE(before, now) << what;
    before = now;
  };
  this->write(this->tenant(1), this->series(), {{this->kStart, 1}});
  expect_change("the first sample");
  this->write(this->tenant(1), this->series(), {{this->kStart + 1, 1}});
  expect_change("another");
  this->write(this->tenant(1), this->series(1), {{this->kStart, 1}}, PartitionId(1));
  expect_change("another partition");
  Batch batch;
  this->add(batch, this->series(2), {{this->kStart + 10 * this->kHour, 1}});
  this->add(batch, this->series(3), {{this->kStart + 10 * this->kHour, 1}, {this->kThatHour.maxt_ms, 1}});
  this->write(this->tenant(1), std::move(batch));
  expect_change("one sample among others");
}

TYPED_TEST_P(StoreFingerprints, ALateCommitChangesThem) {
  this->write(this->tenant(1), this->series(), {{this->kStart, 1}, {this->kStart + 50 * this->kHour, 1}});
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  const uint64_t before = this->fingerprint(1, this->kThatHour);
  const uint64_t all = this->fingerprint(1, TimeRange::all());
  this->write(this->tenant(1), this->series(), {{this->kStart + 1, 1}});
  EXPECT_NE(this->fingerprint(1, this->kThatHour), before);
  EXPECT_NE(this->fingerprint(1, TimeRange::all()), all);
}

TYPED_TEST_P(StoreFingerprints, ChangesElsewhereAreNoneHere) {
  this->write(this->tenant(1), this->series(), {{this->kStart, 1}});
  const uint64_t before = this->fingerprint(1, this->kThatHour);
  this->write(this->tenant(2), this->series(), {{this->kStart, 1}});
  this->write(this->tenant(1), this->series(), {{this->kThatHour.mint_ms - 1, 1}});
  this->write(this->tenant(1), this->series(), {{this->kThatHour.maxt_ms + 1, 1}}, PartitionId(1));
  ASSERT_TRUE(this->commit_to(this->store(), {this->leases_.at(PartitionId(0)), {}, Offset(100)}).ok());
  EXPECT_EQ(this->fingerprint(1, this->kThatHour), before);
  EXPECT_EQ(this->fingerprint(3, TimeRange::all()), this->fingerprint(3, TimeRange::all()))
      << "a tenant without data";
}

TYPED_TEST_P(StoreFingerprints, AnEmptyRangeNeverChanges) {
  const TimeRange empty{this->kStart + 1, this->kStart};
  const uint64_t before = this->fingerprint(1, empty);
  this->write(this->tenant(1), this->series(), {{this->kStart, 1}, {this->kStart + 1, 1}});
  EXPECT_EQ(this->fingerprint(1, empty), before);
}

TYPED_TEST_P(StoreFingerprints, RestingChangesNothing) {
  this->write(this->tenant(1), this->series(), {{this->kStart, 1}, {this->kStart + 90 * this->kHour, 1}});
  const uint64_t before = this->fingerprint(1, this->kThatHour);
  const Contents contents = this->read_all(this->tenant(1));
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  EXPECT_EQ(this->read_all(this->tenant(1)), contents);
  EXPECT_EQ(this->fingerprint(1, this->kThatHour), before) << "samples moved, and none changed";
}

// However the store comes back, and with however little of what it had: what was kept before is found again
// only if it is still true.
TYPED_TEST_P(StoreFingerprints, NoneComesBackForOtherData) {
  AnswersByFingerprint kept;
  const auto look = [&](const char* when) {
    for (const TimeRange& range : {this->kThatHour, TimeRange::all()}) {
      const uint64_t fingerprint = this->fingerprint(1, range);
      const Contents contents = this->read(this->tenant(1), {this->every_series()}, range);
      EXPECT_EQ(kept.find(range, fingerprint).value_or(contents), contents) << when;
      kept.keep(range, fingerprint, contents);
    }
  };
  for (int round = 0; round < 4; ++round) {
    look("at first");
    for (int i = 0; i < 3; ++i) {
      this->write(this->tenant(1), this->series(round), {{this->kStart + round * 10 + i, 1}},
                  PartitionId(static_cast<uint32_t>(i % 2)));
      look("after a commit");
    }
    round % 2 == 0 ? this->harness_.crash() : this->harness_.reopen();
    look("before recovery");
    this->recover();
    look("after recovery");
  }
}

// Reads while commits go on. An answer that was kept is compared where the fingerprint is the same before and
// after a fresh read: then nothing may have changed since it was kept.
TYPED_TEST_P(StoreFingerprints, AKeptAnswerIsAFreshOne) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  constexpr int kCommits = 150;
  AnswersByFingerprint kept;
  std::atomic<bool> done{false};
  std::atomic<int> asked{0}, hits{0}, compared{0};
  const auto range_of = [this](os::Random& random) {
    const auto hour = static_cast<TimestampMs>(random.below(5));
    return TimeRange{hour * this->kHour,
                     (hour + 1 + static_cast<TimestampMs>(random.below(2))) * this->kHour - 1};
  };
  const auto ask = [&](os::Random& random) {
    ++asked;
    const TimeRange range = range_of(random);
    const uint64_t before = this->fingerprint(1, range);
    const auto answer = kept.find(range, before);
    const Contents fresh = this->read(this->tenant(1), {this->every_series()}, range);
    if (!answer) return kept.keep(range, before, fresh);
    ++hits;
    if (this->fingerprint(1, range) != before) return;
    ++compared;
    EXPECT_EQ(*answer, fresh);
  };
  std::vector<os::Thread> readers;
  for (uint64_t reader = 1; reader <= 2; ++reader) {
    readers.emplace_back("reader", [&, reader](std::stop_token) {
      os::Random random(seed + reader);
      while (!done && !this->HasFailure()) ask(random);
    });
  }
  os::Random random(seed);
  for (int i = 0; i < kCommits; ++i) {
    const auto at = static_cast<TimestampMs>(random.below(6 * static_cast<uint64_t>(this->kHour)));
    this->write(this->tenant(1), this->series(static_cast<int>(random.below(3))), {{at, 1}, {at + 1, 2}},
                PartitionId(static_cast<uint32_t>(random.below(2))));
    this->compact_if(i % 50 == 20);
    // Readers keep up, however slow: commits that nobody watches would only make reading longer.
    while (asked < 2 * i && !this->HasFailure()) std::this_thread::yield();
  }
  done = true;
  readers.clear();
  // Now that nothing changes, every answer that can still be found must be the right one.
  for (int i = 0; i < 60; ++i) ask(random);
  EXPECT_GT(hits, 0);
  EXPECT_GT(compared, 0);
}

REGISTER_TYPED_TEST_SUITE_P(StoreFingerprints, ACommitChangesThoseOfItsHours, ALateCommitChangesThem,
                            ChangesElsewhereAreNoneHere, AnEmptyRangeNeverChanges, RestingChangesNothing,
                            NoneComesBackForOtherData, AKeptAnswerIsAFreshOne);

}  // namespace weir::store
