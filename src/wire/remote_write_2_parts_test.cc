#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/histograms.h"
#include "wire/record_codec_test.h"
#include "wire/remote_write_2_body_test.h"

// Histograms and exemplars of remote write 2.0.
namespace weir::wire {
namespace {

using namespace remote_write_tests;
using record_tests::text;
using ::testing::HasSubstr;

constexpr std::string_view kOne = "3ff0000000000000";  // 1.0

uint64_t count(const Result<RemoteWriteExtras>& extras, ExemplarFault fault) {
  return extras->invalid_exemplars[static_cast<size_t>(fault)];
}

TEST(RemoteWrite2Parts, HistogramsComeBesideSamples) {
  tests::GrowingHistogram growing(7);
  const Histogram histogram = growing.next();
  Batch expected;
  expected.begin_series(Labels::of({{"__name__", "h"}}).view().bytes());
  expected.add_sample(1, 1);
  expected.add_histogram(2, histogram);
  Batch batch;
  const auto extras =
      Request2().series({{"__name__", "h"}}).histogram(2, histogram, 1).sample(1, 1).read(batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(text(batch), text(expected));
}

TEST(RemoteWrite2Parts, AnInvalidHistogramIsLeftOutAloneAndToldOf) {
  Histogram bad;
  bad.layout.positive_spans = {{0, 2}};  // and no buckets
  Batch batch;
  const auto extras = Request2()
                          .series({{"__name__", "good"}})
                          .sample(1, 1)
                          .series({{"__name__", "latency"}})
                          .histogram(1, bad)
                          .histogram(2, Histogram())
                          .read(batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(extras->invalid_histograms, 1u);
  ASSERT_EQ(extras->invalid.size(), 1u);
  EXPECT_EQ(extras->invalid[0].series_index, 1u);
  EXPECT_THAT(extras->invalid[0].message, HasSubstr("latency: "));
  EXPECT_EQ(batch.histogram_count(), 1u);
}

TEST(RemoteWrite2Parts, ExemplarsComeWithAndWithoutSamples) {
  Batch batch;
  const auto extras = Request2()
                          .series({{"__name__", "up"}})
                          .exemplar({{"trace_id", "a"}, {"empty", ""}, {"span_id", "b"}}, 1, 999)
                          .sample(5, 1)
                          .exemplar(Pairs(), 1, -1)
                          .series({{"__name__", "up"}})
                          .raw(4, "")
                          .read(batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(extras->invalid_exemplars, ExemplarFaults{});
  EXPECT_EQ(text(batch), fmt::format("up {0}@5 exemplar({{span_id=\"b\",trace_id=\"a\"}} {0}@999) "
                                     "exemplar({{}} {0}@-1)\nup exemplar({{}} 0@0)\n",
                                     kOne));
}

TEST(RemoteWrite2Parts, AnInvalidExemplarIsLeftOutAlone) {
  Request2 request;
  request.series({{"__name__", "up"}}).sample(1, 1);
  request.raw_exemplar({request.ref(""), request.ref("v")}, 1, 1);
  request.exemplar({{"id", "1"}, {"id", "2"}}, 1, 2);
  request.exemplar({{"id", "\xff"}}, 1, 3).exemplar({{"\xff", "1"}}, 1, 4);
  request.exemplar({{"id", std::string(127, 'v')}}, 1, 5).exemplar({{"id", std::string(9'000, 'v')}}, 1, 6);
  request.exemplar({{"id", std::string(126, 'v')}}, 1, 7);
  Batch batch;
  const auto extras = request.read(batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(count(extras, ExemplarFault::kEmptyLabelName), 1u);
  EXPECT_EQ(count(extras, ExemplarFault::kRepeatedLabelName), 1u);
  EXPECT_EQ(count(extras, ExemplarFault::kNotUtf8), 2u);
  EXPECT_EQ(count(extras, ExemplarFault::kLabelsTooLong), 2u);
  ASSERT_EQ(batch.exemplar_count(), 1u);
  EXPECT_EQ(batch.exemplar(batch.series()[0], 0).timestamp_ms, 7);
  EXPECT_EQ(batch.sample_count(), 1u);
}

}  // namespace
}  // namespace weir::wire
