#include "query/range_histograms.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "store/memory/memory_store.h"

namespace weir::query {
namespace {

class HistogramSliderTest : public testing::Test {
 protected:
  // Of one window (0, end_ms].
  Point run(const RangeKernel& kernel, const SampleColumns& samples, TimestampMs end_ms) {
    const Steps steps{end_ms, 1, 1};
    const Windows windows{steps, end_ms};
    const ScalarParams params;
    Evaluation evaluation(store_, {context_, options_, "m", end_ms, end_ms}, clock_);
    Notes notes(evaluation, about_, "m");
    Series out{Labels(), Column(1, absent())};
    EXPECT_TRUE(
        HistogramSlider({kernel, windows, steps, params}).run(samples, evaluation.budget(), notes, out).ok());
    infos_ = evaluation.infos();
    return out.point(0);
  }

  static HistogramPtr histogram(double count) {
    Histogram histogram;
    histogram.count = count;
    return std::make_shared<const Histogram>(histogram);
  }

  store::MemoryStore store_;
  os::sim::ManualClock clock_;
  const Limits limits_;
  const QueryContext context_{TenantId::from_stored(1), limits_, Deadline::never()};
  const EngineOptions options_;
  const Expr about_{{0, 1}, NumberLiteral()};
  std::vector<std::string> infos_;
};

TEST_F(HistogramSliderTest, CountsDoublesThatTheStoreLeftOut) {
  SampleColumns samples;
  samples.push_back(1'000, 30);  // the sum of six
  samples.left_out = {5};
  samples.push_back(9'000, histogram(1));
  samples.align_left_out();
  RangeKernel kernel{avg_over_time, false, false, std::nullopt, histograms_avg};
  EXPECT_EQ(run(kernel, samples, 8'000).value, 5);
  kernel = {count_over_time, false, false, std::nullopt, histograms_count};
  EXPECT_EQ(run(kernel, samples, 8'000).value, 6);
  EXPECT_EQ(run(kernel, samples, 9'000).value, 7);
}

TEST_F(HistogramSliderTest, KernelsOfDoublesDoNotSeeHistograms) {
  SampleColumns samples;
  samples.push_back(1'000, 3);
  samples.push_back(2'000, histogram(1));
  samples.push_back(3'000, 1);
  samples.align_histograms();
  const RangeKernel kernel{max_over_time};
  EXPECT_EQ(run(kernel, samples, 3'000).value, 3);
  EXPECT_EQ(infos_.size(), 1u);
  SampleColumns alone;
  alone.push_back(1'000, histogram(1));
  EXPECT_TRUE(is_absent(run(kernel, alone, 3'000).value));
  EXPECT_TRUE(infos_.empty());
}

TEST_F(HistogramSliderTest, ResetsOfDoublesAreThoseInTheWindow) {
  SampleColumns samples;
  for (const double value : {5.0, 1.0, 2.0, 1.0})
    samples.push_back(1'000 + 1'000 * static_cast<int64_t>(samples.size()), value);
  samples.push_back(9'000, histogram(1));
  const RangeKernel kernel{increase, false, true, std::nullopt, histograms_increase};
  // 1 + 1 + 1 over 3 s, and 0.5 s more at the end; at the beginning 1 s of 5/3 s is as near as can be.
  EXPECT_NEAR(run(kernel, samples, 4'500).value, 3 * (3 + 1 + 0.5) / 3, 1e-12);
}

}  // namespace
}  // namespace weir::query
