#pragma once

#include <bit>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "store/store.h"
#include "support/memory_store.h"

/// What store/store.h promises, as tests that every implementation runs:
///
///     struct MyStoreHarness { ... };   // default constructible, a new store for each test
///     INSTANTIATE_TYPED_TEST_SUITE_P(MyStore, StoreContract, MyStoreHarness);
///
/// A harness has
///     store::Store& store();     // with 2 partitions or more, keeping samples of any age
///     void reopen();             // stops in good order, opens again
///     void crash();              // dies without a word, opens again
namespace weir::store {

/// The samples of a store, bit for bit: by labels, then time.
using Contents = std::map<std::string, std::map<TimestampMs, uint64_t>>;

/// What a test's log keeps: records of each partition, so that they can be applied again from any offset.
class ReplayLog {
 public:
  struct Record {
    TenantId tenant;
    Batch batch;
  };

  void append(PartitionId partition, TenantId tenant, Batch batch) {
    partitions_[partition].push_back(std::make_unique<Record>(Record{tenant, std::move(batch)}));
  }
  Offset end(PartitionId partition) { return Offset(static_cast<int64_t>(partitions_[partition].size())); }
  std::vector<AppliedRecord> from(PartitionId partition, Offset begin) {
    std::vector<AppliedRecord> records;
    const auto& all = partitions_[partition];
    for (auto i = static_cast<size_t>(begin.value()); i < all.size(); ++i) {
      records.push_back({all[i]->tenant, Offset(static_cast<int64_t>(i)), &all[i]->batch});
    }
    return records;
  }

 private:
  std::map<PartitionId, std::vector<std::unique_ptr<Record>>> partitions_;
};

template <typename Harness>
class StoreContract : public testing::Test {
 protected:
  static constexpr uint32_t kPartitions = 2;
  static constexpr TimestampMs kHour = 3'600'000;
  static constexpr TimestampMs kStart = 1'700'000'000'000;

  Store& store() { return harness_.store(); }
  static TenantId tenant(uint64_t id) { return TenantId::from_stored(id); }
  static Matcher matcher(MatchOp op, std::string name, std::string value) {
    return Matcher::create(op, std::move(name), std::move(value)).value();
  }
  static Labels labels(std::initializer_list<Label> all) { return Labels::of(all); }

  void SetUp() override { acquire_all(); }

  void acquire_all() {
    for (uint32_t i = 0; i < kPartitions; ++i) {
      leases_[PartitionId(i)] = this->store().acquire(PartitionId(i), Deadline::never()).value();
    }
  }

  static Result<CommitReport> commit_to(Store& store, const Commit& commit) {
    std::optional<Result<CommitReport>> outcome;
    store.commit(commit, Deadline::never(),
                 [&](Result<CommitReport> result) { outcome = std::move(result); });
    EXPECT_TRUE(outcome.has_value());
    return std::move(*outcome);
  }
  Result<CommitReport> commit_from(PartitionId partition, Offset begin) {
    const std::vector<AppliedRecord> records = log_.from(partition, begin);
    return commit_to(store(), {leases_.at(partition), records, log_.end(partition)});
  }

  /// Logs one record and commits it.
  CommitReport write(TenantId tenant, Batch batch, PartitionId partition = PartitionId(0)) {
    const Offset begin = log_.end(partition);
    log_.append(partition, tenant, std::move(batch));
    return commit_from(partition, begin).value();
  }
  CommitReport write(TenantId tenant, const Labels& series, const std::vector<Sample>& samples,
                     PartitionId partition = PartitionId(0)) {
    Batch batch;
    add(batch, series, samples);
    return write(tenant, std::move(batch), partition);
  }
  static void add(Batch& batch, const Labels& series, const std::vector<Sample>& samples) {
    batch.begin_series(series.view().bytes());
    for (const Sample& sample : samples) batch.add_sample(sample.timestamp_ms, sample.value);
  }

  void compact_if(bool now) {
    if (now) {
      ASSERT_TRUE(store().compact(Deadline::never()).ok());
    }
  }

  /// What a processor does after a restart.
  void recover() {
    acquire_all();
    for (const auto& [partition, lease] : leases_) {
      ASSERT_LE(lease.resume, log_.end(partition));
      ASSERT_TRUE(commit_from(partition, lease.resume).ok());
    }
  }

  static Result<Contents> try_read(Store& store, TenantId tenant, const std::vector<Matcher>& matchers,
                                   TimeRange range = TimeRange::all(), uint64_t series_max = 1'000'000) {
    ASSIGN_OR_RETURN(auto set, store.select(tenant, {matchers, range, series_max}, Deadline::never()));
    Contents contents;
    Labels previous;
    for (bool first = true;; first = false) {
      ASSIGN_OR_RETURN(const bool more, set->next());
      if (!more) return contents;
      EXPECT_TRUE(first || previous < Labels(set->labels())) << "series in order, each once";
      previous = Labels(set->labels());
      SampleColumns samples;
      RETURN_IF_ERROR(set->read(samples));
      EXPECT_EQ(samples.timestamps_ms.size(), samples.values.size());
      for (size_t i = 0; i < samples.size(); ++i) {
        EXPECT_TRUE(range.contains(samples.timestamps_ms[i]));
        EXPECT_TRUE(i == 0 || samples.timestamps_ms[i - 1] < samples.timestamps_ms[i]) << "times ascend";
        contents[previous.view().to_string()][samples.timestamps_ms[i]] =
            std::bit_cast<uint64_t>(samples.values[i]);
      }
    }
  }
  Contents read(TenantId tenant, const std::vector<Matcher>& matchers, TimeRange range = TimeRange::all()) {
    return try_read(store(), tenant, matchers, range).value();
  }
  Contents read_all(TenantId tenant) { return read(tenant, {every_series()}); }
  static Matcher every_series() { return matcher(MatchOp::kRegex, "__name__", ".+"); }

  /// Samples of a few series, mostly in order from `now` on, some hours late, some from long ago, some twice.
  static Batch random_batch(os::Random& random, PartitionId partition, TimestampMs& now) {
    Batch batch;
    for (uint64_t left = random.below(6); left > 0; --left) {
      const std::string number = std::to_string(random.below(8));
      const std::string name = "m" + number;
      const std::string place = std::to_string(partition.value());
      std::vector<Sample> samples;
      for (uint64_t more = random.below(40); more > 0; --more) {
        now += static_cast<TimestampMs>(random.below(60'000));
        const uint64_t how = random.below(10);
        TimestampMs at = now;
        if (how == 0) at = static_cast<TimestampMs>(random.below(100)) * kHour / 4;
        if (how == 1) at = now - static_cast<TimestampMs>(random.below(static_cast<uint64_t>(8 * kHour)));
        samples.push_back(
            {at, random.below(20) == 0 ? stale_marker() : static_cast<double>(random.below(3))});
        if (how == 2) samples.push_back(Sample(samples[random.below(samples.size())]));
      }
      add(batch, labels({{"__name__", name}, {"n", number}, {"p", place}, {"x", "y"}}), samples);
    }
    return batch;
  }

  static std::map<TimestampMs, uint64_t> bits(const std::vector<Sample>& samples) {
    std::map<TimestampMs, uint64_t> out;
    for (const Sample& sample : samples) out[sample.timestamp_ms] = std::bit_cast<uint64_t>(sample.value);
    return out;
  }
  std::vector<std::string> names_of(const std::vector<Labels>& all) {
    std::vector<std::string> out;
    for (const Labels& one : all) out.push_back(one.view().to_string());
    return out;
  }

  Harness harness_;
  ReplayLog log_;
  std::map<PartitionId, Lease> leases_;
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, RoundTripsEveryValueBitForBit) {
  const Labels up = this->labels({{"__name__", "up"}});
  const std::vector<Sample> samples = {
      {0, 0.0},
      {1, -0.0},
      {2, std::numeric_limits<double>::infinity()},
      {3, -std::numeric_limits<double>::infinity()},
      {4, stale_marker()},
      {5, std::numeric_limits<double>::quiet_NaN()},
      {6, std::bit_cast<double>(0x7ff00000deadbeef)},
      {7, std::bit_cast<double>(0xfff8000000000001)},
      {8, std::numeric_limits<double>::denorm_min()},
      {9, std::numeric_limits<double>::max()},
      {10, 0.1},
      {std::numeric_limits<TimestampMs>::max(), 1e-300},
  };
  EXPECT_EQ(this->write(this->tenant(1), up, samples).appended, samples.size());
  const Contents expected = {{"up", this->bits(samples)}};
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
}

TYPED_TEST_P(StoreContract, DropsWhatIsStoredAlready) {
  const Labels up = this->labels({{"__name__", "up"}});
  const double nan = std::bit_cast<double>(0x7ff8000000000123);
  this->write(this->tenant(1), up, {{10, 1}, {20, nan}});
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const CommitReport report = this->write(this->tenant(1), up, {{20, nan}, {10, 1}, {10, 1}});
    EXPECT_EQ(report.appended, 0u);
    EXPECT_EQ(report.duplicates, 3u);
    EXPECT_EQ(report.conflicts, 0u);
  }
  EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up", this->bits({{10, 1}, {20, nan}})}}));
}

TYPED_TEST_P(StoreContract, KeepsTheFirstOfTwoValues) {
  const Labels up = this->labels({{"__name__", "up"}});
  EXPECT_EQ(this->write(this->tenant(1), up, {{10, 1}, {10, 2}, {30, 0.0}}).conflicts, 1u);
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const CommitReport report = this->write(this->tenant(1), up, {{10, 3}, {30, -0.0}, {30, 0.0}});
    EXPECT_EQ(report.conflicts, 2u);
    EXPECT_EQ(report.duplicates, 1u);
  }
  EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up", this->bits({{10, 1}, {30, 0.0}})}}));
}

TYPED_TEST_P(StoreContract, TakesSamplesInAnyOrder) {
  const Labels up = this->labels({{"__name__", "up"}});
  std::vector<Sample> samples;
  os::Random random(7);
  for (int i = 0; i < 3'000; ++i) samples.push_back({this->kStart + i * 1'000, static_cast<double>(i)});
  const Contents expected = {{"up", this->bits(samples)}};
  for (size_t i = samples.size(); i > 1; --i) std::swap(samples[i - 1], samples[random.below(i)]);
  for (size_t i = 0; i < samples.size(); i += 500) {
    const std::vector<Sample> part(samples.begin() + static_cast<std::ptrdiff_t>(i),
                                   samples.begin() + static_cast<std::ptrdiff_t>(i + 500));
    EXPECT_EQ(this->write(this->tenant(1), up, part).appended, part.size());
    this->compact_if(i == 1'000);
  }
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
  EXPECT_EQ(this->write(this->tenant(1), up, samples).duplicates, samples.size());
}

TYPED_TEST_P(StoreContract, TakesSamplesOfAnyAge) {
  const Labels up = this->labels({{"__name__", "up"}});
  std::vector<Sample> samples;
  for (int i = 0; i < 200; ++i) samples.push_back({i * 300 * 24 * this->kHour / 10, 1.5 * i});
  this->write(this->tenant(1), up, {{this->kStart, 1}});
  EXPECT_EQ(this->write(this->tenant(1), up, samples).appended, samples.size());
  samples.push_back({this->kStart, 1});
  EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up", this->bits(samples)}}));
}

TYPED_TEST_P(StoreContract, RangeIsClosedAtBothEnds) {
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

TYPED_TEST_P(StoreContract, RefusesTheCommitsOfAnEarlierLease) {
  const Labels up = this->labels({{"__name__", "up"}});
  const Lease old = this->leases_.at(PartitionId(0));
  this->acquire_all();
  EXPECT_GT(this->leases_.at(PartitionId(0)).epoch, old.epoch);
  Batch batch;
  this->add(batch, up, {{10, 1}});
  const AppliedRecord record{this->tenant(1), Offset(0), &batch};
  const auto refused = this->commit_to(this->store(), {old, {&record, 1}, Offset(1)});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kTooOld);
  EXPECT_TRUE(this->read_all(this->tenant(1)).empty());
  EXPECT_EQ(this->store().visible_offset(PartitionId(0)).value(), Offset(0));

  this->harness_.crash();
  const Epoch before = this->leases_.at(PartitionId(0)).epoch;
  this->acquire_all();
  EXPECT_GT(this->leases_.at(PartitionId(0)).epoch, before) << "epochs survive a crash";
}

TYPED_TEST_P(StoreContract, ShowsACommitWhenItIsDone) {
  const Labels up = this->labels({{"__name__", "up"}});
  this->write(this->tenant(1), up, {{10, 1}});
  EXPECT_EQ(this->read_all(this->tenant(1)).size(), 1u);
  EXPECT_EQ(this->store().visible_offset(PartitionId(0)).value(), Offset(1));
  ASSERT_TRUE(this->commit_to(this->store(), {this->leases_.at(PartitionId(0)), {}, Offset(5)}).ok());
  EXPECT_EQ(this->store().visible_offset(PartitionId(0)).value(), Offset(5))
      << "without records it moves too";
  EXPECT_EQ(this->store().visible_offset(PartitionId(1)).value(), Offset(0));
  EXPECT_LE(this->store().durable_offset(PartitionId(0)).value(), Offset(5));
}

TYPED_TEST_P(StoreContract, CompactMakesAllRecordsDurable) {
  const Labels up = this->labels({{"__name__", "up"}});
  for (int i = 0; i < 5; ++i) this->write(this->tenant(1), up, {{i * this->kHour, 1}}, PartitionId(1));
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  EXPECT_EQ(this->store().durable_offset(PartitionId(1)).value(), Offset(5));
  this->harness_.crash();
  this->acquire_all();
  EXPECT_EQ(this->leases_.at(PartitionId(1)).resume, Offset(5));
  EXPECT_EQ(this->read_all(this->tenant(1)).at("up").size(), 5u) << "without the log's help";
}

TYPED_TEST_P(StoreContract, ApplyingRecordsAgainChangesNothing) {
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

TYPED_TEST_P(StoreContract, KeepsTenantsApart) {
  const Labels up = this->labels({{"__name__", "up"}, {"who", "both"}});
  Batch mine;
  this->add(mine, up, {{10, 1}});
  this->write(this->tenant(1), std::move(mine));
  this->write(this->tenant(2), up, {{10, 2}, {20, 3}});
  this->write(this->tenant(2), this->labels({{"__name__", "theirs"}}), {{10, 2}});
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up{who=\"both\"}", this->bits({{10, 1}})}}));
    EXPECT_EQ(this->read_all(this->tenant(2)).size(), 2u);
    EXPECT_TRUE(this->read_all(this->tenant(3)).empty());
    const LabelRequest all{{}, TimeRange::all()};
    EXPECT_THAT(this->store().label_values(this->tenant(1), "__name__", all, Deadline::never()).value(),
                testing::ElementsAre("up"));
    EXPECT_THAT(this->store().label_names(this->tenant(3), all, Deadline::never()).value(),
                testing::IsEmpty());
  }
}

TYPED_TEST_P(StoreContract, MatchersSelectAsDocumented) {
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

TYPED_TEST_P(StoreContract, RefusesASelectionOfEverything) {
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

TYPED_TEST_P(StoreContract, LimitsTheSeriesOfASelection) {
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

TYPED_TEST_P(StoreContract, ListsLabels) {
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
TYPED_TEST_P(StoreContract, ListsLabelsOfARange) {
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

TYPED_TEST_P(StoreContract, ASelectionDoesNotSeeWhatComesLater) {
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

TYPED_TEST_P(StoreContract, ReadAppends) {
  this->write(this->tenant(1), this->labels({{"__name__", "a"}}), {{10, 1}});
  this->write(this->tenant(1), this->labels({{"__name__", "b"}}), {{5, 2}});
  const std::vector<Matcher> matchers = {this->every_series()};
  auto set = this->store().select(this->tenant(1), {matchers, TimeRange::all()}, Deadline::never()).value();
  SampleColumns samples;
  while (set->next().value()) ASSERT_TRUE(set->read(samples).ok());
  EXPECT_THAT(samples.timestamps_ms, testing::ElementsAre(10, 5));
}

TYPED_TEST_P(StoreContract, SurvivesACrashAtAnyPoint) {
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

TYPED_TEST_P(StoreContract, CountsWhatItHolds) {
  EXPECT_EQ(this->store().status().value().maxt_ms, 0);
  this->write(this->tenant(1), this->labels({{"__name__", "a"}}), {{10, 1}, {20, 1}});
  this->write(this->tenant(1), this->labels({{"__name__", "b"}}), {{30, 1}});
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const StoreStatus status = this->store().status().value();
    EXPECT_EQ(status.head_samples + status.block_samples, 3u);
    EXPECT_EQ(status.mint_ms, 10);
    EXPECT_EQ(status.maxt_ms, 30);
  }
}

// Random work on the store and on the plainest store there is: reports and answers stay equal.
TYPED_TEST_P(StoreContract, BehavesAsTheModel) {
  const char* given = std::getenv("WEIR_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : os::random_seed();
  SCOPED_TRACE(testing::Message() << "WEIR_TEST_SEED=" << seed);
  os::Random random(seed);
  MemoryStore model;
  std::map<PartitionId, Lease> model_leases;
  for (uint32_t i = 0; i < this->kPartitions; ++i) {
    model_leases[PartitionId(i)] = model.acquire(PartitionId(i), Deadline::never()).value();
  }
  TimestampMs now = this->kStart;
  for (int step = 0; step < 150; ++step) {
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
      ASSERT_EQ(this->read(tenant, matchers, range), this->try_read(model, tenant, matchers, range).value())
          << step;
    } else {
      const Offset begin = this->log_.end(partition);
      this->log_.append(partition, tenant, this->random_batch(random, partition, now));
      const CommitReport report = this->commit_from(partition, begin).value();
      const auto records = this->log_.from(partition, begin);
      const CommitReport expected =
          this->commit_to(model, {model_leases.at(partition), records, this->log_.end(partition)}).value();
      ASSERT_EQ(report.appended, expected.appended) << step;
      ASSERT_EQ(report.duplicates, expected.duplicates) << step;
      ASSERT_EQ(report.conflicts, expected.conflicts) << step;
    }
  }
  for (const uint64_t id : {1, 2}) {
    ASSERT_EQ(this->read_all(this->tenant(id)),
              this->try_read(model, this->tenant(id), {this->every_series()}).value());
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, RoundTripsEveryValueBitForBit, DropsWhatIsStoredAlready,
                            KeepsTheFirstOfTwoValues, TakesSamplesInAnyOrder, TakesSamplesOfAnyAge,
                            RangeIsClosedAtBothEnds, RefusesTheCommitsOfAnEarlierLease,
                            ShowsACommitWhenItIsDone, CompactMakesAllRecordsDurable,
                            ApplyingRecordsAgainChangesNothing, KeepsTenantsApart, MatchersSelectAsDocumented,
                            RefusesASelectionOfEverything, LimitsTheSeriesOfASelection, ListsLabels,
                            ListsLabelsOfARange, ASelectionDoesNotSeeWhatComesLater, ReadAppends,
                            SurvivesACrashAtAnyPoint, CountsWhatItHolds, BehavesAsTheModel);

}  // namespace weir::store
