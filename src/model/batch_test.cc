#include "model/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/batch_slice.h"

namespace weir {
namespace {

using ::testing::ElementsAre;

const Labels kUp = Labels::of({{"__name__", "up"}});
const Labels kDown = Labels::of({{"__name__", "down"}, {"job", "api"}});

Batch two_series() {
  Batch batch;
  batch.begin_series(kUp.view().bytes());
  batch.add_sample(10, 1.5);
  batch.add_sample(20, 2.5);
  batch.begin_series(kDown.view().bytes());
  batch.add_sample(5, stale_marker());
  return batch;
}

TEST(Batch, KeepsSeriesInOrderWithTheirSamples) {
  const Batch batch = two_series();
  ASSERT_EQ(batch.series_count(), 2u);
  EXPECT_EQ(batch.sample_count(), 3u);
  EXPECT_EQ(batch.labels(batch.series()[0]), kUp.view());
  EXPECT_EQ(batch.labels(batch.series()[1]), kDown.view());
  EXPECT_THAT(batch.timestamps_ms(batch.series()[0]), ElementsAre(10, 20));
  EXPECT_THAT(batch.values(batch.series()[0]), ElementsAre(1.5, 2.5));
  EXPECT_THAT(batch.timestamps_ms(batch.series()[1]), ElementsAre(5));
  EXPECT_TRUE(is_stale(batch.values(batch.series()[1])[0]));
}

TEST(Batch, HoldsSeriesWithoutSamplesAndWithoutLabels) {
  Batch batch;
  batch.begin_series({});
  batch.begin_series(kUp.view().bytes());
  EXPECT_FALSE(batch.empty());
  EXPECT_EQ(batch.sample_count(), 0u);
  EXPECT_TRUE(batch.labels(batch.series()[0]).empty());
  EXPECT_TRUE(batch.values(batch.series()[1]).empty());
}

TEST(Batch, ClearsForReuse) {
  Batch batch = two_series();
  EXPECT_GT(batch.size_bytes(), 0u);
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.size_bytes(), 0u);
  batch.begin_series(kDown.view().bytes());
  batch.add_sample(1, 1);
  EXPECT_EQ(batch.labels(batch.series()[0]), kDown.view());
  EXPECT_THAT(batch.timestamps_ms(batch.series()[0]), ElementsAre(1));
}

TEST(Batch, RewindsToAMark) {
  Batch batch = two_series();
  const size_t bytes = batch.size_bytes();
  const Batch::Mark mark = batch.mark();
  batch.begin_series(kUp.view().bytes());
  batch.add_sample(30, 3);
  batch.rewind(mark);
  EXPECT_EQ(batch.size_bytes(), bytes);
  EXPECT_THAT(batch.values(batch.series()[0]), ElementsAre(1.5, 2.5));
  batch.begin_series(kDown.view().bytes());
  batch.add_sample(40, 4);
  EXPECT_EQ(batch.labels(batch.series()[2]), kDown.view());
  EXPECT_THAT(batch.timestamps_ms(batch.series()[2]), ElementsAre(40));
}

Histogram with_buckets(std::vector<double> counts) {
  Histogram histogram;
  histogram.layout.positive_spans = {{0, static_cast<uint32_t>(counts.size())}};
  for (const double count : counts) histogram.count += count;
  histogram.positive_buckets = std::move(counts);
  return histogram;
}

TEST(Batch, KeepsHistogramsBesideSamples) {
  Batch batch = two_series();
  const size_t bytes = batch.size_bytes();
  EXPECT_TRUE(batch.histograms(batch.series()[0]).empty());
  batch.add_histogram(7, with_buckets({1, 2}));
  batch.begin_series(kUp.view().bytes());
  batch.add_histogram(9, with_buckets({3}));
  batch.add_histogram(8, with_buckets({}));
  EXPECT_EQ(batch.sample_count(), 6u);
  EXPECT_EQ(batch.histogram_count(), 3u);
  EXPECT_THAT(batch.timestamps_ms(batch.series()[1]), ElementsAre(5));
  EXPECT_THAT(batch.histogram_times_ms(batch.series()[1]), ElementsAre(7));
  EXPECT_THAT(batch.histograms(batch.series()[1]), ElementsAre(with_buckets({1, 2})));
  EXPECT_THAT(batch.histogram_times_ms(batch.series()[2]), ElementsAre(9, 8));
  EXPECT_THAT(batch.histograms(batch.series()[2]), ElementsAre(with_buckets({3}), with_buckets({})));
  EXPECT_TRUE(batch.values(batch.series()[2]).empty());
  EXPECT_GE(batch.size_bytes(), bytes + 3 * (sizeof(TimestampMs) + sizeof(Histogram)) + 3 * sizeof(double));
  EXPECT_GE(batch.capacity_bytes(), batch.size_bytes());
}

TEST(Batch, RewindsAndClearsHistograms) {
  Batch batch = two_series();
  batch.add_histogram(7, with_buckets({1, 2}));
  const size_t bytes = batch.size_bytes();
  const Batch::Mark mark = batch.mark();
  batch.begin_series(kUp.view().bytes());
  batch.add_histogram(9, with_buckets({3, 4, 5}));
  batch.rewind(mark);
  EXPECT_EQ(batch.size_bytes(), bytes);
  EXPECT_EQ(batch.histogram_count(), 1u);
  EXPECT_THAT(batch.histograms(batch.series()[1]), ElementsAre(with_buckets({1, 2})));
  batch.clear();
  EXPECT_EQ(batch.size_bytes(), 0u);
  EXPECT_EQ(batch.sample_count(), 0u);
  batch.begin_series(kUp.view().bytes());
  batch.add_histogram(1, with_buckets({6}));
  EXPECT_THAT(batch.histograms(batch.series()[0]), ElementsAre(with_buckets({6})));
}

TEST(Batch, KeepsExemplarsBesideSamples) {
  const Labels trace = Labels::of({{"trace_id", "4bf92f"}});
  Batch batch = two_series();
  const size_t bytes = batch.size_bytes();
  batch.add_exemplar({trace, 0.25, 7});
  batch.begin_series(kUp.view().bytes());
  batch.add_exemplar({LabelsView(), 2, 9});
  batch.add_exemplar({trace, 3, 8});
  EXPECT_EQ(batch.sample_count(), 3u) << "exemplars are no samples";
  EXPECT_EQ(batch.exemplar_count(), 3u);
  EXPECT_EQ(batch.series()[0].exemplar_count, 0u);
  EXPECT_EQ(batch.series()[1].exemplar_count, 1u);
  EXPECT_EQ(batch.exemplar(batch.series()[1], 0), (Exemplar{trace, 0.25, 7}));
  EXPECT_EQ(batch.exemplar(batch.series()[2], 0), (Exemplar{LabelsView(), 2, 9}));
  EXPECT_EQ(batch.exemplar(batch.series()[2], 1), (Exemplar{trace, 3, 8}));
  EXPECT_EQ(batch.size_bytes(), bytes + sizeof(Batch::Series) + kUp.view().bytes().size() +
                                    2 * ExemplarColumns::bytes_of(trace.view().bytes().size()) +
                                    ExemplarColumns::bytes_of(0));
  EXPECT_GE(batch.capacity_bytes(), batch.size_bytes());
}

TEST(Batch, RewindsClearsAndCopiesExemplars) {
  const Labels trace = Labels::of({{"trace_id", "4bf92f"}});
  Batch batch = two_series();
  batch.add_exemplar({trace, 1, 7});
  const size_t bytes = batch.size_bytes();
  const Batch::Mark mark = batch.mark();
  batch.begin_series(kUp.view().bytes());
  batch.add_exemplar({trace, 2, 8});
  batch.rewind(mark);
  EXPECT_EQ(batch.size_bytes(), bytes);
  EXPECT_EQ(batch.exemplar_count(), 1u);

  Batch copy;
  append_slice(whole_slice(TenantId::from_stored(1), std::make_shared<const Batch>(batch)), copy);
  EXPECT_EQ(copy.size_bytes(), bytes);
  EXPECT_EQ(copy.exemplar(copy.series()[1], 0), (Exemplar{trace, 1, 7}));

  batch.clear();
  EXPECT_EQ(batch.size_bytes(), 0u);
  batch.begin_series(kUp.view().bytes());
  batch.add_exemplar({trace, 3, 1});
  EXPECT_EQ(batch.exemplar(batch.series()[0], 0), (Exemplar{trace, 3, 1}));
}

}  // namespace
}  // namespace weir
