#pragma once

#include <atomic>
#include <thread>

#include "contract/store_fixture.h"
#include "os/threads.h"

namespace weir::store {

/// What `erase` promises: gone at once and for good, whatever comes; and nothing else is.
template <typename Harness>
class StoreErasures : public StoreFixture<Harness> {
 protected:
  using StoreFixture<Harness>::kHour;
  using StoreFixture<Harness>::kStart;

  Labels series(int number) { return this->labels({{"__name__", "m"}, {"n", std::to_string(number)}}); }
  EraseReport erase(const std::vector<Matcher>& matchers, TimeRange range = TimeRange::all(),
                    uint64_t tenant = 1) {
    return this->store().erase(this->tenant(tenant), matchers, range, Deadline::never()).value();
  }
  Matcher n(const std::string& value) { return this->matcher(MatchOp::kRegex, "n", value); }
  /// A round of samples of three series, some in blocks if `compact`.
  void write_some(bool compact) {
    for (int number = 0; number < 3; ++number) {
      std::vector<Sample> samples;
      for (int i = 0; i < 50; ++i) samples.push_back({kStart + i * kHour / 10, number * 100.0 + i});
      this->write(this->tenant(1), series(number), samples, PartitionId(static_cast<uint32_t>(number % 2)));
    }
    this->compact_if(compact);
  }
};

TYPED_TEST_SUITE_P(StoreErasures);

TYPED_TEST_P(StoreErasures, TakesWhatMatchesInsideTheRangeAndNothingElse) {
  for (const bool compact : {false, true}) {
    SCOPED_TRACE(compact);
    this->write_some(compact);
    this->write(this->tenant(2), this->series(1), {{this->kStart, 7}});
    Contents expected = this->read_all(this->tenant(1));
    ASSERT_EQ(expected.size(), 3u);
    const TimeRange range{this->kStart + this->kHour, this->kStart + 2 * this->kHour};
    EXPECT_EQ(this->erase({this->every_series(), this->n("0|1")}, range).series, 2u);
    for (const char* name : {"m{n=\"0\"}", "m{n=\"1\"}"}) {
      auto& samples = expected.at(name);
      samples.erase(samples.lower_bound(range.mint_ms), samples.upper_bound(range.maxt_ms));
      EXPECT_EQ(samples.size(), 39u) << "both ends are in the range";
    }
    EXPECT_EQ(this->read_all(this->tenant(1)), expected);
    EXPECT_EQ(this->read_all(this->tenant(2)).size(), 1u);
    this->erase({this->every_series()});
    EXPECT_TRUE(this->read_all(this->tenant(1)).empty()) << "not even names";
    EXPECT_EQ(this->read_all(this->tenant(2)).size(), 1u);
  }
}

TYPED_TEST_P(StoreErasures, RefusesWhatSelectRefuses) {
  this->write_some(false);
  for (const std::vector<Matcher>& matchers :
       {std::vector<Matcher>{}, std::vector<Matcher>{this->matcher(MatchOp::kNotEqual, "n", "0")}}) {
    const auto refused = this->store().erase(this->tenant(1), matchers, TimeRange::all(), Deadline::never());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  }
  EXPECT_EQ(this->erase({this->every_series()}, {this->kStart + 1, this->kStart}).series, 0u)
      << "empty range";
  EXPECT_EQ(this->erase({this->n("none")}).series, 0u);
  EXPECT_EQ(this->erase({this->every_series()}, TimeRange::all(), 3).series, 0u) << "a tenant without data";
  EXPECT_EQ(this->read_all(this->tenant(1)).size(), 3u);
}

TYPED_TEST_P(StoreErasures, StaysGoneHoweverTheStoreComesBack) {
  for (const bool compact : {false, true}) {
    for (const bool crash : {false, true}) {
      SCOPED_TRACE(testing::Message() << compact << crash);
      this->write_some(compact);
      this->erase({this->n("0|2")}, {0, this->kStart + this->kHour});
      const Contents expected = this->read_all(this->tenant(1));
      crash ? this->harness_.crash() : this->harness_.reopen();
      this->recover();
      EXPECT_EQ(this->read_all(this->tenant(1)), expected);
      ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
      EXPECT_EQ(this->read_all(this->tenant(1)), expected);
      this->harness_.reopen();
      this->recover();
      EXPECT_EQ(this->read_all(this->tenant(1)), expected);
      this->erase({this->every_series()});
    }
  }
}

TYPED_TEST_P(StoreErasures, WhatIsWrittenAgainIsNewAndStays) {
  for (const bool before : {false, true}) {
    for (const bool after : {false, true}) {
      SCOPED_TRACE(testing::Message() << before << after);
      this->write(this->tenant(1), this->series(0), {{this->kStart, 1}, {this->kStart + 1, 2}});
      this->compact_if(before);
      this->erase({this->n("0")});
      this->compact_if(after);
      const CommitReport report =
          this->write(this->tenant(1), this->series(0), {{this->kStart, 5}, {this->kStart + 2, 2}});
      EXPECT_EQ(report.appended, 2u) << "neither a duplicate nor a conflict";
      const auto expected = this->bits({{this->kStart, 5}, {this->kStart + 2, 2}});
      EXPECT_EQ(this->read_all(this->tenant(1)).at("m{n=\"0\"}"), expected);
      this->harness_.crash();
      this->recover();
      EXPECT_EQ(this->read_all(this->tenant(1)).at("m{n=\"0\"}"), expected);
      ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
      EXPECT_EQ(this->read_all(this->tenant(1)).at("m{n=\"0\"}"), expected);
      this->erase({this->every_series()});
    }
  }
}

TYPED_TEST_P(StoreErasures, ChangeTheFingerprint) {
  for (const bool compact : {false, true}) {
    this->write_some(compact);
    const TimeRange hour{this->kStart, this->kStart + this->kHour};
    const auto fingerprint = [&](uint64_t tenant) {
      return this->store().fingerprint(this->tenant(tenant), hour, Deadline::never()).value();
    };
    const uint64_t before = fingerprint(1);
    const uint64_t of_other = fingerprint(2);
    this->erase({this->n("1")}, {this->kStart, this->kStart});
    const uint64_t after = fingerprint(1);
    EXPECT_NE(after, before);
    EXPECT_EQ(fingerprint(2), of_other);
    ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
    EXPECT_EQ(fingerprint(1), after) << "space that comes back shows nobody anything new";
    this->erase({this->every_series()});
  }
}

// Every sample has its twin in another partition, both are erased at once: nobody ever sees one without the
// other.
TYPED_TEST_P(StoreErasures, AReadSeesAllOfOneOrNothing) {
  std::atomic<bool> done{false};
  std::atomic<int> reads{0};
  const auto look = [&](std::stop_token) {
    while (!done && !this->HasFailure()) {
      const Contents contents = this->read(this->tenant(1), {this->n("old.*")});
      EXPECT_TRUE(contents.empty() || contents.size() == 6) << contents.size();
      ++reads;
    }
  };
  const auto write_all = [&] {
    for (const char* age : {"old-1", "old-2", "old-3"}) {
      for (uint32_t partition = 0; partition < 2; ++partition) {
        this->write(this->tenant(1),
                    this->labels({{"__name__", "m"}, {"n", age}, {"p", std::to_string(partition)}}),
                    {{this->kStart, 1}}, PartitionId(partition));
        this->compact_if(partition == 1 && age == std::string("old-2"));
      }
    }
  };
  for (int round = 0; round < 5; ++round) {
    write_all();
    done = false;
    reads = 0;
    std::vector<os::Thread> readers;
    for (int i = 0; i < 2; ++i) readers.emplace_back("reader", look);
    while (reads < 20 && !this->HasFailure()) std::this_thread::yield();
    this->erase({this->n("old.*")});
    const int at = reads;
    while (reads < at + 4 && !this->HasFailure()) std::this_thread::yield();
    done = true;
    readers.clear();
    EXPECT_TRUE(this->read_all(this->tenant(1)).empty());
  }
}

// Random work, deletions among it, on the store and on the plainest store there is.
TYPED_TEST_P(StoreErasures, BehaveAsTheModel) {
  const uint64_t seed = this->test_seed();
  SCOPED_TRACE(testing::Message() << "WEIR_TEST_SEED=" << seed);
  os::Random random(seed);
  typename TestFixture::Model model;
  this->open_model(model);
  TimestampMs now = this->kStart;
  for (int step = 0; step < 120; ++step) {
    SCOPED_TRACE(testing::Message() << "step " << step);
    const PartitionId partition(static_cast<uint32_t>(random.below(this->kPartitions)));
    const TenantId tenant = this->tenant(1 + random.below(2));
    const uint64_t action = random.below(16);
    if (action == 0) {
      ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
    } else if (action < 3) {
      action == 1 ? this->harness_.reopen() : this->harness_.crash();
      this->recover();
    } else if (action < 7) {
      const TimestampMs from =
          now - static_cast<TimestampMs>(random.below(static_cast<uint64_t>(12 * this->kHour)));
      const TimeRange range{random.below(3) == 0 ? 0 : from, random.below(3) == 0 ? now : from + this->kHour};
      const std::string one = std::to_string(random.below(8));
      const std::vector<Matcher> matchers = {
          this->every_series(), random.below(2) == 0 ? this->n("[" + one + "-7]") : this->n(one)};
      ASSERT_TRUE(this->store().erase(tenant, matchers, range, Deadline::never()).ok());
      ASSERT_TRUE(model.store.erase(tenant, matchers, range, Deadline::never()).ok());
    } else {
      ASSERT_NO_FATAL_FAILURE(this->append_to_both(model, random, partition, tenant, now));
    }
    ASSERT_EQ(this->read_all(tenant), this->try_read(model.store, tenant, {this->every_series()}).value());
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreErasures, TakesWhatMatchesInsideTheRangeAndNothingElse,
                            RefusesWhatSelectRefuses, StaysGoneHoweverTheStoreComesBack,
                            WhatIsWrittenAgainIsNewAndStays, ChangeTheFingerprint, AReadSeesAllOfOneOrNothing,
                            BehaveAsTheModel);

}  // namespace weir::store
