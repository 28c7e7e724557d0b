#pragma once

#include "contract/store_fixture.h"

namespace weir::store {

/// What is left after restarts and crashes.
template <typename Harness>
class StoreRecovery : public StoreFixture<Harness> {};

TYPED_TEST_SUITE_P(StoreRecovery);

TYPED_TEST_P(StoreRecovery, CompactMakesAllRecordsDurable) {
  const Labels up = this->labels({{"__name__", "up"}});
  for (int i = 0; i < 5; ++i) this->write(this->tenant(1), up, {{i * this->kHour, 1}}, PartitionId(1));
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  EXPECT_EQ(this->store().durable_offset(PartitionId(1)).value(), Offset(5));
  this->harness_.crash();
  this->acquire_all();
  EXPECT_EQ(this->leases_.at(PartitionId(1)).resume, Offset(5));
  EXPECT_EQ(this->read_all(this->tenant(1)).at("up").size(), 5u) << "without the log's help";
}

TYPED_TEST_P(StoreRecovery, WhatIsFlushedNeedNotComeAgain) {
  const Labels up = this->labels({{"__name__", "up"}});
  for (int round = 1; round <= 3; ++round) {
    for (const uint32_t partition : {0, 1}) {
      this->write(this->tenant(1), up, {{this->kStart + round * 1'000 + partition, 1}},
                  PartitionId(partition));
    }
    ASSERT_TRUE(this->store().flush(Deadline::never()).ok());
    round == 2 ? this->harness_.reopen() : this->harness_.crash();
    this->acquire_all();
    for (const auto& [partition, lease] : this->leases_) EXPECT_EQ(lease.resume, Offset(round));
    EXPECT_EQ(this->read_all(this->tenant(1)).at("up").size(), 2u * static_cast<size_t>(round));
  }
}

TYPED_TEST_P(StoreRecovery, ApplyingRecordsAgainChangesNothing) {
  const Labels up = this->labels({{"__name__", "up"}});
  for (int i = 0; i < 20; ++i) {
    this->write(this->tenant(1), up, {{i * this->kHour / 2, static_cast<double>(i)}, {i, -1.0 * i}});
    this->compact_if(i == 12);
  }
  const Contents expected = this->read_all(this->tenant(1));
  this->harness_.reopen();
  this->recover();
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
  ASSERT_TRUE(this->commit_from(PartitionId(0), Offset(0)).ok()) << "from the very beginning";
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
  EXPECT_EQ(this->store().visible_offset(PartitionId(0)).value(), Offset(20));
}

TYPED_TEST_P(StoreRecovery, SurvivesACrashAtAnyPoint) {
  MemoryStore model;
  for (int i = 0; i < 30; ++i) {
    const PartitionId partition(static_cast<uint32_t>(i) % 2);
    const Labels series = this->labels({{"__name__", "m"}, {"p", std::to_string(partition.value())}});
    const std::vector<Sample> samples = {{i * this->kHour / 3, 1.0 * i}, {1'000 - i, 2.0 * i}};
    this->write(this->tenant(1), series, samples, partition);
    for (const Sample& sample : samples)
      model.append(this->tenant(1), series, sample.timestamp_ms, sample.value);
    this->compact_if(i % 7 == 3);
    this->harness_.crash();
    this->recover();
    ASSERT_EQ(this->read_all(this->tenant(1)),
              this->try_read(model, this->tenant(1), {this->every_series()}).value())
        << "crash after record " << i;
  }
}

// Random work on the store and on the plainest store there is: reports and answers stay equal.
TYPED_TEST_P(StoreRecovery, BehavesAsTheModel) {
  const uint64_t seed = this->test_seed();
  SCOPED_TRACE(testing::Message() << "WEIR_TEST_SEED=" << seed);
  os::Random random(seed);
  typename TestFixture::Model model;
  this->open_model(model);
  TimestampMs now = this->kStart;
  for (int step = 0; step < 150; ++step) {
    SCOPED_TRACE(testing::Message() << "step " << step);
    const PartitionId partition(static_cast<uint32_t>(random.below(this->kPartitions)));
    const TenantId tenant = this->tenant(1 + random.below(2));
    const uint64_t action = random.below(20);
    if (action == 0) {
      ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
    } else if (action == 1) {
      this->harness_.reopen();
      this->recover();
    } else if (action == 2) {
      this->harness_.crash();
      this->recover();
    } else if (action < 6) {
      const TimestampMs from =
          now - static_cast<TimestampMs>(random.below(static_cast<uint64_t>(12 * this->kHour)));
      const TimeRange range{action == 3 ? 0 : from, action == 4 ? now : from + this->kHour};
      std::vector<Matcher> matchers = {this->every_series()};
      if (random.below(2) == 0) matchers.push_back(this->matcher(MatchOp::kRegex, "n", "[0-3]"));
      if (random.below(2) == 0) matchers.push_back(this->matcher(MatchOp::kNotEqual, "n", "2"));
      ASSERT_EQ(this->read(tenant, matchers, range),
                this->try_read(model.store, tenant, matchers, range).value())
          << step;
    } else {
      ASSERT_NO_FATAL_FAILURE(this->append_to_both(model, random, partition, tenant, now));
    }
  }
  for (const uint64_t id : {1, 2}) {
    ASSERT_EQ(this->read_all(this->tenant(id)),
              this->try_read(model.store, this->tenant(id), {this->every_series()}).value());
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreRecovery, CompactMakesAllRecordsDurable, WhatIsFlushedNeedNotComeAgain,
                            ApplyingRecordsAgainChangesNothing, SurvivesACrashAtAnyPoint, BehavesAsTheModel);

}  // namespace weir::store
