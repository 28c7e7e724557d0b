#pragma once

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "contract/store_fixture.h"

namespace weir::store {

/// What a store that keeps exemplars does with them, and what one that does not. The harness of the latter
/// has `static constexpr bool kKeepsExemplars = false`.
template <typename Harness>
class StoreExemplars : public StoreFixture<Harness> {
 protected:
  using Found = std::map<std::string, ExemplarColumns>;

  static constexpr bool keeps_exemplars() {
    if constexpr (requires { Harness::kKeepsExemplars; }) return Harness::kKeepsExemplars;
    return true;
  }

  static Labels series(int number) {
    return Labels::of({{"__name__", "latency"}, {"n", std::to_string(number)}});
  }
  static Labels trace(uint64_t id) { return Labels::of({{"trace_id", fmt::format("{:016x}", id)}}); }
  static Batch batch_of(const Labels& labels, const std::vector<Sample>& samples,
                        const ExemplarColumns& exemplars) {
    Batch batch;
    StoreFixture<Harness>::add(batch, labels, samples);
    for (size_t i = 0; i < exemplars.size(); ++i) batch.add_exemplar(exemplars[i]);
    return batch;
  }
  static ExemplarColumns of(const std::vector<Exemplar>& exemplars) {
    ExemplarColumns columns;
    for (const Exemplar& exemplar : exemplars) columns.add(exemplar);
    return columns;
  }
  CommitReport send(const Labels& labels, const std::vector<Sample>& samples,
                    const ExemplarColumns& exemplars) {
    return this->write(this->tenant(1), batch_of(labels, samples, exemplars));
  }

  Result<Found> try_find(const std::vector<std::vector<Matcher>>& selectors, TimeRange range,
                         uint64_t exemplars_max = 100'000, uint64_t tenant = 1) {
    ASSIGN_OR_RETURN(
        const std::vector<SeriesExemplars> all,
        this->store().exemplars(this->tenant(tenant), {selectors, range, exemplars_max}, Deadline::never()));
    Found found;
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_FALSE(all[i].exemplars.empty()) << "a series without any is left out";
      EXPECT_TRUE(i == 0 || all[i - 1].labels < all[i].labels) << "series ascend, each once";
      for (size_t k = 1; k < all[i].exemplars.size(); ++k)
        EXPECT_LE(all[i].exemplars[k - 1].timestamp_ms, all[i].exemplars[k].timestamp_ms) << "times ascend";
      ExemplarColumns exemplars = all[i].exemplars;
      exemplars.make_ascending();
      EXPECT_EQ(exemplars.size(), all[i].exemplars.size()) << "none twice";
      found.emplace(all[i].labels.view().to_string(), std::move(exemplars));
    }
    return found;
  }
  Found find(TimeRange range = TimeRange::all()) { return try_find({{this->every_series()}}, range).value(); }

  static void add_to(Found& found, const Labels& labels, const Exemplar& exemplar) {
    found[labels.view().to_string()].add(exemplar);
  }
  static void expect_equal(Found found, Found expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (auto& [labels, exemplars] : expected) {
      exemplars.make_ascending();
      ASSERT_EQ(found[labels].size(), exemplars.size()) << labels;
      ASSERT_TRUE(found[labels] == exemplars) << labels;
    }
  }
};

#define SKIP_WITHOUT_EXEMPLARS() \
  if (!TestFixture::keeps_exemplars()) GTEST_SKIP() << "this store keeps no exemplars"

TYPED_TEST_SUITE_P(StoreExemplars);

TYPED_TEST_P(StoreExemplars, SaysWhetherItKeepsThem) {
  EXPECT_EQ(this->store().keeps_exemplars(), TestFixture::keeps_exemplars());
  const CommitReport report =
      this->send(this->series(1), {{10, 1}}, this->of({{this->trace(1), 1, 10}, {this->trace(2), 2, 11}}));
  EXPECT_EQ(report.appended, 1u) << "samples are stored all the same";
  EXPECT_EQ(report.exemplars, TestFixture::keeps_exemplars() ? 2u : 0u);
  EXPECT_EQ(report.dropped_exemplars, TestFixture::keeps_exemplars() ? 0u : 2u);
  EXPECT_EQ(this->find().size(), TestFixture::keeps_exemplars() ? 1u : 0u);
  EXPECT_EQ(this->read_all(this->tenant(1)).size(), 1u);
}

TYPED_TEST_P(StoreExemplars, AreThereBitForBitOnceEach) {
  SKIP_WITHOUT_EXEMPLARS();
  const Labels two = Labels::of({{"span_id", "b7"}, {"trace_id", "4bf92f"}});
  const ExemplarColumns sent = this->of({{two, -0.0, this->kStart + 5},
                                         {this->trace(1), std::nan("7"), this->kStart},
                                         {this->trace(2), 1, this->kStart + 5},
                                         {two, 2, this->kStart + 5},
                                         {LabelsView(), 3, this->kStart + 6}});
  EXPECT_EQ(this->send(this->series(1), {{this->kStart, 1}}, sent).exemplars, 5u);
  const CommitReport again = this->send(this->series(1), {}, sent);
  EXPECT_EQ(again.exemplars + again.dropped_exemplars, 0u) << "repeats are free";
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    this->expect_equal(this->find(), {{this->series(1).view().to_string(), sent}});
  }
  this->send(this->series(1), {}, sent);
  this->expect_equal(this->find(), {{this->series(1).view().to_string(), sent}});
  this->compact_if(true);
  this->expect_equal(this->find(), {{this->series(1).view().to_string(), sent}});
}

TYPED_TEST_P(StoreExemplars, AreFoundBySelectorsRangeAndTenant) {
  SKIP_WITHOUT_EXEMPLARS();
  typename TestFixture::Found expected;
  for (int n = 0; n < 4; ++n) {
    const TimestampMs at = this->kStart + n * 3 * this->kHour;
    this->send(this->series(n), {{at, 1}}, this->of({{this->trace(1), 1, at}}));
    if (n == 1 || n == 2) this->add_to(expected, this->series(n), {this->trace(1), 1, at});
  }
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const auto by_number = [&](const char* n) {
      return std::vector{this->every_series(), this->matcher(MatchOp::kEqual, "n", n)};
    };
    const TimeRange all = TimeRange::all();
    this->expect_equal(
        this->try_find({by_number("1"), by_number("2"), by_number("1"), by_number("9")}, all).value(),
        expected);
    this->expect_equal(this->find({this->kStart + 1, this->kStart + 6 * this->kHour}), expected);
    EXPECT_EQ(this->find({this->kStart, this->kStart}).size(), 1u) << "both ends are in";
    EXPECT_TRUE(this->find({10, 9}).empty());
    EXPECT_TRUE(this->try_find({}, all).value().empty());
    EXPECT_TRUE(this->try_find({{this->every_series()}}, all, 100, 2).value().empty());
    EXPECT_EQ(this->try_find({{this->every_series()}}, all, 4).value().size(), 4u);
    EXPECT_EQ(this->try_find({{this->every_series()}}, all, 3).error().code, Code::kResourceExhausted);
    EXPECT_EQ(this->try_find({{this->matcher(MatchOp::kEqual, "x", "")}}, all).error().code,
              Code::kInvalidArgument);
  }
}

TYPED_TEST_P(StoreExemplars, NeedNoSampleBesideThem) {
  SKIP_WITHOUT_EXEMPLARS();
  const Labels id = this->trace(7);
  this->send(this->series(1), {{this->kStart, 1}}, {});
  typename TestFixture::Found expected;
  for (int n = 1; n < 3; ++n) {
    const Exemplar exemplar{id, 1, this->kStart + 10 * n * this->kHour};
    const CommitReport report = this->send(this->series(n), {}, this->of({exemplar}));
    EXPECT_EQ(report.exemplars, 1u);
    this->add_to(expected, this->series(n), exemplar);
  }
  for (const bool crash : {false, true}) {
    if (crash) {
      this->harness_.crash();
      this->recover();
    }
    this->expect_equal(this->find(), expected);
    ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
    this->expect_equal(this->find(), expected);
    EXPECT_EQ(this->read_all(this->tenant(1)).size(), 1u) << "an exemplar is no sample";
  }
}

TYPED_TEST_P(StoreExemplars, LeaveWhereSamplesOfTheirTimeAreDeleted) {
  SKIP_WITHOUT_EXEMPLARS();
  const TimestampMs at = this->kStart;
  for (const bool compacted : {false, true}) {
    for (int n = 0; n < 3; ++n) {
      this->send(
          this->series(n), {{at, 1}},
          this->of({{this->trace(1), 1, at - 1}, {this->trace(2), 1, at}, {this->trace(3), 1, at + 1}}));
    }
    this->compact_if(compacted);
    const std::vector<Matcher> first = {this->every_series(), this->matcher(MatchOp::kNotEqual, "n", "2")};
    ASSERT_TRUE(this->store().erase(this->tenant(1), first, {at, at + 1}, Deadline::never()).ok());
    const std::vector<Matcher> second = {this->matcher(MatchOp::kEqual, "n", "1")};
    ASSERT_TRUE(this->store().erase(this->tenant(1), second, {0, at - 1}, Deadline::never()).ok());
    typename TestFixture::Found expected;
    this->add_to(expected, this->series(0), {this->trace(1), 1, at - 1});
    for (int k = 0; k < 3; ++k)
      this->add_to(expected, this->series(2), {this->trace(static_cast<uint64_t>(k + 1)), 1, at + k - 1});
    this->expect_equal(this->find(), expected);
    this->harness_.crash();
    this->recover();
    this->expect_equal(this->find(), expected);
    ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
    this->expect_equal(this->find(), expected);
    EXPECT_EQ(this->read_all(this->tenant(1)).size(), 1u);
  }
}

// Exemplars in any order of time, with samples and without, across windows, compactions, crashes, deletions.
TYPED_TEST_P(StoreExemplars, OutliveWhateverHappens) {
  SKIP_WITHOUT_EXEMPLARS();
  const uint64_t seed = this->test_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  typename TestFixture::Found expected;
  TimestampMs now = this->kStart;
  for (int round = 0; round < 150; ++round) {
    const Labels labels = this->series(static_cast<int>(random.below(4)));
    std::vector<Sample> samples;
    ExemplarColumns exemplars;
    for (uint64_t left = random.below(20); left > 0; --left) {
      now += static_cast<TimestampMs>(random.below(100'000));
      const bool late = random.below(4) == 0;
      const TimestampMs at = late ? now - static_cast<TimestampMs>(random.below(30'000'000)) : now;
      if (random.below(2) == 0) samples.push_back({at, 1});
      exemplars.add({this->trace(random.below(8)), static_cast<double>(random.below(3)), at / 1'000 * 1'000});
    }
    this->send(labels, samples, exemplars);
    ExemplarColumns& all = expected[labels.view().to_string()];
    for (size_t i = 0; i < exemplars.size(); ++i) all.insert(exemplars[i]);
    this->compact_if(random.below(12) == 0);
    if (random.below(12) == 0) {
      ASSERT_TRUE(this->store().flush(Deadline::never()).ok());
    }
    if (random.below(12) == 0) {
      this->harness_.crash();
      this->recover();
    }
    if (random.below(20) == 0) {
      const TimeRange range{now - static_cast<TimestampMs>(random.below(20'000'000)), now};
      const std::vector<Matcher> matchers = {this->matcher(MatchOp::kRegex, "n", "1|2")};
      ASSERT_TRUE(this->store().erase(this->tenant(1), matchers, range, Deadline::never()).ok());
      for (const int n : {1, 2})
        expected[this->series(n).view().to_string()].erase(range.mint_ms, range.maxt_ms);
    }
    if (round % 10 != 9) continue;
    std::erase_if(expected, [](const auto& entry) { return entry.second.empty(); });
    ASSERT_NO_FATAL_FAILURE(this->expect_equal(this->find(), expected)) << "round " << round;
  }
  this->harness_.reopen();
  this->recover();
  this->expect_equal(this->find(), expected);
}

REGISTER_TYPED_TEST_SUITE_P(StoreExemplars, SaysWhetherItKeepsThem, AreThereBitForBitOnceEach,
                            AreFoundBySelectorsRangeAndTenant, NeedNoSampleBesideThem,
                            LeaveWhereSamplesOfTheirTimeAreDeleted, OutliveWhateverHappens);

#undef SKIP_WITHOUT_EXEMPLARS

}  // namespace weir::store
