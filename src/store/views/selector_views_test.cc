#include "store/views/selector_views.h"

#include <algorithm>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "store/memory/memory_store.h"
#include "store/views/viewed_store.h"
#include "support/histograms.h"

namespace weir::store {
namespace {

constexpr TimestampMs kStart = 1'700'000'000'000;
const TenantId kTenant = MemoryStore::sole_tenant();

/// A store whose commits may fail, with or without an effect, and that refuses what is too old.
class UnsureStore : public MemoryStore {
 public:
  enum class Next { kWorks, kFails, kFailsAfter };
  void commit(const Commit& commit, Deadline deadline, Completion<CommitReport> done) override {
    const Next next = std::exchange(next_, Next::kWorks);
    if (next == Next::kFails) return done(unavailable("nothing was applied"));
    const AppliedRecord& all = commit.records.front();
    CommitReport report;
    const Batch taken = not_too_old(*all.batch, report);
    const AppliedRecord record{all.tenant, all.offset, &taken};
    MemoryStore::commit({commit.lease, {&record, 1}, commit.next}, deadline, [&](Result<CommitReport> of) {
      report.appended = of->appended;
      report.duplicates = of->duplicates;
      report.conflicts = of->conflicts;
    });
    if (next == Next::kFailsAfter) return done(unavailable("the outcome is not known"));
    done(report);
  }
  Result<std::unique_ptr<SeriesSet>> select(TenantId tenant, const SelectRequest& request,
                                            Deadline deadline) override {
    auto set = MemoryStore::select(tenant, request, deadline);
    if (const auto meanwhile = std::exchange(meanwhile_, nullptr)) meanwhile();
    return set;
  }
  /// Called once, when the next read has seen what there is.
  void set_meanwhile(std::function<void()> meanwhile) { meanwhile_ = std::move(meanwhile); }
  void set_next(Next next) { next_ = next; }
  void set_oldest(TimestampMs oldest_ms) { oldest_ms_ = oldest_ms; }

 private:
  Batch not_too_old(const Batch& batch, CommitReport& report) const {
    Batch taken;
    for (const Batch::Series& series : batch.series()) {
      taken.begin_series(batch.labels(series).bytes());
      for (size_t i = 0; i < series.sample_count; ++i) {
        const TimestampMs at_ms = batch.timestamps_ms(series)[i];
        if (at_ms >= oldest_ms_) {
          taken.add_sample(at_ms, batch.values(series)[i]);
        } else if (!is_replace_mark(batch.values(series)[i])) {
          ++report.too_old;
        }
      }
      for (size_t i = 0; i < series.histogram_count; ++i)
        taken.add_histogram(batch.histogram_times_ms(series)[i], batch.histograms(series)[i]);
    }
    return taken;
  }

  Next next_ = Next::kWorks;
  std::function<void()> meanwhile_;
  TimestampMs oldest_ms_ = 0;
};

std::vector<Matcher> selector(std::initializer_list<std::tuple<MatchOp, const char*, const char*>> parts) {
  std::vector<Matcher> matchers;
  for (const auto& [op, name, value] : parts) matchers.push_back(Matcher::create(op, name, value).value());
  return matchers;
}

std::vector<std::string> lines(Result<std::unique_ptr<SeriesSet>> set) {
  std::vector<std::string> all;
  SampleColumns samples;
  while ((*set)->next().value()) {
    samples.clear();
    EXPECT_TRUE((*set)->read(samples).ok());
    for (size_t i = 0; i < samples.size(); ++i) {
      all.push_back(fmt::format("{} {} {:x} {}", (*set)->labels().to_string(),
                                samples.timestamps_ms[i] - kStart, std::bit_cast<uint64_t>(samples.values[i]),
                                samples.histogram(i) != nullptr));
    }
  }
  return all;
}

/// A store with views, and what is done to it.
class World {
 public:
  explicit World(SelectorViews::Options options = {}) : views(options, clock, registry) {
    auto owned = std::make_unique<UnsureStore>();
    base = owned.get();
    store = std::make_unique<ViewedStore>(std::move(owned), views);
    lease = store->acquire(PartitionId(0), Deadline::never()).value();
  }

  bool commit(const Batch& batch) {
    const AppliedRecord record{kTenant, next, &batch};
    next = Offset(next.value() + 1);
    bool applied = false;
    store->commit({lease, {&record, 1}, next}, Deadline::never(),
                  [&](Result<CommitReport> report) { applied = report.ok(); });
    return applied;
  }
  bool write(const Labels& labels, TimestampMs at_ms, double value) {
    Batch batch;
    batch.begin_series(labels.view().bytes());
    batch.add_sample(at_ms, value);
    return commit(batch);
  }
  std::vector<std::string> seen(const std::vector<Matcher>& matchers, TimeRange range) {
    ViewReader reader(*store, views);
    return lines(reader.select(kTenant, {matchers, range}, Deadline::never()));
  }
  std::vector<std::string> there(const std::vector<Matcher>& matchers, TimeRange range) {
    return lines(base->select(kTenant, {matchers, range}, Deadline::never()));
  }
  uint64_t reads(const std::string& from) {
    const std::string text = registry.to_text();
    const std::string line = fmt::format("weir_selector_view_reads_total{{from=\"{}\"}} ", from);
    const size_t at = text.find(line);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + line.size()));
  }

  os::Clock& clock = os::system_clock();
  telemetry::Registry registry;
  SelectorViews views;
  UnsureStore* base;
  std::unique_ptr<ViewedStore> store;
  Lease lease;
  Offset next{0};
};

Histogram example_histogram() {
  os::Random random(1);
  return tests::random_histogram(random);
}

const Labels kA = Labels::of({{"__name__", "m"}, {"i", "a"}});
const Labels kB = Labels::of({{"__name__", "m"}, {"i", "b"}});
const std::vector<Matcher> kM = selector({{MatchOp::kEqual, "__name__", "m"}});

TEST(SelectorViews, AreReadFromTheStoreOnce) {
  World world;
  world.write(kA, kStart, 1);
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  ASSERT_NE(hold, nullptr);
  const TimeRange range{kStart - 1'000, kStart + 1'000};
  EXPECT_EQ(world.seen(kM, range).size(), 1u);
  world.write(kB, kStart + 1, 2);
  world.write(kA, kStart + 1'001, 2);
  EXPECT_EQ(world.seen(kM, range), world.there(kM, range));
  EXPECT_EQ(world.seen(kM, range).size(), 2u);
  EXPECT_EQ(world.reads("memory"), 3u);
  EXPECT_EQ(world.reads("store"), 0u);
}

TEST(SelectorViews, SayWhenTheirSamplesAreOthers) {
  World world;
  std::vector<TimestampMs> told;
  auto hold =
      world.views.hold(kTenant, {{kM, 300'000}}, [&](TimestampMs newest_ms) { told.push_back(newest_ms); });
  world.write(kA, kStart, 1);
  EXPECT_TRUE(told.empty());  // nobody has read it yet
  world.seen(kM, {kStart - 1'000, kStart});
  world.write(kA, kStart + 10, 1);
  world.write(kA, kStart + 10, 1);
  world.write(Labels::of({{"__name__", "other"}}), kStart + 20, 1);
  world.write(kB, kStart - 5, 1);
  EXPECT_EQ(told, (std::vector<TimestampMs>{kStart + 10, kStart - 5}));
  hold.reset();
  world.write(kA, kStart + 30, 1);
  EXPECT_EQ(told.size(), 2u);
}

TEST(SelectorViews, MissNothingThatComesWhileTheyAreRead) {
  World world;
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  const TimeRange range{kStart - 1'000, kStart + 1'000};
  world.write(kA, kStart, 1);
  world.base->set_meanwhile([&] {
    world.write(kB, kStart, 2);
    Batch batch;
    batch.begin_series(kA.view().bytes());
    batch.add_sample(kStart, replace_mark());
    batch.add_sample(kStart, 3);
    world.commit(batch);
  });
  const auto seen = world.seen(kM, range);
  EXPECT_EQ(world.reads("memory"), 1u);
  EXPECT_EQ(seen, world.there(kM, range));
  EXPECT_EQ(seen.size(), 2u);
}

TEST(SelectorViews, WhatIsDeletedWhileTheyAreReadIsGone) {
  World world;
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  const TimeRange range{kStart - 1'000, kStart + 1'000};
  world.write(kA, kStart, 1);
  world.base->set_meanwhile(
      [&] { EXPECT_TRUE(world.store->erase(kTenant, kM, TimeRange::all(), Deadline::never()).ok()); });
  world.seen(kM, range);
  EXPECT_TRUE(world.seen(kM, range).empty());
}

TEST(SelectorViews, OlderTimesAreReadInTheStore) {
  World world;
  world.write(kA, kStart - 3'000'000, 1);
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  world.seen(kM, {kStart - 300'000, kStart});
  EXPECT_EQ(world.seen(kM, {kStart - 4'000'000, kStart}).size(), 1u);
  EXPECT_EQ(world.reads("store"), 1u);
}

TEST(SelectorViews, WhatIsDeletedIsGone) {
  World world;
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  world.write(kA, kStart, 1);
  world.seen(kM, {kStart - 300'000, kStart});
  ASSERT_TRUE(world.store->erase(kTenant, kM, TimeRange::all(), Deadline::never()).ok());
  EXPECT_TRUE(world.seen(kM, {kStart - 300'000, kStart}).empty());
}

TEST(SelectorViews, HistogramsAreReadInTheStore) {
  World world;
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  world.write(kA, kStart, 1);
  world.seen(kM, {kStart - 300'000, kStart});
  Batch batch;
  batch.begin_series(kB.view().bytes());
  batch.add_histogram(kStart, example_histogram());
  world.commit(batch);
  EXPECT_EQ(world.seen(kM, {kStart - 300'000, kStart}).size(), 2u);
}

TEST(SelectorViews, MoreBytesThanThereMayBeAreReadInTheStore) {
  World world({.bytes_max = 2'000});
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  world.write(kA, kStart, 1);
  world.seen(kM, {kStart - 300'000, kStart});
  EXPECT_EQ(world.reads("memory"), 1u);
  for (int i = 0; i < 100; ++i) world.write(kA, kStart + i, i);
  EXPECT_EQ(world.seen(kM, {kStart - 300'000, kStart + 100}).size(), 100u);
  EXPECT_EQ(world.reads("store"), 1u);
}

TEST(SelectorViews, HoldNothingThatIsReadFarBack) {
  World world;
  EXPECT_EQ(world.views.hold(kTenant, {{kM, 3'600'001}}, {}), nullptr);
  EXPECT_EQ(world.views.hold(kTenant, {}, {}), nullptr);
}

TEST(SelectorViews, TooManySeriesAreTheErrorOfTheStore) {
  World world;
  const auto hold = world.views.hold(kTenant, {{kM, 300'000}}, {});
  world.write(kA, kStart, 1);
  world.write(kB, kStart, 1);
  world.seen(kM, {kStart - 300'000, kStart});
  ViewReader reader(*world.store, world.views);
  const SelectRequest request{kM, {kStart - 300'000, kStart}, 1};
  const auto refused = reader.select(kTenant, request, Deadline::never());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, world.base->select(kTenant, request, Deadline::never()).error().message);
}

// Writes of all kinds, late, twice, in conflict, replacing, with unknown outcome; deletions; holds that come
// and go: what is read is what the store has.
TEST(SelectorViews, AnswerAsTheStore) {
  const std::vector<std::vector<Matcher>> selectors = {
      kM,
      selector({{MatchOp::kEqual, "__name__", "m"}, {MatchOp::kEqual, "i", "a"}}),
      selector({{MatchOp::kRegex, "__name__", "m|n"}, {MatchOp::kNotEqual, "i", "b"}}),
      selector({{MatchOp::kEqual, "i", "c"}}),
  };
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    os::Random random(seed);
    World world({.bytes_max = random.below(4) == 0 ? 20'000u : 1u << 20});
    TimestampMs now_ms = kStart;
    std::map<size_t, std::unique_ptr<SelectorViews::Hold>> holds;
    for (int step = 0; step < 600; ++step) {
      now_ms += static_cast<TimestampMs>(random.below(3'000));
      const uint64_t kind = random.below(40);
      if (seed % 3 == 0) world.base->set_oldest(now_ms - 150'000);
      if (kind == 0) {
        const auto& which = selectors[random.below(selectors.size())];
        const TimestampMs from_ms = now_ms - static_cast<TimestampMs>(random.below(200'000));
        ASSERT_TRUE(world.store->erase(kTenant, which, {from_ms, from_ms + 50'000}, Deadline::never()).ok());
      } else if (kind < 4) {
        const size_t which = random.below(selectors.size());
        const auto range_ms = static_cast<int64_t>(10'000 + random.below(100'000));
        holds[which] =
            random.below(3) == 0 ? nullptr : world.views.hold(kTenant, {{selectors[which], range_ms}}, {});
      } else if (kind < 24) {
        if (kind < 6)
          world.base->set_next(kind == 4 ? UnsureStore::Next::kFails : UnsureStore::Next::kFailsAfter);
        Batch batch;
        for (uint64_t left = random.below(6); left > 0; --left) {
          const char* const names[] = {"m", "n", "o"};
          const char* const values[] = {"a", "b", "c", "d"};
          batch.begin_series(
              Labels::of({{"__name__", names[random.below(3)]}, {"i", values[random.below(4)]}})
                  .view()
                  .bytes());
          for (uint64_t samples = random.below(3); samples > 0; --samples) {
            const uint64_t ago = random.below(4) == 0 ? random.below(200'000) : random.below(2'000);
            const TimestampMs at_ms = (now_ms - static_cast<TimestampMs>(ago)) / 500 * 500;
            if (random.below(6) == 0) batch.add_sample(at_ms, replace_mark());
            batch.add_sample(at_ms,
                             random.below(9) == 0 ? stale_marker() : static_cast<double>(random.below(3)));
          }
          if (random.below(200) == 0) batch.add_histogram(now_ms, example_histogram());
        }
        world.commit(batch);
      } else {
        const size_t which = random.below(selectors.size());
        const TimestampMs to_ms = now_ms - static_cast<TimestampMs>(random.below(20'000));
        const TimeRange range{to_ms - static_cast<TimestampMs>(random.below(120'000)), to_ms};
        ASSERT_EQ(world.seen(selectors[which], range), world.there(selectors[which], range))
            << "step " << step;
      }
    }
    EXPECT_GT(world.reads("memory"), 0u);
  }
}

// For the thread sanitizer above all: every read sees at least what was committed before it began.
TEST(SelectorViews, AreSafeFromAnyThread) {
  World world;
  std::atomic<TimestampMs> written_ms{kStart};
  std::jthread writer([&](const std::stop_token& stop) {
    for (TimestampMs at_ms = kStart + 1; !stop.stop_requested(); ++at_ms) {
      world.write(at_ms % 2 == 0 ? kA : kB, at_ms, 1);
      written_ms = at_ms;
    }
  });
  std::jthread eraser([&](const std::stop_token& stop) {
    const auto other = selector({{MatchOp::kEqual, "__name__", "other"}});
    while (!stop.stop_requested()) {
      static_cast<void>(world.store->erase(kTenant, other, TimeRange::all(), Deadline::never()));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  for (int i = 0; i < 300; ++i) {
    const auto hold = world.views.hold(kTenant, {{kM, 1'000}}, [](TimestampMs) {});
    for (int reads = 0; reads < 3; ++reads) {
      const TimestampMs at_ms = written_ms.load();
      const TimestampMs from_ms = std::max(kStart, at_ms - 100);
      EXPECT_EQ(world.seen(kM, {from_ms + 1, at_ms}).size(), static_cast<size_t>(at_ms - from_ms));
    }
  }
}

}  // namespace
}  // namespace weir::store
