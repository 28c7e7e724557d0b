#include "ingest/metadata_writer.h"

#include <semaphore>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "meta/sqlite/sqlite_meta_store.h"
#include "os/sim/manual_clock.h"
#include "support/watched_documents.h"
#include "wire/metadata_document.h"

namespace weir::ingest {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum MetricType;

class MetadataWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<MetadataWriter> new_writer(MetadataWriterOptions options = {}) {
    return std::make_unique<MetadataWriter>(options, store_, clock_, registry_);
  }
  void take(const std::vector<MetricMetadata>& metadata) { writer_->take(acme_, metadata, limits_); }
  void take_metrics(int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const std::string name = fmt::format("m{}", i);
      take({{name, kGauge, "", ""}});
    }
  }
  Status flush() { return writer_->flush(Deadline::never()); }

  MetricDescriptions stored(TenantId tenant) {
    MetricDescriptions all;
    for (const meta::Document& document :
         store_.inner().list(tenant, wire::kMetadataKind, Deadline::never()).value())
      all.merge(wire::decode_metadata_document(document.body));
    return all;
  }
  std::vector<std::string> helps(std::string_view metric) {
    std::vector<std::string> found;
    const MetricDescriptions all = stored(acme_);
    const auto at = all.find(metric);
    if (at == all.end()) return found;
    for (const MetricDescription& one : at->second) found.push_back(one.help);
    return found;
  }
  void expect_metric(const std::string& line) const {
    EXPECT_THAT(registry_.to_text(), HasSubstr(line + "\n"));
  }
  void expect_dropped(MetadataFault fault, int count) const {
    expect_metric(
        fmt::format("weir_ingest_dropped_metadata_total{{reason=\"{}\"}} {}", fault_code(fault), count));
  }

  os::sim::ManualClock clock_;
  telemetry::Registry registry_;
  meta::WatchedDocuments store_{meta::sqlite::open(":memory:", clock_).value()};
  const TenantId acme_ = store_.create_tenant("acme", Deadline::never())->id;
  const TenantId other_ = store_.create_tenant("other", Deadline::never())->id;
  Limits limits_;
  std::unique_ptr<MetadataWriter> writer_ = new_writer();
};

TEST_F(MetadataWriterTest, WritesWhatIsNewAndNothingElse) {
  take({{"up", kGauge, "", "Is it up?"}, {"a_seconds", kHistogram, "seconds", ""}});
  EXPECT_EQ(store_.calls, 0) << "a write does not wait for the catalogue";
  ASSERT_TRUE(flush().ok());
  const MetricDescriptions expected = {{"up", {{kGauge, "", "Is it up?"}}},
                                       {"a_seconds", {{kHistogram, "seconds", ""}}}};
  EXPECT_EQ(stored(acme_), expected);
  EXPECT_EQ(stored(other_), MetricDescriptions{});
  const int calls = store_.calls;
  take({{"up", kGauge, "", "Is it up?"}});
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(store_.calls, calls);
  expect_metric("weir_ingest_metadata_total 3");
  expect_metric("weir_ingest_metadata_documents_total 2");
  expect_metric("weir_ingest_metadata_pending_bytes 0");
}

TEST_F(MetadataWriterTest, KeepsTheLatestDescriptionsOfAMetric) {
  for (const char* help : {"1", "2", "3", "4"}) take({{"up", kGauge, "", help}});
  ASSERT_TRUE(flush().ok());
  EXPECT_THAT(helps("up"), ElementsAre("4", "3", "2", "1"));
  take({{"up", kGauge, "", "5"}});
  expect_dropped(MetadataFault::kDescriptionsPerMetric, 1);
  clock_.advance(seconds(KnownMetadata::kInUseSeconds));
  take({{"up", kGauge, "", "5"}});
  take({{"up", kGauge, "", "2"}});
  ASSERT_TRUE(flush().ok());
  EXPECT_THAT(helps("up"), ElementsAre("5", "4", "3", "2"));
  clock_.advance(seconds(KnownMetadata::kInUseSeconds));
  take({{"up", kGauge, "", "2"}});
  ASSERT_TRUE(flush().ok());
  EXPECT_THAT(helps("up"), ElementsAre("2", "5", "4", "3"));
}

TEST_F(MetadataWriterTest, RestartedFindsWhatIsThere) {
  take({{"up", kGauge, "", "first"}});
  take({{"up", kGauge, "", "second"}});
  take_metrics(0, 500);
  ASSERT_TRUE(flush().ok());
  const int puts = store_.puts;
  writer_ = new_writer();
  take({{"up", kGauge, "", "first"}});
  take_metrics(0, 500);
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(store_.puts, puts);
  EXPECT_THAT(helps("up"), ElementsAre("second", "first"));
}

TEST_F(MetadataWriterTest, StopWritesWhatIsPending) {
  take({{"up", kGauge, "", "h"}});
  writer_->start();
  writer_->stop();
  EXPECT_THAT(helps("up"), ElementsAre("h"));
}

TEST_F(MetadataWriterTest, ASlowCatalogueHoldsNoWriteUp) {
  std::counting_semaphore<2> asked(0), released(0);
  store_.before_put = [&] {
    asked.release();
    released.acquire();
  };
  writer_->start();
  take({{"up", kGauge, "", "h"}});
  // Slowly, as seen by the catalogue's calls, which have deadlines by this clock.
  do clock_.advance(seconds(1));
  while (!asked.try_acquire_for(std::chrono::milliseconds(100)));
  take({{"up", kGauge, "", "h"}, {"other", kGauge, "", ""}});
  released.release(2);
  writer_->stop();
  EXPECT_EQ(stored(acme_).size(), 2u);
}

TEST_F(MetadataWriterTest, TriesAgainWhenTheCatalogueFails) {
  take_metrics(0, 300);
  store_.fail_after = 40;
  EXPECT_FALSE(flush().ok());
  const size_t before = stored(acme_).size();
  EXPECT_GT(before, 0u);
  EXPECT_LT(before, 300u);
  EXPECT_FALSE(flush().ok());
  take_metrics(290, 310);
  store_.fail_after = -1;
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(stored(acme_).size(), 310u);
  expect_metric("weir_ingest_metadata_failures_total 2");
  expect_metric("weir_ingest_metadata_pending_bytes 0");
}

TEST_F(MetadataWriterTest, AFullQueueDropsWhatComesAgain) {
  MetadataWriterOptions options;
  options.pending_bytes_max = 100 * (sizeof(PendingMetadata) + 4);
  writer_ = new_writer(options);
  store_.fail_after = 0;
  take_metrics(100, 300);
  EXPECT_FALSE(flush().ok());
  expect_dropped(MetadataFault::kQueueFull, 100);
  store_.fail_after = -1;
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(stored(acme_).size(), 100u);
  take_metrics(100, 300);
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(stored(acme_).size(), 200u);
  expect_dropped(MetadataFault::kQueueFull, 100);
}

TEST_F(MetadataWriterTest, WhatTheCatalogueRefusesHoldsNothingUp) {
  store_.refused_key = wire::metadata_document_key(wire::metric_hash("m7"));
  take_metrics(0, 300);
  ASSERT_TRUE(flush().ok());
  const size_t kept = stored(acme_).size();
  EXPECT_LT(kept, 300u);
  EXPECT_GT(kept, 250u);
  expect_dropped(MetadataFault::kRefused, static_cast<int>(300 - kept));
  expect_metric("weir_ingest_metadata_pending_bytes 0");
}

TEST_F(MetadataWriterTest, TwoWritersAgree) {
  const auto second = new_writer();
  store_.before_put = [&] {  // between the first one's reading and its writing
    store_.before_put = nullptr;
    const MetricMetadata theirs[] = {{"up", kGauge, "", "theirs"}};
    second->take(acme_, theirs, limits_);
    ASSERT_TRUE(second->flush(Deadline::never()).ok());
  };
  take({{"up", kGauge, "", "ours"}});
  ASSERT_TRUE(flush().ok());
  EXPECT_THAT(helps("up"), ElementsAre("ours", "theirs"));
  const int puts = store_.puts;
  take({{"up", kGauge, "", "theirs"}});
  const MetricMetadata ours[] = {{"up", kGauge, "", "ours"}};
  second->take(acme_, ours, limits_);
  ASSERT_TRUE(flush().ok());
  ASSERT_TRUE(second->flush(Deadline::never()).ok());
  EXPECT_EQ(store_.puts, puts);
}

TEST_F(MetadataWriterTest, GivesUpForNowWhenOthersWriteAllTheTime) {
  writer_ = new_writer({.call_timeout = std::chrono::hours(24)});  // time flies below
  const auto second = new_writer();
  int other = 0;
  store_.before_put = [&] {
    const auto hold = std::exchange(store_.before_put, nullptr);
    const std::string help = fmt::format("{}", ++other);
    clock_.advance(seconds(KnownMetadata::kInUseSeconds));
    const MetricMetadata theirs[] = {{"up", kGauge, "", help}};
    second->take(acme_, theirs, limits_);
    ASSERT_TRUE(second->flush(Deadline::never()).ok());
    store_.before_put = hold;
  };
  take({{"up", kGauge, "", "ours"}});
  const Status done = flush();
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.error().message, HasSubstr("others changed it"));
  store_.before_put = nullptr;
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(helps("up").front(), "ours");
}

TEST_F(MetadataWriterTest, BoundsTheMetricsOfATenant) {
  limits_.metadata_metrics_max = 100;
  take_metrics(0, 150);
  expect_dropped(MetadataFault::kMetricsPerTenant, 50);
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(stored(acme_).size(), 100u);
  writer_ = new_writer();  // which does not know yet what is there
  take_metrics(90, 150);
  expect_dropped(MetadataFault::kMetricsPerTenant, 50);
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(stored(acme_).size(), 100u);
  expect_dropped(MetadataFault::kMetricsPerTenant, 100);
  take_metrics(90, 150);
  ASSERT_TRUE(flush().ok());
  expect_dropped(MetadataFault::kMetricsPerTenant, 150);
}

TEST_F(MetadataWriterTest, LeavesOutLongNamesAndUnits) {
  limits_.label_value_bytes_max = 3;
  take({{"four", kGauge, "", ""}, {"a", kGauge, "four", ""}, {"abc", kGauge, "abc", "long enough"}});
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(stored(acme_).size(), 1u);
  expect_dropped(MetadataFault::kMetricNameBytes, 1);
  expect_dropped(MetadataFault::kUnitBytes, 1);
}

TEST_F(MetadataWriterTest, LeavesOutWhatADocumentHasNoRoomFor) {
  const std::string longest(4'000, 'u');
  const std::string key = wire::metadata_document_key(wire::metric_hash("m0"));
  int of_document = 0;
  for (int i = 0; of_document < 300; ++i) {
    const std::string name = fmt::format("m{}", i);
    if (wire::metadata_document_key(wire::metric_hash(name)) != key) continue;
    ++of_document;
    take({{name, kGauge, longest, ""}});
  }
  ASSERT_TRUE(flush().ok());
  const size_t kept = stored(acme_).size();
  EXPECT_GT(kept, 250u);
  EXPECT_LT(kept, 300u);
  expect_dropped(MetadataFault::kDocumentFull, static_cast<int>(300 - kept));
}

TEST_F(MetadataWriterTest, ForgetsTenantsBeyondItsMemoryButKeepsTheirMetadata) {
  MetadataWriterOptions options;
  options.known_metrics_max = 10;
  writer_ = new_writer(options);
  take_metrics(0, 20);
  ASSERT_TRUE(flush().ok());
  const int puts = store_.puts;
  take_metrics(0, 20);
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(store_.puts, puts);
  EXPECT_EQ(stored(acme_).size(), 20u);
}

}  // namespace
}  // namespace weir::ingest
