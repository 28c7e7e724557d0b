#include <algorithm>
#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "query/engine.h"
#include "store/memory/memory_store.h"
#include "support/random_windows.h"
#include "support/window_summary.h"

// What the engine says to the store of functions that take an extreme, and what it makes of the answer.
namespace weir::query {
namespace {

using store::WindowReduction;

/// Keeps the last hint. If it `thins`, it answers with as little as the contract allows.
class HintedStore : public store::MemoryStore {
 public:
  explicit HintedStore(bool thins) : thins_(thins) {}

  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override {
    hint = request.reduction;
    filter = request.filter;
    ASSIGN_OR_RETURN(auto set, MemoryStore::select(tenant, request, deadline));
    if (thins_ && hint)
      return std::unique_ptr<store::SeriesSet>(std::make_unique<Thinned>(std::move(set), *hint));
    if (thins_ && filter)
      return std::unique_ptr<store::SeriesSet>(std::make_unique<Filtered>(std::move(set), *filter));
    return set;
  }

  std::optional<WindowReduction> hint;
  std::optional<store::ValueFilter> filter;

 private:
  class Thinned : public store::SeriesSet {
   public:
    Thinned(std::unique_ptr<SeriesSet> set, const WindowReduction& reduction)
        : set_(std::move(set)), reduction_(reduction) {}
    Result<bool> next() override { return set_->next(); }
    LabelsView labels() const override { return set_->labels(); }
    /// Takes samples away, each if no window misses it.
    Status read(SampleColumns& out) override {
      RETURN_IF_ERROR(set_->read(out));
      const auto is_finite = [](double value) { return std::isfinite(value); };
      if (reduction_.kind == WindowReduction::Kind::kSum && !std::ranges::all_of(out.values, is_finite))
        return {};
      out.align_left_out();
      const std::string wanted = store::window_summary(reduction_, out);
      for (size_t i = out.size(); i-- > 0;) {
        SampleColumns less = out;
        less.timestamps_ms.erase(less.timestamps_ms.begin() + static_cast<std::ptrdiff_t>(i));
        less.values.erase(less.values.begin() + static_cast<std::ptrdiff_t>(i));
        less.left_out.erase(less.left_out.begin() + static_cast<std::ptrdiff_t>(i));
        if (i < less.size()) less.left_out[i] += 1 + out.left_out[i];
        if (store::window_summary(reduction_, less) == wanted) out = std::move(less);
      }
      return {};
    }

   private:
    std::unique_ptr<SeriesSet> set_;
    const WindowReduction reduction_;
  };

  /// Puts one stale marker in place of all that do not pass and follow each other.
  class Filtered : public store::SeriesSet {
   public:
    Filtered(std::unique_ptr<SeriesSet> set, const store::ValueFilter& filter)
        : set_(std::move(set)), filter_(filter) {}
    Result<bool> next() override { return set_->next(); }
    LabelsView labels() const override { return set_->labels(); }
    Status read(SampleColumns& out) override {
      SampleColumns all;
      RETURN_IF_ERROR(set_->read(all));
      bool idle = false;
      for (size_t i = 0; i < all.size(); ++i) {
        const bool passes = filter_.passes(all.values[i]);
        if (passes || !idle) out.push_back(all.timestamps_ms[i], passes ? all.values[i] : stale_marker());
        idle = !passes;
      }
      return {};
    }

   private:
    std::unique_ptr<SeriesSet> set_;
    const store::ValueFilter filter_;
  };

  const bool thins_;
};

class ReductionTest : public testing::Test {
 protected:
  static Result<QueryResult> ask(HintedStore& store, std::string_view text, const Engine::Range& range) {
    const os::sim::ManualClock clock;
    const Limits limits;
    const Engine engine(store, EngineOptions(), clock);
    return engine.range({TenantId::from_stored(7), limits, Deadline::never()}, text, range);
  }
  /// The same random series in both.
  static void fill(store::RandomWindows& random, HintedStore& one, HintedStore& other) {
    for (const char* name : {"a", "b", "c"}) {
      const SampleColumns samples = random.samples();
      for (size_t i = 0; i < samples.size(); ++i) {
        for (HintedStore* store : {&one, &other}) {
          store->append(TenantId::from_stored(7), Labels::of({{"__name__", "m"}, {"s", name}}),
                        samples.timestamps_ms[i], samples.values[i]);
        }
      }
    }
  }
  static std::string text_of(HintedStore& store, std::string_view text, const store::RandomWindows& windows) {
    std::string out;
    const auto result = ask(store, text, {windows.start(), windows.end(), 1'800'000}).value();
    for (const ResultSeries& series : std::get<MatrixValue>(result.value).series) {
      out += series.labels.view().to_string();
      for (size_t i = 0; i < series.points.size(); ++i)
        out +=
            fmt::format(" {}:{}", series.points.timestamps_ms[i] - windows.start(), series.points.values[i]);
    }
    return out;
  }
};

TEST_F(ReductionTest, WhatAFunctionTakesOfSelectorsIsHinted) {
  HintedStore store(false);
  const auto hint = [&](std::string_view text) {
    store.hint.reset();
    EXPECT_TRUE(ask(store, text, {1'000'000, 1'300'000, 60'000}).ok()) << text;
    return store.hint;
  };
  const auto max = hint("max_over_time(m[5m])");
  ASSERT_TRUE(max);
  EXPECT_EQ(max->kind, WindowReduction::Kind::kMax);
  EXPECT_EQ(max->first_end_ms, 1'000'000);
  EXPECT_EQ(max->step_ms, 60'000);
  EXPECT_EQ(max->count, 6u);
  EXPECT_EQ(max->range_ms, 300'000);
  const auto min = hint("sum(min_over_time((m[1h] offset 10s)))");
  ASSERT_TRUE(min);
  EXPECT_EQ(min->kind, WindowReduction::Kind::kMin);
  EXPECT_EQ(min->first_end_ms, 990'000);
  EXPECT_EQ(min->range_ms, 3'600'000);
  const auto fixed = hint("max_over_time(m[5m] @ 500)");
  ASSERT_TRUE(fixed);
  EXPECT_EQ(fixed->first_end_ms, 500'000);
  EXPECT_EQ(fixed->count, 1u);
  const std::pair<const char*, WindowReduction::Kind> kinds[] = {
      {"avg_over_time(m[5m])", WindowReduction::Kind::kSum},
      {"sum_over_time(m[5m])", WindowReduction::Kind::kSum},
      {"count_over_time(m[5m])", WindowReduction::Kind::kSpan},
      {"delta(m[5m])", WindowReduction::Kind::kSpan},
      {"last_over_time(m[5m])", WindowReduction::Kind::kSpan},
      {"rate(m[5m])", WindowReduction::Kind::kCounter},
      {"increase(m[5m])", WindowReduction::Kind::kCounter},
      {"resets(m[5m])", WindowReduction::Kind::kCounter}};
  for (const auto& [text, kind] : kinds) {
    const auto told = hint(text);
    ASSERT_TRUE(told) << text;
    EXPECT_EQ(told->kind, kind) << text;
  }
  for (const char* other : {"ts_of_max_over_time(m[5m])", "changes(m[5m])", "irate(m[5m])",
                            "quantile_over_time(0.5, m[5m])", "max(m)", "max_over_time(m[5m:1m])"}) {
    EXPECT_FALSE(hint(other)) << other;
  }
}

TEST_F(ReductionTest, ComparisonsWithANumberAreHinted) {
  HintedStore store(false);
  const auto hint = [&](std::string_view text) {
    store.filter.reset();
    EXPECT_TRUE(ask(store, text, {1'000'000, 1'300'000, 60'000}).ok()) << text;
    return store.filter;
  };
  using Op = store::ValueFilter::Op;
  const std::tuple<const char*, Op, double> filters[] = {{"m > 5", Op::kGreater, 5},
                                                         {"5 > m", Op::kLess, 5},
                                                         {"(m) <= -1.5", Op::kLessEqual, -1.5},
                                                         {"2 <= m offset 5m", Op::kGreaterEqual, 2},
                                                         {"sum(m == 1)", Op::kEqual, 1},
                                                         {"m < 2 * 3", Op::kLess, 6}};
  for (const auto& [text, op, bound] : filters) {
    const auto told = hint(text);
    ASSERT_TRUE(told) << text;
    EXPECT_EQ(told->op, op) << text;
    EXPECT_EQ(told->bound, bound) << text;
  }
  for (const char* other : {"m > bool 5", "m != 5", "m + 5", "m > time()", "rate(m[5m]) > 5", "-m > 5",
                            "m > m", "m > NaN", "m @ 1000 > 5"}) {
    EXPECT_FALSE(hint(other)) << other;
  }
}

TEST_F(ReductionTest, NothingButWhatPassesIsUsed) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  store::RandomWindows random(seed, 1'700'000'000'000, 8);
  HintedStore plain(false), thinning(true);
  fill(random, plain, thinning);
  for (const char* text : {"m > 1", "m < 2", "1 <= m", "m == 2", "count(m >= 0) by (s)", "m > 0 > 1"}) {
    EXPECT_EQ(text_of(thinning, text, random), text_of(plain, text, random)) << text;
  }
}

TEST_F(ReductionTest, NothingButWhatIsPromisedIsUsed) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  store::RandomWindows random(seed, 1'700'000'000'000, 8);
  HintedStore plain(false), thinning(true);
  fill(random, plain, thinning);
  for (const char* text :
       {"max_over_time(m[1h])", "min_over_time(m[47m])", "max_over_time(m[2h] offset 90m)",
        "max(min_over_time(m[20m])) by (s)", "rate(m[1h])", "increase(m[3h])", "delta(m[50m])",
        "resets(m[2h])", "count_over_time(m[1h])", "present_over_time(m[5m])", "first_over_time(m[1h])",
        "last_over_time(m[40m])", "ts_of_last_over_time(m[1h])", "lag(m[1h])", "sum_over_time(m[1h])",
        "avg_over_time(m[2h])"}) {
    EXPECT_EQ(text_of(thinning, text, random), text_of(plain, text, random)) << text;
  }
}

}  // namespace
}  // namespace weir::query
