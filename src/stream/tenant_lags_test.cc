#include "stream/tenant_lags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::stream {
namespace {

using ::testing::HasSubstr;

constexpr TimestampMs kNow = 1'700'000'000'000;
const TenantId kAcme = TenantId::from_stored(7);
const TenantId kBeta = TenantId::from_stored(8);
constexpr PartitionId kFirst(0), kSecond(1);

log::Record record(TenantId tenant, TimestampMs appended_ms) {
  log::Record record{tenant, Offset(0), "payload"};
  record.appended_ms = appended_ms;
  return record;
}

class TenantLagsTest : public ::testing::Test {
 protected:
  void read(TenantLags& lags, PartitionId partition, std::vector<log::Record> records) {
    lags.read(partition, records);
  }
  TenantLag of(const TenantLags& lags, TenantId tenant) {
    for (const TenantLag& lag : lags.status())
      if (lag.tenant == tenant) return lag;
    ADD_FAILURE() << "no tenant " << tenant.value();
    return TenantLag{tenant};
  }

  os::sim::ManualClock clock_{kNow};
  telemetry::Registry registry_;
};

TEST_F(TenantLagsTest, IsTheAgeOfTheOldestRecordThatWaits) {
  TenantLags lags(clock_, registry_);
  read(lags, kFirst, {record(kAcme, kNow - 500), record(kAcme, kNow - 2'000), record(kBeta, kNow - 100)});
  read(lags, kSecond, {record(kAcme, kNow - 3'000)});
  EXPECT_EQ(of(lags, kAcme).waiting_records, 3u);
  EXPECT_DOUBLE_EQ(of(lags, kAcme).seconds, 3);
  EXPECT_DOUBLE_EQ(of(lags, kBeta).seconds, 0.1);
  clock_.advance(os::milliseconds(10'000));
  EXPECT_DOUBLE_EQ(of(lags, kAcme).seconds, 13);
}

TEST_F(TenantLagsTest, TellsForAWhileWhatTheLastRecordsTook) {
  TenantLags lags(clock_, registry_);
  read(lags, kFirst, {record(kAcme, kNow - 250)});
  clock_.advance(os::milliseconds(250));
  lags.applied(kFirst);
  EXPECT_EQ(of(lags, kAcme).waiting_records, 0u);
  EXPECT_DOUBLE_EQ(of(lags, kAcme).seconds, 0.5);
  clock_.advance(TenantLags::kRemembered);
  EXPECT_DOUBLE_EQ(of(lags, kAcme).seconds, 0);
}

TEST_F(TenantLagsTest, ForgetsWhatAPartitionGaveUp) {
  TenantLags lags(clock_, registry_);
  read(lags, kFirst, {record(kAcme, kNow - 9'000)});
  lags.dropped(kFirst);
  EXPECT_EQ(of(lags, kAcme).waiting_records, 0u);
  EXPECT_DOUBLE_EQ(of(lags, kAcme).seconds, 0);
}

TEST_F(TenantLagsTest, CountsFromTheReadWhereTheLogKeepsNoTime) {
  TenantLags lags(clock_, registry_);
  read(lags, kFirst, {record(kAcme, 0)});
  clock_.advance(os::milliseconds(40));
  EXPECT_DOUBLE_EQ(of(lags, kAcme).seconds, 0.04);
}

TEST_F(TenantLagsTest, IsAMetricOfEachTenant) {
  TenantLags lags(clock_, registry_);
  read(lags, kFirst, {record(kAcme, kNow - 1'500)});
  EXPECT_THAT(registry_.to_text(), HasSubstr("weir_processor_tenant_lag_seconds{tenant=\"7\"} 1.5\n"));
}

TEST_F(TenantLagsTest, CountsTenantsBeyondTheBoundTogether) {
  TenantLags lags(clock_, registry_, 1);
  read(lags, kFirst,
       {record(kAcme, kNow), record(kBeta, kNow - 1'000), record(TenantId::from_stored(9), kNow - 2'000)});
  EXPECT_EQ(lags.status().size(), 2u);
  EXPECT_EQ(of(lags, TenantId::nobody()).waiting_records, 2u);
  EXPECT_THAT(registry_.to_text(), HasSubstr("weir_processor_tenant_lag_seconds{tenant=\"other\"} 2\n"));
}

}  // namespace
}  // namespace weir::stream
