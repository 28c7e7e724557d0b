#pragma once

#include <thread>

#include <fmt/format.h>

#include "contract/store_fixture.h"

namespace weir::store {

/// What selections and listings answer.
template <typename Harness>
class StoreReads : public StoreFixture<Harness> {};

TYPED_TEST_SUITE_P(StoreReads);

TYPED_TEST_P(StoreReads, RangeIsClosedAtBothEnds) {
  const Labels up = this->labels({{"__name__", "up"}});
  std::vector<Sample> samples;
  for (int i = 0; i < 300; ++i) samples.push_back({i * 10, static_cast<double>(i)});
  this->write(this->tenant(1), up, samples);
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const auto times = [&](TimeRange range) {
      const Contents found = this->read(this->tenant(1), {this->every_series()}, range);
      return found.empty() ? 0 : found.begin()->second.size();
    };
    EXPECT_EQ(times({100, 200}), 11u);
    EXPECT_EQ(times({101, 199}), 9u);
    EXPECT_EQ(times({100, 100}), 1u);
    EXPECT_EQ(times({101, 101}), 0u);
    EXPECT_EQ(times({200, 100}), 0u);
    EXPECT_EQ(times({2'990, std::numeric_limits<TimestampMs>::max()}), 1u);
  }
}

TYPED_TEST_P(StoreReads, MatchersSelectAsDocumented) {
  Batch batch;
  for (const char* job : {"api", "apx", "web", ""}) {
    for (const char* code : {"200", "404", ""}) {
      this->add(batch, Labels::from({{"__name__", "hits"}, {"code", code}, {"job", job}}).value(), {{10, 1}});
    }
  }
  this->add(batch, this->labels({{"__name__", "up"}, {"job", "api"}}), {{10, 1}});
  this->write(this->tenant(1), std::move(batch));
  const Matcher hits = Matcher::equal("__name__", "hits");
  const auto op = [&](MatchOp how, const char* name, const char* value) {
    return this->matcher(how, name, value);
  };
  const std::pair<std::vector<Matcher>, size_t> cases[] = {
      {{hits}, 12},
      {{Matcher::equal("job", "api")}, 4},
      {{Matcher::equal("job", "ap")}, 0},
      {{hits, Matcher::equal("job", "")}, 3},
      {{hits, Matcher::equal("job", ""), Matcher::equal("code", "")}, 1},
      {{hits, Matcher::equal("nosuch", "")}, 12},
      {{hits, Matcher::equal("nosuch", "x")}, 0},
      {{hits, op(MatchOp::kNotEqual, "job", "api")}, 9},
      {{hits, op(MatchOp::kNotEqual, "job", "")}, 9},
      {{hits, op(MatchOp::kNotEqual, "nosuch", "")}, 0},
      {{hits, op(MatchOp::kNotEqual, "nosuch", "x")}, 12},
      {{op(MatchOp::kNotEqual, "job", "")}, 10},
      {{hits, op(MatchOp::kRegex, "job", "ap.*")}, 6},
      {{hits, op(MatchOp::kRegex, "job", "ap")}, 0},
      {{hits, op(MatchOp::kRegex, "job", "api|web")}, 6},
      {{hits, op(MatchOp::kRegex, "job", "(api)?")}, 6},
      {{hits, op(MatchOp::kRegex, "job", ".*")}, 12},
      {{hits, op(MatchOp::kRegex, "job", ".+")}, 9},
      {{hits, op(MatchOp::kRegex, "nosuch", ".*")}, 12},
      {{hits, op(MatchOp::kRegex, "nosuch", ".+")}, 0},
      {{hits, op(MatchOp::kNotRegex, "job", "ap.*")}, 6},
      {{hits, op(MatchOp::kNotRegex, "job", ".+")}, 3},
      {{hits, op(MatchOp::kNotRegex, "job", ".*")}, 0},
      {{hits, op(MatchOp::kNotRegex, "job", "(web)?")}, 6},
      {{hits, op(MatchOp::kNotRegex, "nosuch", ".+")}, 12},
      {{op(MatchOp::kRegex, "__name__", "h.*|up"), Matcher::equal("job", "api")}, 4},
      {{op(MatchOp::kRegex, "job", "a.+"), op(MatchOp::kNotEqual, "job", "apx"),
        op(MatchOp::kRegex, "code", "4..")},
       1},
      {{hits, Matcher::equal("job", "api"), op(MatchOp::kRegex, "code", "[0-9]+"),
        op(MatchOp::kNotRegex, "code", "2.*")},
       1},
      {{hits, Matcher::equal("job", "api"), Matcher::equal("job", "web")}, 0},
      {{hits, Matcher::equal("job", "api"), op(MatchOp::kNotEqual, "job", "api")}, 0},
  };
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    for (const auto& [matchers, count] : cases) {
      std::string text;
      for (const Matcher& one : matchers) text += one.to_string() + " ";
      EXPECT_EQ(this->read(this->tenant(1), matchers).size(), count) << text;
    }
  }
}

TYPED_TEST_P(StoreReads, RefusesASelectionOfEverything) {
  const std::vector<std::vector<Matcher>> refused = {
      {},
      {Matcher::equal("job", "")},
      {this->matcher(MatchOp::kRegex, "job", ".*")},
      {this->matcher(MatchOp::kNotEqual, "job", "x"), this->matcher(MatchOp::kNotRegex, "job", "x")}};
  for (const auto& matchers : refused) {
    const auto outcome = this->try_read(this->store(), this->tenant(1), matchers);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, Code::kInvalidArgument);
  }
}

TYPED_TEST_P(StoreReads, LimitsTheSeriesOfASelection) {
  for (int i = 0; i < 10; ++i) {
    const std::string name = "m" + std::to_string(i);
    this->write(this->tenant(1), this->labels({{"__name__", name}}), {{10, 1}}, PartitionId(i % 2));
    this->compact_if(i == 4);
  }
  const auto limited = [&](uint64_t series_max) {
    return this->try_read(this->store(), this->tenant(1), {this->every_series()}, TimeRange::all(),
                          series_max);
  };
  EXPECT_EQ(limited(10).value().size(), 10u);
  ASSERT_FALSE(limited(9).ok());
  EXPECT_EQ(limited(9).error().code, Code::kResourceExhausted);
  EXPECT_FALSE(limited(0).ok());
}

TYPED_TEST_P(StoreReads, ListsLabels) {
  Batch batch;
  this->add(batch, this->labels({{"__name__", "b"}, {"z", "2"}}), {{10, 1}});
  this->add(batch, this->labels({{"__name__", "a"}, {"job", "x"}}), {{10, 1}});
  this->add(batch, this->labels({{"__name__", "a"}, {"job", "y"}, {"a", "1"}}), {{10, 1}});
  this->write(this->tenant(1), std::move(batch));
  const std::vector<Matcher> only_a = {Matcher::equal("__name__", "a")};
  const std::vector<Matcher> no_job = {Matcher::equal("job", "")};
  const TenantId t = this->tenant(1);
  const Deadline never = Deadline::never();
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    Store& s = this->store();
    const auto request = [](const std::vector<Matcher>& matchers, uint64_t limit = 100) {
      return LabelRequest{matchers, TimeRange::all(), limit};
    };
    using testing::ElementsAre;
    EXPECT_THAT(s.label_names(t, request({}), never).value(), ElementsAre("__name__", "a", "job", "z"));
    EXPECT_THAT(s.label_names(t, request({}, 2), never).value(), ElementsAre("__name__", "a"));
    EXPECT_THAT(s.label_names(t, request(only_a), never).value(), ElementsAre("__name__", "a", "job"));
    EXPECT_THAT(s.label_names(t, request(only_a, 0), never).value(), testing::IsEmpty());
    EXPECT_THAT(s.label_values(t, "__name__", request({}), never).value(), ElementsAre("a", "b"));
    EXPECT_THAT(s.label_values(t, "job", request(only_a), never).value(), ElementsAre("x", "y"));
    EXPECT_THAT(s.label_values(t, "job", request(only_a, 1), never).value(), ElementsAre("x"));
    EXPECT_THAT(s.label_values(t, "nosuch", request({}), never).value(), testing::IsEmpty());
    EXPECT_THAT(this->names_of(s.series(t, request({}), never).value()),
                ElementsAre("a{a=\"1\",job=\"y\"}", "a{job=\"x\"}", "b{z=\"2\"}"));
    EXPECT_THAT(this->names_of(s.series(t, request(no_job), never).value()), ElementsAre("b{z=\"2\"}"));
    EXPECT_THAT(this->names_of(s.series(t, request({}, 1), never).value()),
                ElementsAre("a{a=\"1\",job=\"y\"}"));
  }
}

// Ranges may be taken loosely, but what has samples inside is listed, and what lies far off is not.
TYPED_TEST_P(StoreReads, ListsLabelsOfARange) {
  const TimestampMs far = 2'000 * 24 * this->kHour;
  this->write(this->tenant(1), this->labels({{"__name__", "old"}}), {{10, 1}});
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  this->write(this->tenant(1), this->labels({{"__name__", "new"}}), {{far, 1}});
  const auto values = [&](TimeRange range) {
    return this->store().label_values(this->tenant(1), "__name__", {{}, range}, Deadline::never()).value();
  };
  EXPECT_THAT(values({0, 20}), testing::ElementsAre("old"));
  EXPECT_THAT(values({far, far}), testing::ElementsAre("new"));
  EXPECT_THAT(values({10, far}), testing::ElementsAre("new", "old"));
  EXPECT_THAT(values({far / 2, far / 2}), testing::IsEmpty());
}

TYPED_TEST_P(StoreReads, ASelectionDoesNotSeeWhatComesLater) {
  const Labels up = this->labels({{"__name__", "up"}});
  this->write(this->tenant(1), up, {{10, 1}, {30, 3}});
  const std::vector<Matcher> matchers = {this->every_series()};
  auto set = this->store().select(this->tenant(1), {matchers, TimeRange::all()}, Deadline::never()).value();
  this->write(this->tenant(1), up, {{20, 2}, {40, 4}});
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  ASSERT_TRUE(set->next().value());
  SampleColumns samples;
  ASSERT_TRUE(set->read(samples).ok());
  EXPECT_THAT(samples.timestamps_ms, testing::ElementsAre(10, 30));
  EXPECT_FALSE(set->next().value());
}

TYPED_TEST_P(StoreReads, ReadAppends) {
  this->write(this->tenant(1), this->labels({{"__name__", "a"}}), {{10, 1}});
  this->write(this->tenant(1), this->labels({{"__name__", "b"}}), {{5, 2}});
  const std::vector<Matcher> matchers = {this->every_series()};
  auto set = this->store().select(this->tenant(1), {matchers, TimeRange::all()}, Deadline::never()).value();
  SampleColumns samples;
  while (set->next().value()) ASSERT_TRUE(set->read(samples).ok());
  EXPECT_THAT(samples.timestamps_ms, testing::ElementsAre(10, 5));
}

// Where series can be detached, all of a set can be read by threads of their own.
TYPED_TEST_P(StoreReads, DetachedSeriesAreReadLater) {
  Batch batch;
  for (int series = 0; series < 100; ++series) {
    const std::string number = fmt::format("{:03}", series);
    std::vector<Sample> samples;
    for (int i = 0; i < 50; ++i) samples.push_back({1'000 + i * 10, static_cast<double>(series * 100 + i)});
    this->add(batch, this->labels({{"__name__", "up"}, {"n", number}}), samples);
  }
  this->write(this->tenant(1), std::move(batch));
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const std::vector<Matcher> up = {Matcher::equal("__name__", "up")};
    auto set = this->store().select(this->tenant(1), {up, {1'100, 1'400}}, Deadline::never()).value();
    std::vector<std::unique_ptr<SeriesSamples>> detached;
    while (set->next().value()) {
      detached.push_back(set->detach());
      if (detached.back() == nullptr) GTEST_SKIP() << "this store has series one after the other";
    }
    ASSERT_EQ(detached.size(), 100u);
    std::vector<SampleColumns> read(detached.size());
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t i = thread; i < detached.size(); i += 4) CHECK(detached[i]->read(read[i]).ok(), "a read");
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (size_t i = 0; i < read.size(); ++i) {
      ASSERT_EQ(read[i].size(), 31u);
      EXPECT_EQ(read[i].values.front(), static_cast<double>(i * 100 + 10));
      EXPECT_EQ(read[i].timestamps_ms.back(), 1'400);
    }
  }
}

TYPED_TEST_P(StoreReads, ASelectionMayTellHowManySeriesItHas) {
  constexpr size_t kSeries = 20;
  Batch batch;
  for (size_t i = 0; i < kSeries; ++i)
    this->add(batch, this->labels({{"__name__", "m"}, {"i", std::to_string(i)}}), {{10, 1}});
  this->write(this->tenant(1), std::move(batch));
  const std::vector<Matcher> all = {this->every_series()};
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const auto set =
        this->store().select(this->tenant(1), {all, TimeRange::all()}, Deadline::never()).value();
    for (size_t i = 1; i <= kSeries; ++i) {
      ASSERT_TRUE(set->next().value());
      const std::optional<uint64_t> about = set->series_about();
      if (!about) GTEST_SKIP() << "this store does not know it";
      EXPECT_GE(*about, i);
      EXPECT_LE(*about, i == kSeries ? kSeries : 2 * kSeries);
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreReads, RangeIsClosedAtBothEnds, MatchersSelectAsDocumented,
                            RefusesASelectionOfEverything, LimitsTheSeriesOfASelection, ListsLabels,
                            ListsLabelsOfARange, ASelectionDoesNotSeeWhatComesLater, ReadAppends,
                            DetachedSeriesAreReadLater, ASelectionMayTellHowManySeriesItHas);

}  // namespace weir::store
