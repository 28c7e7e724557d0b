#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Registry, WritesFamiliesSortedWithHelpAndType) {
  Registry registry;
  registry.gauge("weir_b", "Second.").set(2.5);
  registry.counter("weir_a_total", "First.", {{"kind", "x"}}).add(3);
  EXPECT_EQ(registry.to_text(),
            "# HELP weir_a_total First.\n# TYPE weir_a_total counter\nweir_a_total{kind=\"x\"} 3\n"
            "# HELP weir_b Second.\n# TYPE weir_b gauge\nweir_b 2.5\n");
}

TEST(Registry, GivesTheSameMetricForTheSameLabels) {
  Registry registry;
  Counter& first = registry.counter("weir_a_total", "A.", {{"k", "1"}});
  EXPECT_EQ(&first, &registry.counter("weir_a_total", "A.", {{"k", "1"}}));
  EXPECT_NE(&first, &registry.counter("weir_a_total", "A.", {{"k", "2"}}));
}

TEST(Registry, EscapesLabelValuesAndHelp) {
  Registry registry;
  registry.counter("weir_a_total", "Line\nbreak \\.", {{"k", "a\"b\\c\nd"}}).add();
  EXPECT_THAT(registry.to_text(), HasSubstr("# HELP weir_a_total Line\\nbreak \\\\.\n"));
  EXPECT_THAT(registry.to_text(), HasSubstr("weir_a_total{k=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Registry, ForgetsAnObserverWithItsHandle) {
  Registry registry;
  auto handle = registry.observe_gauge("weir_depth", "Depth.", {}, [] { return 7.0; });
  EXPECT_THAT(registry.to_text(), HasSubstr("weir_depth 7\n"));
  handle.reset();
  EXPECT_THAT(registry.to_text(), Not(HasSubstr("weir_depth")));
}

TEST(Histogram, PutsAValueOnABoundIntoThatBucket) {
  Histogram histogram({1, 2});
  histogram.observe(1);
  histogram.observe(1.5);
  histogram.observe(99);
  EXPECT_EQ(histogram.cumulative(), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_DOUBLE_EQ(histogram.sum(), 101.5);
}

TEST(Histogram, IsWrittenWithBucketsSumAndCount) {
  Registry registry;
  registry.histogram("weir_h", "H.", {0.5}, {{"route", "/x"}}).observe(0.25);
  EXPECT_THAT(registry.to_text(), HasSubstr("weir_h_bucket{route=\"/x\",le=\"0.5\"} 1\n"
                                            "weir_h_bucket{route=\"/x\",le=\"+Inf\"} 1\n"
                                            "weir_h_sum{route=\"/x\"} 0.25\nweir_h_count{route=\"/x\"} 1\n"));
}

TEST(RegistryDeathTest, RefusesOneNameWithTwoKinds) {
  Registry registry;
  registry.counter("weir_a_total", "A.");
  EXPECT_DEATH(registry.gauge("weir_a_total", "A."), "one kind");
}

}  // namespace
}  // namespace weir::telemetry
