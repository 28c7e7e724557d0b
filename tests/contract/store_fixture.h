#pragma once

#include <bit>
#include <cstdlib>
#include <future>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "store/memory/memory_store.h"
#include "store/store.h"

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

/// What the suites share: a store of the harness, a log to recover from, and short forms of writing and
/// reading.
template <typename Harness>
class StoreFixture : public testing::Test {
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

  void SetUp() override {
    if constexpr (requires { Harness::missing_server(); }) {
      if (const char* missing = Harness::missing_server()) GTEST_SKIP() << missing;
    }
    acquire_all();
  }

  /// The last time that the store can hold: a database's type of times may end before 64 bits do.
  static constexpr TimestampMs last_time() {
    if constexpr (requires { Harness::kLastTime; }) return Harness::kLastTime;
    return std::numeric_limits<TimestampMs>::max();
  }

  void acquire_all() {
    for (uint32_t i = 0; i < kPartitions; ++i) {
      leases_[PartitionId(i)] = this->store().acquire(PartitionId(i), Deadline::never()).value();
    }
  }

  static Result<CommitReport> commit_to(Store& store, const Commit& commit) {
    std::promise<Result<CommitReport>> outcome;
    store.commit(commit, Deadline::never(),
                 [&](Result<CommitReport> result) { outcome.set_value(std::move(result)); });
    return outcome.get_future().get();
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
  static Matcher every_series() { return Matcher::any_metric(); }

  /// Samples of a few series, mostly in order from `now` on, some hours late, some from long ago, some twice.
  /// The plainest store there is, which is given all that the store is given.
  struct Model {
    MemoryStore store;
    std::map<PartitionId, Lease> leases;
  };
  static void open_model(Model& model) {
    for (uint32_t i = 0; i < kPartitions; ++i)
      model.leases[PartitionId(i)] = model.store.acquire(PartitionId(i), Deadline::never()).value();
  }
  /// A random batch for both, whose reports are equal.
  void append_to_both(Model& model, os::Random& random, PartitionId partition, TenantId tenant,
                      TimestampMs& now) {
    const Offset begin = log_.end(partition);
    log_.append(partition, tenant,
                random.below(8) == 0 ? random_replacements(random, partition, now)
                                     : random_batch(random, partition, now));
    const CommitReport report = commit_from(partition, begin).value();
    const auto records = log_.from(partition, begin);
    const CommitReport expected =
        commit_to(model.store, {model.leases.at(partition), records, log_.end(partition)}).value();
    ASSERT_EQ(report.appended, expected.appended);
    ASSERT_EQ(report.duplicates, expected.duplicates);
    ASSERT_EQ(report.conflicts, expected.conflicts);
  }
  /// WEIR_TEST_SEED, or one of this run.
  static uint64_t test_seed() {
    const char* given = std::getenv("WEIR_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : os::random_seed();
  }

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

  /// Samples that take the place of some of those of `random_batch`, each time once; others are new.
  static Batch random_replacements(os::Random& random, PartitionId partition, TimestampMs now) {
    Batch batch;
    for (int number = 0; number < 8; number += 1 + static_cast<int>(random.below(4))) {
      std::vector<Sample> samples;
      for (TimestampMs hour = 0; hour < 8; ++hour) {
        const TimestampMs at = random.below(4) == 0 ? hour * kHour / 4 : now - hour * kHour;
        const double value = random.below(20) == 0 ? stale_marker() : static_cast<double>(random.below(3));
        samples.push_back({at, replace_mark()});
        samples.push_back({at, value});
      }
      const std::string text = std::to_string(number);
      add(batch,
          labels(
              {{"__name__", "m" + text}, {"n", text}, {"p", std::to_string(partition.value())}, {"x", "y"}}),
          samples);
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

}  // namespace weir::store
