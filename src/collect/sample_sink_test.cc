#include "collect/sample_sink.h"

#include <gtest/gtest.h>

namespace weir::collect {
namespace {

std::vector<std::string> lines_of(const SampleSink& sink) {
  Batch batch;
  sink.append_to(batch, 5'000);
  std::vector<std::string> lines;
  for (const Batch::Series& series : batch.series()) {
    EXPECT_EQ(batch.timestamps_ms(series).size(), 1u);
    EXPECT_EQ(batch.timestamps_ms(series)[0], 5'000);
    EXPECT_TRUE(LabelsView::validate(batch.labels(series).bytes()).ok());
    lines.push_back(batch.labels(series).to_string() + " " + std::to_string(batch.values(series)[0]));
  }
  return lines;
}

TEST(SampleSink, AddsCommonLabelsInOrderAndDropsEmptyOnes) {
  SampleSink sink({{"job", "weir-host"}, {"instance", "here"}});
  sink.begin();
  sink.add("m", {{"zone", "z"}, {"cpu", "0"}, {"domain", ""}}, 1.5);
  EXPECT_EQ(lines_of(sink),
            std::vector<std::string>{R"(m{cpu="0",instance="here",job="weir-host",zone="z"} 1.500000)"});
}

TEST(SampleSink, KeepsTheFirstOfASeriesInOneReading) {
  SampleSink sink({});
  sink.begin();
  sink.add("m", {{"a", "b"}}, 1);
  sink.add("m", {{"a", "b"}}, 2);
  sink.add("m", {{"a", "c"}}, 3);
  EXPECT_EQ(lines_of(sink), (std::vector<std::string>{R"(m{a="b"} 1.000000)", R"(m{a="c"} 3.000000)"}));
  sink.begin();
  EXPECT_EQ(sink.size(), 0u);
  sink.add("m", {{"a", "b"}}, 4);
  EXPECT_EQ(lines_of(sink), std::vector<std::string>{R"(m{a="b"} 4.000000)"});
}

TEST(SampleSink, LabelsThatConcatenateAlikeAreDistinct) {
  SampleSink sink({});
  sink.begin();
  sink.add("m", {{"a", "bc"}}, 1);
  sink.add("m", {{"ab", "c"}}, 2);
  sink.add("ma", {{"b", "c"}}, 3);
  EXPECT_EQ(sink.size(), 3u);
}

TEST(SampleSink, TruncateForgetsAHalfReadPart) {
  SampleSink sink({});
  sink.begin();
  sink.add("kept", 1);
  const size_t before = sink.size();
  sink.add("half", 2);
  sink.truncate(before);
  EXPECT_EQ(lines_of(sink), std::vector<std::string>{"kept 1.000000"});
}

TEST(SampleSink, CounterRepeatsOverASlipAndFollowsAReset) {
  SampleSink sink({});
  const auto next = [&sink](double value) {
    sink.begin();
    sink.add_counter("c", {{"a", "b"}}, value, 3);
    Batch batch;
    sink.append_to(batch, 1);
    return batch.values(batch.series()[0])[0];
  };
  EXPECT_EQ(next(10), 10);
  EXPECT_EQ(next(7.5), 10);
  EXPECT_EQ(next(11), 11);
  EXPECT_EQ(next(8), 8);
  EXPECT_EQ(next(9), 9);
}

TEST(SampleSink, StopsAtTheSeriesLimit) {
  SampleSink sink({});
  sink.begin();
  for (size_t i = 0; i < kSeriesPerReadingMax + 3; ++i) sink.add("m", {{"i", std::to_string(i)}}, 1);
  EXPECT_EQ(sink.size(), kSeriesPerReadingMax);
  EXPECT_EQ(sink.dropped(), 3u);
}

TEST(SampleSink, ManyShortLivedSeriesKeepTheirLabels) {
  SampleSink sink({});
  for (int reading = 0; reading < 10; ++reading) {
    sink.begin();
    sink.add("stays", 1);
    for (int i = 0; i < 600; ++i) sink.add("goes", {{"i", std::to_string(reading * 1'000 + i)}}, 2);
    const std::vector<std::string> lines = lines_of(sink);
    ASSERT_EQ(lines.size(), 601u);
    EXPECT_EQ(lines[0], "stays 1.000000");
    EXPECT_EQ(lines[1], "goes{i=\"" + std::to_string(reading * 1'000) + "\"} 2.000000");
  }
}

}  // namespace
}  // namespace weir::collect
