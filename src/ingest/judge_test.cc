#include "ingest/judge.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr TimestampMs kNow = 1'700'000'000'000;

void add(Batch& batch, const Labels& labels, std::initializer_list<TimestampMs> times = {kNow}) {
  batch.begin_series(labels.view().bytes());
  for (const TimestampMs time : times) batch.add_sample(time, 1);
}

uint64_t rejected(const Judgement& judgement, Reason reason) {
  return judgement.rejected_samples[static_cast<size_t>(reason)];
}

// Judges one series twice: as it is, with the limit at it, and with the limit one below.
void expect_limit(const Labels& labels, uint32_t Limits::*limit, uint32_t value, Reason reason) {
  Batch batch;
  add(batch, labels, {kNow, kNow + 1});
  Limits limits;
  limits.*limit = value;
  EXPECT_THAT(judge(batch, limits, kNow).whole, ElementsAre(0)) << reason_code(reason);
  limits.*limit = value - 1;
  const Judgement judgement = judge(batch, limits, kNow);
  EXPECT_THAT(judgement.whole, IsEmpty()) << reason_code(reason);
  EXPECT_EQ(judgement.good_samples, 0u);
  EXPECT_EQ(rejected(judgement, reason), 2u);
  ASSERT_THAT(judgement.rejections, SizeIs(1));
  EXPECT_EQ(judgement.rejections[0].reason, reason_code(reason));
  EXPECT_EQ(judgement.rejections[0].limit, value - 1);
  EXPECT_EQ(judgement.rejections[0].samples, 2u);
  EXPECT_THAT(judgement.rejections[0].message, HasSubstr("limit " + std::to_string(value - 1)));
}

std::string random_text(os::Random& random, char letter) {
  return std::string(1 + random.below(20), letter);
}

// What find_breach would find if it looked at every label.
bool is_within(LabelsView labels, const Limits& limits) {
  uint64_t bytes = 0;
  for (const Label& label : labels) {
    bytes += label.name.size() + label.value.size();
    if (label.name.size() > limits.label_name_bytes_max || label.value.size() > limits.label_value_bytes_max)
      return false;
  }
  return !labels.metric().empty() && labels.count() <= limits.labels_per_series_max &&
         bytes <= limits.series_bytes_max;
}

// Series that are surely good are not walked over, which must make no difference.
TEST(Judge, JudgesShortSeriesAsItJudgesLongOnes) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::string> texts;
    if (random.below(8) > 0) texts = {"__name__", random_text(random, 'm')};
    for (char letter = 'a'; random.below(4) > 0 && letter < 'h'; ++letter) {
      texts.push_back(
          random_text(random, random.below(4) == 0 ? static_cast<char>(letter - 'a' + 'A') : letter));
      texts.push_back(random_text(random, 'v'));
    }
    std::vector<Label> pairs;
    for (size_t i = 0; i < texts.size(); i += 2) pairs.push_back({texts[i], texts[i + 1]});
    const Labels labels = Labels::from(pairs).value();
    Limits limits;
    limits.labels_per_series_max = static_cast<uint32_t>(random.below(40));
    limits.label_name_bytes_max = static_cast<uint32_t>(random.below(200));
    limits.label_value_bytes_max = static_cast<uint32_t>(random.below(200));
    limits.series_bytes_max = static_cast<uint32_t>(random.below(200));
    Batch batch;
    add(batch, labels);
    EXPECT_EQ(judge(batch, limits, kNow).good_samples, is_within(labels, limits) ? 1u : 0u)
        << labels.view().to_string();
  }
}

TEST(Judge, HoldsSeriesToEveryLimit) {
  const Labels labels = Labels::of({{"__name__", "up"}, {"job", "checkout"}, {"instance_address", "a"}});
  expect_limit(labels, &Limits::labels_per_series_max, 3, Reason::kLabelsPerSeries);
  expect_limit(labels, &Limits::label_name_bytes_max, 16, Reason::kLabelNameBytes);
  expect_limit(labels, &Limits::label_value_bytes_max, 8, Reason::kLabelValueBytes);
  expect_limit(labels, &Limits::series_bytes_max, 8 + 2 + 3 + 8 + 16 + 1, Reason::kSeriesBytes);
}

TEST(Judge, RefusesSeriesWithoutMetricName) {
  Batch batch;
  add(batch, Labels::of({{"job", "api"}}));
  add(batch, Labels());
  const Judgement judgement = judge(batch, Limits(), kNow);
  EXPECT_EQ(rejected(judgement, Reason::kMissingMetricName), 2u);
  ASSERT_THAT(judgement.rejections, SizeIs(2));
  EXPECT_EQ(judgement.rejections[0].reason, "missing_metric_name");
  EXPECT_EQ(judgement.rejections[0].limit, 0u);
  EXPECT_EQ(judgement.rejections[1].series_index, 1u);
}

TEST(Judge, NamesTheFirstBrokenLimitOnly) {
  Batch batch;
  add(batch, Labels::of({{"__name__", "up"}, {"job", std::string(50, 'x')}}));
  Limits limits;
  limits.labels_per_series_max = 1;
  limits.label_value_bytes_max = 1;
  const Judgement judgement = judge(batch, limits, kNow);
  EXPECT_EQ(rejected(judgement, Reason::kLabelsPerSeries), 1u);
  EXPECT_EQ(rejected(judgement, Reason::kLabelValueBytes), 0u);
  EXPECT_THAT(judgement.rejections, SizeIs(1));
}

TEST(Judge, RefusesSamplesOneByOneForTheirTimes) {
  const Limits limits;
  Batch batch;
  add(batch, Labels::of({{"__name__", "up"}}),
      {-1, 0, kNow, kNow + limits.future_ms_max, kNow + limits.future_ms_max + 1,
       std::numeric_limits<TimestampMs>::max(), std::numeric_limits<TimestampMs>::min()});
  const Judgement judgement = judge(batch, limits, kNow);
  EXPECT_EQ(judgement.good_samples, 3u);
  EXPECT_THAT(judgement.whole, IsEmpty());
  ASSERT_THAT(judgement.parts, SizeIs(1));
  EXPECT_EQ(judgement.parts[0].good_samples, 3u);
  EXPECT_EQ(rejected(judgement, Reason::kNegativeTimestamp), 2u);
  EXPECT_EQ(rejected(judgement, Reason::kTooFarInFuture), 1u);
  EXPECT_EQ(rejected(judgement, Reason::kTimestampOutOfRange), 1u);
  ASSERT_THAT(judgement.rejections, SizeIs(3));
  EXPECT_EQ(judgement.rejections[0].reason, "negative_timestamp");
  EXPECT_EQ(judgement.rejections[0].samples, 2u);
  EXPECT_THAT(judgement.rejections[0].message, HasSubstr("-1 ms"));
  EXPECT_EQ(judgement.rejections[1].reason, "too_far_in_future");
  EXPECT_EQ(judgement.rejections[1].limit, 600'000u);
  EXPECT_THAT(judgement.rejections[1].message, HasSubstr("600001 ms ahead of the clock, limit 600000"));
  EXPECT_EQ(judgement.rejections[2].reason, "timestamp_out_of_range");
  EXPECT_TRUE(judgement.is_good_time(0));
  EXPECT_FALSE(judgement.is_good_time(-1));
}

TEST(Judge, FutureLimitThatIsOffDoesNotWrap) {
  Limits limits;
  limits.future_ms_max = std::numeric_limits<int64_t>::max();
  Batch batch;
  add(batch, Labels::of({{"__name__", "up"}}), {kNow * 2, kTimestampMsMax});
  add(batch, Labels::of({{"__name__", "up"}}), {kTimestampMsMax + 1});
  const Judgement judgement = judge(batch, limits, kNow);
  EXPECT_THAT(judgement.whole, ElementsAre(0));
  EXPECT_EQ(rejected(judgement, Reason::kTimestampOutOfRange), 1u);
}

TEST(Judge, DropsExemplarsWithoutRejectingAnything) {
  Batch batch;
  const Limits limits;
  const TimestampMs far = kNow + limits.future_ms_max + 1;
  const Labels up = Labels::of({{"__name__", "up"}});
  add(batch, up);
  batch.add_exemplar({LabelsView(), 1, kNow});
  add(batch, up);
  batch.add_exemplar({LabelsView(), 1, kNow});
  batch.add_exemplar({LabelsView(), 1, -1});
  batch.begin_series(up.view().bytes());  // exemplars alone
  batch.add_exemplar({LabelsView(), 1, kNow});
  batch.begin_series(up.view().bytes());
  batch.add_exemplar({LabelsView(), 1, far});
  batch.begin_series(Labels::of({{"job", "no name"}}).view().bytes());
  batch.add_exemplar({LabelsView(), 1, kNow});
  add(batch, up, {far});
  batch.add_exemplar({LabelsView(), 1, kNow});
  const Judgement judgement = judge(batch, limits, kNow);
  EXPECT_THAT(judgement.whole, ElementsAre(0, 2));
  ASSERT_THAT(judgement.parts, SizeIs(2));
  EXPECT_EQ(judgement.parts[0].series_index, 1u);
  EXPECT_EQ(judgement.parts[0].good_samples, 1u);
  EXPECT_EQ(judgement.parts[1].series_index, 5u);
  EXPECT_EQ(judgement.parts[1].good_samples, 0u);
  EXPECT_EQ(judgement.good_samples, 2u);
  EXPECT_EQ(judgement.good_exemplars, 4u);
  EXPECT_EQ(judgement.dropped_exemplars[static_cast<size_t>(ExemplarFault::kBadTimestamp)], 2u);
  EXPECT_EQ(judgement.dropped_exemplars[static_cast<size_t>(ExemplarFault::kSeriesNotAllowed)], 1u);
  ASSERT_THAT(judgement.rejections, SizeIs(1)) << "the sample in the future alone";
  EXPECT_EQ(judgement.rejections[0].series_index, 5u);
}

TEST(Judge, JudgesHistogramsAsSamples) {
  const Limits limits;
  Batch batch;
  add(batch, Labels::of({{"__name__", "both"}}), {kNow, -1});
  batch.add_histogram(kNow + limits.future_ms_max + 1, {});
  batch.add_histogram(kNow, {});
  batch.begin_series(Labels::of({{"__name__", "good"}}).view().bytes());
  batch.add_histogram(kNow, {});
  batch.begin_series(Labels::of({{"job", "nameless"}}).view().bytes());
  batch.add_histogram(kNow, {});
  const Judgement judgement = judge(batch, limits, kNow);
  EXPECT_THAT(judgement.whole, ElementsAre(1));
  ASSERT_THAT(judgement.parts, SizeIs(1));
  EXPECT_EQ(judgement.parts[0].good_samples, 2u);
  EXPECT_EQ(judgement.good_samples, 3u);
  EXPECT_EQ(judgement.good_histograms, 2u);
  EXPECT_EQ(rejected(judgement, Reason::kNegativeTimestamp), 1u);
  EXPECT_EQ(rejected(judgement, Reason::kTooFarInFuture), 1u);
  EXPECT_EQ(rejected(judgement, Reason::kMissingMetricName), 1u);
}

TEST(Judge, PassesOverSeriesWithoutSamples) {
  Batch batch;
  add(batch, Labels::of({{"__name__", "up"}}), {});
  add(batch, Labels(), {});
  const Judgement judgement = judge(batch, Limits(), kNow);
  EXPECT_THAT(judgement.whole, IsEmpty());
  EXPECT_THAT(judgement.rejections, IsEmpty());
}

TEST(Judge, KeepsTheFirstRejectionsAndCountsAll) {
  Batch batch;
  for (size_t i = 0; i < 3 * kRejectionsKept; ++i) add(batch, Labels::of({{"job", "api"}}), {1, 2});
  const Judgement judgement = judge(batch, Limits(), kNow);
  EXPECT_EQ(rejected(judgement, Reason::kMissingMetricName), 6 * kRejectionsKept);
  ASSERT_THAT(judgement.rejections, SizeIs(kRejectionsKept));
  EXPECT_EQ(judgement.rejections.back().series_index, kRejectionsKept - 1);
}

TEST(Judge, ShortensLongSeriesInMessages) {
  Batch batch;
  std::string value;
  for (int i = 0; i < 10'000; ++i) value += "é";
  add(batch, Labels::of({{"__name__", "up"}, {"v", value}}));
  const Judgement judgement = judge(batch, Limits(), kNow);
  ASSERT_THAT(judgement.rejections, SizeIs(1));
  EXPECT_LT(judgement.rejections[0].message.size(), 400u);
  EXPECT_THAT(judgement.rejections[0].message, HasSubstr("é...: a label value of 20000 bytes"));
}

TEST(Judge, EveryReasonHasItsOwnCode) {
  std::vector<std::string_view> codes;
  for (size_t i = 0; i < kReasonCount; ++i) codes.push_back(reason_code(static_cast<Reason>(i)));
  std::sort(codes.begin(), codes.end());
  EXPECT_EQ(std::unique(codes.begin(), codes.end()), codes.end());
  EXPECT_EQ(reason_code(Reason::kTimestampOutOfRange), "timestamp_out_of_range");
  EXPECT_EQ(reason_code(Reason::kInvalidHistogram), "invalid_histogram");
}

}  // namespace
}  // namespace weir::ingest
