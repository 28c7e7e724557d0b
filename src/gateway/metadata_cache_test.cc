#include "gateway/metadata_cache.h"

#include <gtest/gtest.h>

#include "meta/sqlite/sqlite_meta_store.h"
#include "os/sim/manual_clock.h"
#include "support/watched_documents.h"
#include "wire/metadata_document.h"

namespace weir::gateway {
namespace {

class MetadataCacheTest : public ::testing::Test {
 protected:
  void store(TenantId tenant, const std::string& metric, const std::string& help) {
    const MetricDescriptions metrics = {{metric, {{MetricType::kGauge, "", help}}}};
    const std::string body = wire::encode_metadata_document(metrics, SIZE_MAX).body;
    const std::string key = wire::metadata_document_key(wire::metric_hash(metric));
    ASSERT_TRUE(
        store_.inner().put(tenant, wire::kMetadataKind, key, body, std::nullopt, Deadline::never()).ok());
  }
  std::string help(TenantId tenant, std::string_view metric) {
    const auto metrics = cache_.of(tenant, Deadline::never());
    if (!metrics.ok()) return metrics.error().message;
    const auto found = (*metrics)->find(metric);
    return found == (*metrics)->end() ? "none" : found->second.front().help;
  }
  void advance() { clock_.advance(os::milliseconds(1'000)); }

  os::sim::ManualClock clock_;
  meta::WatchedDocuments store_{meta::sqlite::open(":memory:", clock_).value()};
  const TenantId acme_ = store_.create_tenant("acme", Deadline::never())->id;
  const TenantId other_ = store_.create_tenant("other", Deadline::never())->id;
  MetadataCache cache_{{.bytes_max = 1'000}, store_, clock_};
};

TEST_F(MetadataCacheTest, KeepsTenantsApart) {
  store(acme_, "up", "acme's");
  store(acme_, "requests_total", "acme's too");
  store(other_, "up", "other's");
  EXPECT_EQ(help(acme_, "up"), "acme's");
  EXPECT_EQ(help(acme_, "requests_total"), "acme's too");
  EXPECT_EQ(help(other_, "up"), "other's");
  EXPECT_EQ(help(other_, "requests_total"), "none");
  EXPECT_EQ(help(TenantId::nobody(), "up"), "none");
}

TEST_F(MetadataCacheTest, SeesChangesWithinASecond) {
  EXPECT_EQ(help(acme_, "up"), "none");
  store(acme_, "up", "first");
  EXPECT_EQ(help(acme_, "up"), "none");
  advance();
  EXPECT_EQ(help(acme_, "up"), "first");
  store(acme_, "up", "second");
  advance();
  EXPECT_EQ(help(acme_, "up"), "second");
}

TEST_F(MetadataCacheTest, AsksTheCatalogueOnceASecond) {
  store(acme_, "up", "h");
  help(acme_, "up");
  EXPECT_EQ(store_.calls, 2) << "the revision, and the documents";
  for (int i = 0; i < 100; ++i) help(acme_, "up");
  EXPECT_EQ(store_.calls, 2);
  help(other_, "up");
  EXPECT_EQ(store_.calls, 3) << "the revision is of all tenants";
  for (int i = 0; i < 10; ++i) {
    advance();
    help(acme_, "up");
    help(other_, "up");
  }
  EXPECT_EQ(store_.calls, 13);
  EXPECT_EQ(store_.lists, 2);
}

TEST_F(MetadataCacheTest, GivesWhatItHasWhileTheCatalogueFails) {
  store(acme_, "up", "h");
  store_.fail_after = 0;
  EXPECT_EQ(help(acme_, "up"), "the catalogue is away");
  store_.fail_after = -1;
  EXPECT_EQ(help(acme_, "up"), "h");
  store(acme_, "up", "changed");
  store_.fail_after = 0;
  advance();
  EXPECT_EQ(help(acme_, "up"), "h");
  EXPECT_EQ(help(other_, "up"), "the catalogue is away");
  advance();
  store_.fail_after = 1;  // the revision comes, the documents do not
  EXPECT_EQ(help(acme_, "up"), "h");
  store_.fail_after = -1;
  EXPECT_EQ(help(acme_, "up"), "changed");
}

TEST_F(MetadataCacheTest, ForgetsTenantsBeyondItsBound) {
  store(acme_, "up", std::string(600, 'a'));
  store(other_, "up", std::string(600, 'b'));
  help(acme_, "up");
  help(other_, "up");
  EXPECT_EQ(store_.lists, 2);
  help(other_, "up");
  EXPECT_EQ(store_.lists, 2);
  EXPECT_EQ(help(acme_, "up"), std::string(600, 'a'));
  EXPECT_EQ(store_.lists, 3);
}

}  // namespace
}  // namespace weir::gateway
