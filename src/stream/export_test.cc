#include "stream/export.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "store/memory/memory_store.h"
#include "support/memory_log.h"

namespace weir::stream {
namespace {

using Contents = std::map<std::string, std::map<TimestampMs, uint64_t>>;

void add_to(Contents& contents, const Batch& batch) {
  for (const Batch::Series& series : batch.series()) {
    auto& samples = contents[batch.labels(series).to_string()];
    for (size_t i = 0; i < series.sample_count; ++i) {
      samples[batch.timestamps_ms(series)[i]] = std::bit_cast<uint64_t>(batch.values(series)[i]);
    }
    for (size_t i = 0; i < series.histogram_count; ++i) {  // told apart by their counts
      samples[batch.histogram_times_ms(series)[i]] =
          std::bit_cast<uint64_t>(-batch.histograms(series)[i].count);
    }
  }
}

class ExportTest : public testing::Test {
 protected:
  static constexpr TimestampMs kMaxt = 40'000'000;

  void SetUp() override { lease_ = store_.acquire(PartitionId(0), Deadline::never()).value(); }

  void write(TenantId tenant, const Batch& batch) {
    const store::AppliedRecord record{tenant, next_, &batch};
    next_ = Offset(next_.value() + 1);
    store_.commit({lease_, std::span(&record, 1), next_}, Deadline::never(),
                  [](const auto& report) { ASSERT_TRUE(report.ok()); });
  }

  /// Everything, by pages that each go through the text of their cursor.
  Contents export_all(const ExportOptions& options, size_t& pages) {
    Contents contents;
    std::optional<ExportCursor> cursor = ExportCursor{};
    for (pages = 0; cursor; ++pages) {
      ExportPage page =
          export_stored(store_, a_, {0, kMaxt}, *cursor, options, os::system_clock(), Deadline::never())
              .value();
      add_to(contents, page.batch);
      cursor.reset();
      if (page.next) cursor = ExportCursor::parse(page.next->to_text()).value();
    }
    return contents;
  }

  const TenantId a_ = TenantId::from_stored(1);
  const TenantId b_ = TenantId::from_stored(2);
  store::MemoryStore store_;
  store::Lease lease_{PartitionId(0), Epoch(0), Offset(0)};
  Offset next_{0};
};

TEST_F(ExportTest, CopiesEverySampleOfTheTenantOnce) {
  os::Random random(7);
  Contents expected;
  for (int i = 0; i < 50; ++i) {
    Batch batch;
    const std::string name = "m" + std::to_string(random.below(9));
    batch.begin_series(Labels::of({{kMetricName, name}, {"n", "\xc3\xa4"}}).view().bytes());
    for (int s = 0; s < 20; ++s) {
      const double value = random.below(10) == 0 ? stale_marker() : random.unit();
      batch.add_sample(
          static_cast<TimestampMs>(i * 20 + s) * 40'000 + static_cast<TimestampMs>(random.below(100)), value);
    }
    Histogram histogram;
    histogram.count = i;
    batch.add_histogram(i * 800'000 + 10'000, histogram);
    add_to(expected, batch);
    write(a_, batch);
    Batch foreign;
    foreign.begin_series(Labels::of({{kMetricName, "foreign"}}).view().bytes());
    foreign.add_sample(i, 1);
    write(b_, foreign);
  }
  size_t pages = 0;
  EXPECT_EQ(export_all({}, pages), expected);
  EXPECT_EQ(pages, 1u);
  EXPECT_EQ(export_all({os::milliseconds(3'600'000), 10}, pages), expected);
  EXPECT_GT(pages, 20u);
}

TEST_F(ExportTest, LeavesOutWhatTheMatchersDoNotWant) {
  Batch batch;
  for (const char* name : {"wanted", "other"}) {
    batch.begin_series(Labels::of({{kMetricName, name}}).view().bytes());
    batch.add_sample(5, 1);
  }
  write(a_, batch);
  ExportOptions options;
  options.matchers = {Matcher::equal(std::string(kMetricName), "wanted")};
  size_t pages = 0;
  Batch expected;
  expected.begin_series(Labels::of({{kMetricName, "wanted"}}).view().bytes());
  expected.add_sample(5, 1);
  Contents contents;
  add_to(contents, expected);
  EXPECT_EQ(export_all(options, pages), contents);
}

TEST_F(ExportTest, ReachesTheEndOfTime) {
  Batch batch;
  batch.begin_series(Labels::of({{kMetricName, "m"}}).view().bytes());
  batch.add_sample(TimeRange::all().maxt_ms, 1);
  write(a_, batch);
  ExportCursor cursor{TimeRange::all().maxt_ms - 10, ""};
  const auto page =
      export_stored(store_, a_, TimeRange::all(), cursor, {}, os::system_clock(), Deadline::never());
  EXPECT_EQ(page.value().batch.sample_count(), 1u);
  EXPECT_FALSE(page.value().next.has_value());
}

TEST(ExportCursor, RefusesWhatItDidNotWrite) {
  for (const char* text : {"", "1", ":", "x:", "1:0", "1:zz", "1:AA", "1:ff", "1:00 "}) {
    EXPECT_FALSE(ExportCursor::parse(text).ok()) << text;
  }
  EXPECT_EQ(ExportCursor::parse("15:").value().window_begin_ms, 15);
}

TEST(ExportLogged, ReadsOneTenantAtATime) {
  const auto codec = wire::batch_record_codec();
  log::MemoryLog log(1);
  const auto append = [&](uint64_t tenant, std::string_view payload) {
    const log::NewRecord record{TenantId::from_stored(tenant), PartitionId(0), payload};
    log.append({&record, 1}, Deadline::never(), [](const auto&) {});
  };
  const auto record_of = [&](double value) {
    Batch batch;
    batch.begin_series(Labels::of({{kMetricName, "m"}}).view().bytes());
    batch.add_sample(1, value);
    const uint32_t all[] = {0};
    std::string payload;
    codec->encode(batch, all, payload);
    return payload;
  };
  append(1, record_of(1));
  append(1, record_of(2));
  append(1, "none");
  append(2, record_of(3));
  const auto page = [&](int64_t from) {
    return export_logged(log, *codec, PartitionId(0), Offset(from), 1 << 20, Deadline::never()).value();
  };
  const LogExportPage first = page(0);
  EXPECT_EQ(first.tenant, TenantId::from_stored(1));
  EXPECT_EQ(first.batch.sample_count(), 2u);
  EXPECT_EQ(first.unreadable, 1u);
  EXPECT_EQ(first.next, Offset(3));
  const LogExportPage second = page(3);
  EXPECT_EQ(second.tenant, TenantId::from_stored(2));
  EXPECT_EQ(second.next, Offset(4));
  EXPECT_FALSE(page(4).tenant.has_value());
}

}  // namespace
}  // namespace weir::stream
