#include "rules/backtest/overlay_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/evaluation/evaluation_testing.h"
#include "store/memory/memory_store.h"

namespace weir::rules::backtest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kRules = R"(
groups:
  - name: g
    labels: {team: a}
    rules:
      - {record: "made", expr: up, labels: {kind: x, job: ""}}
      - {alert: Down, expr: up == 0}
)";

class OverlayStoreTest : public testing::Test {
 protected:
  void store(std::initializer_list<Label> labels, TimestampMs at_ms, double value) {
    base_.append(tenant_, Labels::of(labels), at_ms, value);
  }
  void make(std::initializer_list<Label> labels, TimestampMs at_ms, double value) {
    Batch batch;
    batch.begin_series(Labels::of(labels).view().bytes());
    batch.add_sample(at_ms, value);
    ASSERT_TRUE(made_.write(batch).ok());
  }
  // `{...} time=value ...` of each series, in their order.
  std::vector<std::string> select(std::vector<Matcher> matchers, TimeRange range = TimeRange::all()) {
    auto set = overlay_.select(tenant_, {.matchers = matchers, .range = range}, Deadline::never());
    EXPECT_TRUE(set.ok());
    std::vector<std::string> lines;
    while ((*set)->next().value()) {
      std::string line = (*set)->labels().to_string();
      SampleColumns samples;
      if (auto detached = (*set)->detach()) {
        EXPECT_TRUE(detached->read(samples).ok());
        ++detached_;
      } else {
        EXPECT_TRUE((*set)->read(samples).ok());
      }
      for (size_t i = 0; i < samples.size(); ++i)
        line += fmt::format(" {}={}", samples.timestamps_ms[i], samples.values[i]);
      lines.push_back(std::move(line));
    }
    return lines;
  }

  const TenantId tenant_ = store::MemoryStore::sole_tenant();
  store::MemoryStore base_;
  const std::vector<RuleGroup> groups_ = groups_of(std::string(kRules));
  const RuleOutputs outputs_{groups_};
  MadeSeries made_{2'000};
  OverlayStore overlay_{base_, outputs_, made_};
  int detached_ = 0;
};

TEST_F(OverlayStoreTest, ShowsBothInTheOrderOfLabels) {
  store({{"__name__", "a"}}, 1, 1);
  store({{"__name__", "z"}}, 1, 2);
  make({{"__name__", "made"}, {"kind", "x"}, {"team", "a"}}, 1, 3);
  make({{"__name__", "ALERTS"}, {"alertname", "Down"}}, 1, 4);
  EXPECT_THAT(select({Matcher::any_metric()}), ElementsAre(R"(ALERTS{alertname="Down"} 1=4)", "a 1=1",
                                                           R"(made{kind="x",team="a"} 1=3)", "z 1=2"));
  EXPECT_THAT(select({Matcher::equal("__name__", "z")}), ElementsAre("z 1=2"));
  EXPECT_EQ(detached_, 1);
}

TEST_F(OverlayStoreTest, HidesWhatTheStoreHasOfTheRules) {
  store({{"__name__", "made"}, {"kind", "x"}, {"team", "a"}}, 1, 1);
  store({{"__name__", "made"}, {"kind", "x"}, {"team", "b"}}, 1, 2);
  store({{"__name__", "made"}, {"job", "j"}, {"kind", "x"}, {"team", "a"}}, 1, 3);
  store({{"__name__", "ALERTS"}, {"alertname", "Down"}, {"alertstate", "firing"}}, 1, 4);
  store({{"__name__", "ALERTS"}, {"alertname", "Other"}, {"alertstate", "firing"}}, 1, 5);
  EXPECT_THAT(select({Matcher::any_metric()}),
              ElementsAre(R"(ALERTS{alertname="Other",alertstate="firing"} 1=5)",
                          R"(made{job="j",kind="x",team="a"} 1=3)", R"(made{kind="x",team="b"} 1=2)"));
  EXPECT_THAT(select({Matcher::equal("__name__", "ALERTS"), Matcher::equal("alertname", "Down")}), IsEmpty());
  const std::vector<Matcher> all = {Matcher::any_metric()};
  EXPECT_EQ(overlay_.series(tenant_, {.matchers = all, .range = TimeRange::all()}, Deadline::never())->size(),
            3u);
}

TEST_F(OverlayStoreTest, TheFirstValueAtATimeStays) {
  make({{"__name__", "made"}}, 20, 1);
  make({{"__name__", "made"}}, 10, 2);
  make({{"__name__", "made"}}, 20, 3);
  make({{"__name__", "made"}}, 10, 2);
  make({{"__name__", "made"}}, 10, stale_marker());
  EXPECT_EQ(made_.conflicts(), 1u);
  EXPECT_EQ(made_.sample_count(), 2u);
  EXPECT_THAT(select({Matcher::equal("__name__", "made")}), ElementsAre("made 10=2 20=1"));
  EXPECT_THAT(select({Matcher::equal("__name__", "made")}, {11, 20}), ElementsAre("made 20=1"));
  EXPECT_THAT(select({Matcher::equal("__name__", "made")}, {21, 30}), IsEmpty());
}

TEST_F(OverlayStoreTest, HistogramsAndNumbersMix) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "made"}}).view().bytes());
  Histogram histogram;
  histogram.sum = 7;
  batch.add_histogram(20, histogram);
  ASSERT_TRUE(made_.write(batch).ok());
  make({{"__name__", "made"}}, 10, 1);
  make({{"__name__", "made"}}, 30, 2);
  const std::vector<Matcher> matchers = {Matcher::equal("__name__", "made")};
  auto set = overlay_.select(tenant_, {.matchers = matchers, .range = TimeRange::all()}, Deadline::never());
  ASSERT_TRUE(set.ok() && (*set)->next().value());
  SampleColumns samples;
  ASSERT_TRUE((*set)->read(samples).ok());
  EXPECT_THAT(samples.values, ElementsAre(1, 7, 2));
  EXPECT_EQ(samples.histogram(0), nullptr);
  ASSERT_NE(samples.histogram(1), nullptr);
  EXPECT_EQ(samples.histogram(2), nullptr);
}

TEST_F(OverlayStoreTest, RefusesMoreThanItsLimits) {
  make({{"__name__", "made"}, {"i", "1"}}, 1, 1);
  make({{"__name__", "made"}, {"i", "2"}}, 1, 1);
  const std::vector<Matcher> matchers = {Matcher::equal("__name__", "made")};
  const auto set = overlay_.select(
      tenant_, {.matchers = matchers, .range = TimeRange::all(), .series_max = 1}, Deadline::never());
  EXPECT_EQ(set.error().code, Code::kResourceExhausted);
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "made"}}).view().bytes());
  for (int i = 0; i < 99; ++i) batch.add_sample(i, i);
  EXPECT_THAT(made_.write(batch).error().message, testing::HasSubstr("bytes, limit 2000"));
}

TEST_F(OverlayStoreTest, ChangesNothing) {
  EXPECT_EQ(overlay_.acquire(PartitionId(0), Deadline::never()).error().code, Code::kUnsupported);
  EXPECT_EQ(overlay_.erase(tenant_, {}, TimeRange::all(), Deadline::never()).error().code,
            Code::kUnsupported);
}

}  // namespace
}  // namespace weir::rules::backtest
