#include "query/profile.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "query/engine.h"
#include "store/memory/memory_store.h"

namespace weir::query {
namespace {

constexpr os::milliseconds kSelectTakes{5};

/// A store whose reads take time, in which nothing else passes.
class SlowStore final : public store::MemoryStore {
 public:
  explicit SlowStore(os::sim::ManualClock& clock) : clock_(clock) {}
  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override {
    clock_.advance(kSelectTakes);
    return MemoryStore::select(tenant, request, deadline);
  }

 private:
  os::sim::ManualClock& clock_;
};

class ProfileTest : public testing::Test {
 protected:
  // Ten samples of each series, a second apart, from time 0.
  void add(std::string_view name, int series) {
    for (int i = 0; i < series; ++i) {
      const Labels labels = Labels::of({{"__name__", name}, {"i", std::to_string(i)}});
      for (int at = 0; at < 10; ++at) store_.append(tenant_, labels, at * 1000, at);
    }
  }
  QueryContext context() {
    return {.tenant = tenant_, .limits = limits_, .deadline = Deadline::never(), .profile = &profile_};
  }
  void instant(std::string_view text) {
    const auto result = engine_.instant(context(), text, 9'000);
    EXPECT_TRUE(result.ok()) << result.error().message;
  }
  void range(std::string_view text) {
    const auto result = engine_.range(context(), text, {0, 9'000, 1'000});
    EXPECT_TRUE(result.ok()) << result.error().message;
  }
  const ProfileNode& node(std::string_view text) {
    for (const ProfileNode& node : profile_.nodes()) {
      if (node.text == text) return node;
    }
    ADD_FAILURE() << "no node " << text;
    return profile_.nodes().front();
  }
  int64_t own_ms(std::string_view text) {
    return std::chrono::duration_cast<os::milliseconds>(profile_.own_cost(node(text)).time).count();
  }

  os::sim::ManualClock clock_;
  SlowStore store_{clock_};
  const TenantId tenant_ = TenantId::from_stored(1);
  const Limits limits_;
  const Engine engine_{store_, EngineOptions(), clock_};
  Profile profile_{clock_};
};

TEST_F(ProfileTest, HasTheNodesOfTheExpression) {
  add("m", 1);
  instant("sum by (i) (rate(m[5s])) / (scalar(m) + 1)");
  std::vector<std::string> names;
  for (const ProfileNode& node : profile_.nodes()) names.push_back(node.name);
  EXPECT_EQ(names, (std::vector<std::string>{"/", "sum by (i)", "rate", "selector", "+", "scalar", "selector",
                                             "number"}));
  EXPECT_EQ(profile_.nodes()[0].children, (std::vector<size_t>{1, 4}));
  EXPECT_EQ(node("rate(m[5s])").position.begin, 12u);
  EXPECT_EQ(node("rate(m[5s])").position.end, 23u);
  EXPECT_EQ(node("m[5s]").type, ValueType::kMatrix);
  EXPECT_EQ(node("scalar(m) + 1").type, ValueType::kScalar);
}

TEST_F(ProfileTest, CountsWhatEachNodeReadsAndYields) {
  add("m", 3);
  add("other", 2);
  range("sum(rate(m[2s])) + on () count(other)");
  const ProfileNode& rate = node("rate(m[2s])");
  EXPECT_EQ(rate.evaluations, 1u);
  EXPECT_EQ(rate.steps, 10u);
  EXPECT_EQ(rate.series, 3u);
  EXPECT_EQ(rate.cost.samples_read, 30u) << "with what is below";
  EXPECT_EQ(profile_.own_cost(rate).samples_read, 0u);
  EXPECT_EQ(node("m[2s]").series, 3u);
  EXPECT_EQ(node("m[2s]").cost.series_read, 3u);
  EXPECT_EQ(profile_.own_cost(node("m[2s]")).samples_read, 30u);
  EXPECT_EQ(node("sum(rate(m[2s]))").series, 1u);
  EXPECT_EQ(profile_.nodes()[0].cost.series_read, 5u);
  EXPECT_EQ(profile_.nodes()[0].cost.samples_read, 50u);
}

TEST_F(ProfileTest, TellsTheTimeOfANodeFromThatBelow) {
  add("m", 2);
  range("sum(rate(m[2s])) + on () count(m)");
  EXPECT_EQ(profile_.nodes()[0].cost.time, 2 * kSelectTakes);
  EXPECT_EQ(node("rate(m[2s])").cost.time, kSelectTakes);
  EXPECT_EQ(own_ms("rate(m[2s])"), 0);
  EXPECT_EQ(own_ms("m[2s]"), 5);
  EXPECT_EQ(own_ms("m"), 5);
}

TEST_F(ProfileTest, WhatIsMadeOfSamplesIsTheWorkOfItsFunction) {
  const Expr selector{{}, NumberLiteral{1}};
  profile_.begin(selector);
  const Budget budget(limits_, Deadline::never(), clock_, nullptr);
  {
    Profile::Visit visit(profile_, selector, budget);
    clock_.advance(os::milliseconds(3));
    visit.elsewhere([&] {
      clock_.advance(os::milliseconds(100));
      return 0;
    });
    clock_.advance(os::milliseconds(4));
  }
  EXPECT_EQ(profile_.nodes()[0].cost.time, os::milliseconds(7));
}

TEST_F(ProfileTest, SeesWhatIsSelectedOnOtherWays) {
  add("m", 2);
  range("(m) > 3");
  EXPECT_EQ(node("m").cost.samples_read, 20u) << "the store may leave out what does not compare";
  EXPECT_EQ(node("m").evaluations, 1u);
  range("timestamp((m))");
  EXPECT_EQ(node("m").series, 2u);
  range("m smoothed");
  EXPECT_EQ(node("m smoothed").cost.samples_read, 20u);
  EXPECT_EQ(node("m smoothed").evaluations, 1u);
  instant("m[5s]");
  EXPECT_EQ(node("m[5s]").cost.samples_read, 10u);
  range("max_over_time((sum(m))[3s:1s])");
  EXPECT_EQ(node("(sum(m))[3s:1s]").name, "subquery");
  EXPECT_EQ(node("(sum(m))[3s:1s]").series, 1u);
  EXPECT_EQ(node("sum(m)").steps, 12u) << "its own grid: two seconds before the first step, too";
}

TEST_F(ProfileTest, WhatIsTheSameAtEachStepIsEvaluatedAtOne) {
  add("m", 2);
  range("m @ 3");
  EXPECT_EQ(node("m @ 3.000").steps, 1u);
  EXPECT_EQ(node("m @ 3.000").evaluations, 1u);
}

TEST_F(ProfileTest, InfoSelectsByItself) {
  add("m", 1);
  instant("info(m, {k=\"v\"})");
  EXPECT_EQ(profile_.nodes().size(), 2u);
  EXPECT_EQ(profile_.nodes()[0].name, "info");
}

TEST_F(ProfileTest, APlanCountsWhatMatches) {
  add("m", 3);
  const auto matching = [&](std::string_view text) { return node(text).matching->series; };
  ASSERT_TRUE(engine_.plan(context(), "m{i!=\"0\"} + rate(m[5s] offset 1h)", {0, 9'000, 1'000}).ok());
  EXPECT_EQ(matching("m{i!=\"0\"}"), 2u);
  EXPECT_EQ(matching("m[5s] offset 1h"), 0u) << "before there was anything";
  EXPECT_FALSE(profile_.nodes()[0].matching);
  EXPECT_EQ(profile_.nodes()[0].evaluations, 0u);
  ASSERT_TRUE(engine_.plan(context(), "info(m, {k=\"v\"})", {9'000, 9'000, 0}).ok());
  EXPECT_EQ(matching("m"), 3u);
}

TEST_F(ProfileTest, APlanSaysWhereItStoppedCounting) {
  for (uint64_t i = 0; i < Profile::kMatchesMax; ++i)
    store_.append(tenant_, Labels::of({{"__name__", "many"}, {"i", std::to_string(i)}}), 1'000, 1);
  ASSERT_TRUE(engine_.plan(context(), "many", {1'000, 1'000, 0}).ok());
  EXPECT_EQ(node("many").matching->series, Profile::kMatchesMax);
  EXPECT_FALSE(node("many").matching->cut);
  store_.append(tenant_, Labels::of({{"__name__", "many"}}), 1'000, 1);
  ASSERT_TRUE(engine_.plan(context(), "many", {1'000, 1'000, 0}).ok());
  EXPECT_EQ(node("many").matching->series, Profile::kMatchesMax);
  EXPECT_TRUE(node("many").matching->cut);
}

TEST_F(ProfileTest, APlanRefusesWhatAQueryWould) {
  EXPECT_EQ(engine_.plan(context(), "sum(", {0, 0, 0}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(engine_.plan(context(), "m[5m]", {0, 1'000, 1'000}).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(engine_.plan(context(), "m[5m]", {0, 0, 0}).ok());
  EXPECT_EQ(engine_.plan(context(), "m", {0, 100'000'000, 1'000}).error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace weir::query
