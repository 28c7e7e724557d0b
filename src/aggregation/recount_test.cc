#include "aggregation/recount.h"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "aggregation/definition_reader.h"
#include "os/random.h"
#include "store/memory/memory_store.h"

namespace weir::aggregation {
namespace {

constexpr TimestampMs kStart = 1'700'000'000'000;
constexpr TenantId kTenant = TenantId::from_stored(1);

Definition definition(const std::string& text) {
  const DefinitionFile file = parse_definition(text);
  EXPECT_TRUE(file.problems.empty()) << (file.problems.empty() ? "" : file.problems.front().message);
  return file.definitions.front();
}

/// Outputs by series and time.
using Outputs = std::map<std::pair<std::string, TimestampMs>, double>;
Outputs by_series(const std::vector<OutputSample>& samples) {
  Outputs out;
  for (const OutputSample& one : samples) {
    EXPECT_TRUE(out.emplace(std::pair(one.labels.view().to_string(), one.at_ms), one.value).second);
  }
  return out;
}

class RecountTest : public testing::Test {
 protected:
  void add(const Labels& labels, TimestampMs at_ms, double value) {
    store_.append(kTenant, labels, kStart + at_ms, value);
    samples_.push_back({labels, kStart + at_ms, value});
  }
  Outputs windows(const Definition& of, TimestampMs from_ms, TimestampMs to_ms) {
    Recount recount(of, store_, kTenant);
    return by_series(recount.windows(kStart + from_ms, kStart + to_ms, Deadline::never()).value());
  }
  static TimestampMs at(TimestampMs ms) { return kStart + ms; }

  struct Stored {
    Labels labels;
    TimestampMs at_ms;
    double value;
  };
  store::MemoryStore store_;
  std::vector<Stored> samples_;
};

TEST_F(RecountTest, WindowsAreOpenOnTheLeftAndClosedOnTheRight) {
  const Labels m = Labels::of({{"__name__", "m"}});
  for (const TimestampMs ms : {0, 1, 10'000, 10'001, 20'000}) add(m, ms, 1);
  const Definition of = definition("{name: a, match: m, window: 10s, outputs: [count]}");
  EXPECT_EQ(windows(of, 0, 20'000),
            (Outputs{{{"m:10s_count", at(10'000)}, 2}, {{"m:10s_count", at(20'000)}, 2}}));
  EXPECT_EQ(windows(of, 0, 19'999), (Outputs{{{"m:10s_count", at(10'000)}, 2}}));
  EXPECT_EQ(windows(of, 10'000, 20'000), (Outputs{{{"m:10s_count", at(20'000)}, 2}}));
}

TEST_F(RecountTest, GroupsByLabelsAndByMetricWhereTheTemplateSaysSo) {
  add(Labels::of({{"__name__", "m"}, {"a", "1"}, {"b", "1"}}), 1, 1);
  add(Labels::of({{"__name__", "m"}, {"a", "1"}, {"b", "2"}}), 1, 2);
  add(Labels::of({{"__name__", "m"}, {"b", "2"}}), 1, 4);
  add(Labels::of({{"__name__", "n"}, {"a", "1"}}), 1, 8);
  const std::string head = "{name: x, match: '{__name__=~\"m|n\"}', window: 10s, outputs: [sum], ";
  EXPECT_EQ(windows(definition(head + "by: [a]}"), 0, 10'000),
            (Outputs{{{"m:10s_sum{a=\"1\"}", at(10'000)}, 3},
                     {{"m:10s_sum", at(10'000)}, 4},
                     {{"n:10s_sum{a=\"1\"}", at(10'000)}, 8}}));
  EXPECT_EQ(windows(definition(head + "without: [b], metric: 'all:{output}'}"), 0, 10'000),
            (Outputs{{{"all:sum{a=\"1\"}", at(10'000)}, 11}, {{"all:sum", at(10'000)}, 4}}));
  EXPECT_EQ(windows(definition(head + "metric: 'all:{output}', labels: {team: web}}"), 0, 10'000),
            (Outputs{{{"all:sum{team=\"web\"}", at(10'000)}, 15}}));
}

TEST_F(RecountTest, NoOutputIsAmongItsInput) {
  add(Labels::of({{"__name__", "m"}, {"job", "a"}}), 1, 1);
  add(Labels::of({{"__name__", "m:10s_sum"}, {"job", "a"}}), 1, 100);
  add(Labels::of({{"__name__", "m:10s_quantile"}, {"job", "a"}}), 1, 100);
  const Definition of =
      definition("{name: x, match: '{job=\"a\"}', window: 10s, outputs: [sum, quantile(0.5)]}");
  const Outputs out = windows(of, 0, 10'000);
  EXPECT_EQ(out.size(), 2u);
  EXPECT_EQ(out.at({"m:10s_sum", at(10'000)}), 1);
}

TEST_F(RecountTest, LongNamesAreNoObstacle) {
  const std::string metric(400, 'm');
  add(Labels::of({{"__name__", metric}}), 1, 1);
  std::string outputs;
  for (int i = 0; i < 40; ++i) outputs += fmt::format("distinct(label_of_some_length_{}), ", i);
  const Definition of =
      definition(fmt::format("{{name: x, match: {}, window: 10s, outputs: [{}count]}}", metric, outputs));
  Recount recount(of, store_, kTenant);
  EXPECT_EQ(recount.windows(kStart, kStart + 10'000, Deadline::never())->size(), 41u);
  const Labels group = recount.grouping().group_of(samples_[0].labels);
  const auto selectors = recount.grouping().outputs_of(group);
  for (const Output& output : of.outputs) {
    const Labels labels = recount.grouping().output_labels(group, output);
    EXPECT_TRUE(std::ranges::any_of(selectors, [&](const auto& one) { return all_match(one, labels); }));
    EXPECT_TRUE(recount.grouping().is_output(labels));
  }
  EXPECT_FALSE(recount.grouping().is_output(samples_[0].labels));
}

TEST_F(RecountTest, ASeriesThatTwoSelectorsAcceptCountsOnce) {
  add(Labels::of({{"__name__", "m"}, {"a", "1"}}), 1, 1);
  add(Labels::of({{"__name__", "m"}, {"a", "2"}}), 1, 2);
  add(Labels::of({{"__name__", "m"}, {"a", "3"}}), 1, 4);
  const Definition of =
      definition("{name: x, match: ['m{a=~\"1|2\"}', 'm{a=~\"2|3\"}'], window: 10s, outputs: [sum]}");
  EXPECT_EQ(windows(of, 0, 10'000), (Outputs{{{"m:10s_sum", at(10'000)}, 7}}));
}

TEST_F(RecountTest, IncreaseCountsFromTheSampleBeforeTheWindow) {
  const Labels m = Labels::of({{"__name__", "m"}});
  add(m, 5'000, 10);
  add(m, 15'000, 12);
  add(m, 18'000, 3);  // a reset
  add(m, 400'000, 7);
  const Definition of = definition("{name: x, match: m, window: 10s, outputs: [increase]}");
  EXPECT_EQ(windows(of, 0, 400'000), (Outputs{{{"m:10s_increase", at(10'000)}, 0},
                                              {{"m:10s_increase", at(20'000)}, 5},
                                              {{"m:10s_increase", at(400'000)}, 0}}))
      << "the last one has been away for more than five minutes";
}

TEST_F(RecountTest, StaleMarkersAreNoSamples) {
  const Labels m = Labels::of({{"__name__", "m"}});
  add(m, 1'000, 1);
  add(m, 2'000, stale_marker());
  add(m, 12'000, stale_marker());
  const Definition of = definition("{name: x, match: m, window: 10s, outputs: [count]}");
  EXPECT_EQ(windows(of, 0, 20'000), (Outputs{{{"m:10s_count", at(10'000)}, 1}}));
}

TEST_F(RecountTest, SessionsEndWithAGapOrTheirSpan) {
  const Labels m = Labels::of({{"__name__", "m"}});
  // The span ends at 40 s: kStart is 20 s after the begin of a minute.
  for (const TimestampMs ms : {1'000, 4'000, 20'000, 38'000, 40'000, 40'001}) add(m, ms, 1);
  const Definition of = definition(
      "{name: x, match: m, window: {type: session, gap: 5s, max: 1m}, outputs: [count], metric: s}");
  EXPECT_EQ(
      windows(of, 0, 60'000),
      (Outputs{
          {{"s", at(4'000)}, 2}, {{"s", at(20'000)}, 1}, {{"s", at(40'000)}, 2}, {{"s", at(40'001)}, 1}}));
  EXPECT_EQ(windows(of, 0, 24'999), (Outputs{{{"s", at(4'000)}, 2}})) << "the second one may go on";
  EXPECT_EQ(windows(of, 9'000, 40'000), (Outputs{{{"s", at(20'000)}, 1}, {{"s", at(40'000)}, 2}}));
}

TEST_F(RecountTest, MoreGroupsThanAllowedFail) {
  for (int i = 0; i < 3; ++i) add(Labels::of({{"__name__", "m"}, {"a", std::to_string(i)}}), 1, 1);
  for (const char* window : {"10s", "{type: session, gap: 5s}"}) {
    const Definition of = definition(fmt::format(
        "{{name: x, match: m, by: [a], window: {}, outputs: [sum], metric: s, groups_max: 2}}", window));
    Recount recount(of, store_, kTenant);
    const auto out = recount.windows(kStart, kStart + 60'000, Deadline::never());
    ASSERT_FALSE(out.ok());
    EXPECT_EQ(out.error().code, Code::kResourceExhausted);
  }
}

/// Windows of random samples against the plainest way to count them.
TEST_F(RecountTest, AgreesWithANaiveCount) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  for (int i = 0; i < 2'000; ++i) {
    const std::string a = std::to_string(random.below(4));
    const Labels labels = Labels::of({{"__name__", "m"}, {"a", a}, {"b", std::to_string(random.below(3))}});
    const auto ms = static_cast<TimestampMs>(random.below(300'000));
    const bool known = std::ranges::any_of(
        samples_, [&](const Stored& one) { return one.labels == labels && one.at_ms == kStart + ms; });
    if (!known) add(labels, ms, static_cast<double>(random.below(1'000)) - 500);
  }
  for (const int64_t hop_s : {10, 20, 40}) {
    const Definition of = definition(
        fmt::format("{{name: x, match: m, by: [a], window: {{type: hopping, size: 40s, hop: {}s}}, "
                    "outputs: [count, sum, min, max, first, last, series], metric: '{{output}}'}}",
                    hop_s));
    Outputs expected;
    for (TimestampMs end = kStart + 40'000; end <= kStart + 280'000; end += hop_s * 1'000) {
      std::map<std::string, std::vector<const Stored*>> groups;
      for (const Stored& one : samples_) {
        if (one.at_ms > end - 40'000 && one.at_ms <= end)
          groups[std::string(one.labels.view().get("a"))].push_back(&one);
      }
      for (auto& [a, all] : groups) {
        std::ranges::sort(all, [](const Stored* x, const Stored* y) {
          return x->at_ms != y->at_ms ? x->at_ms < y->at_ms : x->labels < y->labels;
        });
        double sum = 0, least = all.front()->value, most = least;
        std::set<Labels> series;
        for (const Stored* one : all) {
          sum += one->value;
          least = std::min(least, one->value);
          most = std::max(most, one->value);
          series.insert(one->labels);
        }
        const auto set = [&](const char* name, double value) {
          expected[{fmt::format("{}{{a=\"{}\"}}", name, a), end}] = value;
        };
        set("count", static_cast<double>(all.size()));
        set("sum", sum);
        set("min", least);
        set("max", most);
        set("first", all.front()->value);
        set("last", all.back()->value);
        set("series", static_cast<double>(series.size()));
      }
    }
    EXPECT_EQ(windows(of, 39'999, 280'000), expected) << "in one go";
    Recount recount(of, store_, kTenant);
    std::vector<OutputSample> parts;
    for (TimestampMs from = 39'999; from < 280'000; from += 9'000) {
      const TimestampMs to = std::min<TimestampMs>(from + 9'000, 280'000);
      for (OutputSample& one : recount.windows(kStart + from, kStart + to, Deadline::never()).value())
        parts.push_back(std::move(one));
    }
    EXPECT_EQ(by_series(parts), expected) << "bit by bit, with panes that are kept";
    for (const Stored& late : {samples_[0], samples_[1]}) {
      const TimestampMs place = place_of(of.window, late.at_ms);
      const auto touched = recount.touched(recount.grouping().group_of(late.labels), place,
                                           {kStart + 39'999, kStart + 280'000}, Deadline::never());
      for (const auto& [key, value] : by_series(touched->outputs)) EXPECT_EQ(expected.at(key), value);
    }
  }
}

}  // namespace
}  // namespace weir::aggregation
