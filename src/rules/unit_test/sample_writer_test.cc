#include "rules/unit_test/sample_writer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/unit_test/histogram_notation.h"
#include "store/memory/memory_store.h"

namespace weir::rules::unit_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Labels kSeries = Labels::of({{"__name__", "m"}});

Histogram made(std::string_view text) {
  NotationCursor cursor(text);
  return parse_histogram(cursor).value();
}

class SampleWriterTest : public testing::Test {
 protected:
  void write(TimestampMs at_ms, std::string_view histogram) {
    Batch batch;
    batch.begin_series(kSeries.view().bytes());
    batch.add_histogram(at_ms, made(histogram));
    EXPECT_THAT(writer_.write(batch).value(), IsEmpty());
  }
  std::vector<std::string> write(TimestampMs at_ms, double value) {
    Batch batch;
    batch.begin_series(kSeries.view().bytes());
    batch.add_sample(at_ms, value);
    std::vector<std::string> refused;
    for (const Labels& labels : writer_.write(batch).value()) refused.push_back(labels.view().to_string());
    return refused;
  }
  std::vector<std::string> stored() {
    const std::vector<Matcher> matchers{Matcher::equal("__name__", "m")};
    auto set =
        store_.select(store::MemoryStore::sole_tenant(), {matchers, TimeRange::all()}, Deadline::never())
            .value();
    std::vector<std::string> out;
    while (set->next().value()) {
      SampleColumns samples;
      EXPECT_TRUE(set->read(samples).ok());
      for (size_t i = 0; i < samples.size(); ++i) {
        const HistogramPtr histogram = samples.histogram(i);
        out.push_back(histogram == nullptr ? fmt::to_string(samples.values[i])
                                           : histogram_notation(*histogram));
      }
    }
    return out;
  }

  store::MemoryStore store_;
  SampleWriter writer_ = SampleWriter::open(store_, store::MemoryStore::sole_tenant()).value();
};

TEST_F(SampleWriterTest, HistogramsThatGoOnSaySo) {
  write(0, "{{count:1 buckets:[1] counter_reset_hint:not_reset}}");
  write(1'000, "{{count:1 buckets:[1]}}");
  write(2'000, "{{count:2 buckets:[1 1]}}");
  write(3'000, "{{count:1 buckets:[1]}}");
  write(4'000, "{{count:1 buckets:[1] counter_reset_hint:reset}}");
  write(5'000, "{{count:1 schema:1 buckets:[1]}}");
  write(6'000, "{{count:1 schema:1 buckets:[1] counter_reset_hint:gauge}}");
  write(7'000, "{{count:1 schema:1 buckets:[1]}}");
  EXPECT_THAT(stored(),
              ElementsAre("{{count:1 buckets:[1]}}", "{{count:1 counter_reset_hint:not_reset buckets:[1]}}",
                          "{{count:2 counter_reset_hint:not_reset buckets:[1 1]}}", "{{count:1 buckets:[1]}}",
                          "{{count:1 buckets:[1]}}", "{{schema:1 count:1 buckets:[1]}}",
                          "{{schema:1 count:1 counter_reset_hint:gauge buckets:[1]}}",
                          "{{schema:1 count:1 buckets:[1]}}"));
}

TEST_F(SampleWriterTest, ADoubleOrADayEndsWhatGoesOn) {
  write(0, "{{count:1 buckets:[1]}}");
  write(1'000, stale_marker());
  write(2'000, "{{count:1 buckets:[1]}}");
  write(86'399'999, "{{count:1 buckets:[1]}}");
  write(86'400'000, "{{count:1 buckets:[1]}}");
  EXPECT_THAT(stored(),
              ElementsAre("{{count:1 buckets:[1]}}", "nan", "{{count:1 buckets:[1]}}",
                          "{{count:1 counter_reset_hint:not_reset buckets:[1]}}", "{{count:1 buckets:[1]}}"));
}

TEST_F(SampleWriterTest, ADoubleOfTheSameBatchDoesSoToo) {
  Batch batch;
  batch.begin_series(kSeries.view().bytes());
  for (const TimestampMs at_ms : {0, 1'000, 3'000})
    batch.add_histogram(at_ms, made("{{count:1 buckets:[1]}}"));
  batch.add_sample(2'000, 5);
  EXPECT_THAT(writer_.write(batch).value(), IsEmpty());
  write(4'000, "{{count:1 buckets:[1]}}");
  EXPECT_THAT(
      stored(),
      ElementsAre("{{count:1 buckets:[1]}}", "{{count:1 counter_reset_hint:not_reset buckets:[1]}}", "5",
                  "{{count:1 buckets:[1]}}", "{{count:1 counter_reset_hint:not_reset buckets:[1]}}"));
}

TEST_F(SampleWriterTest, TellsWhatIsRefused) {
  EXPECT_THAT(write(0, 1), IsEmpty());
  EXPECT_THAT(write(0, 1), IsEmpty());
  EXPECT_THAT(write(0, 2), ElementsAre("m"));
  EXPECT_THAT(write(0, stale_marker()), IsEmpty());
  EXPECT_THAT(stored(), ElementsAre("1"));
}

}  // namespace
}  // namespace weir::rules::unit_test
