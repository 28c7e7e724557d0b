#include "stream/late_table.h"

#include <gmock/gmock.h>

#include "os/sim/manual_clock.h"
#include "support/memory_log.h"

namespace weir::stream {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TenantId kTenant = TenantId::from_stored(3);

class LateTableTest : public testing::Test {
 protected:
  LateTableTest() { clock_.set_wall_ms(1'000'000); }

  LateTable table(uint64_t bytes_per_second = 1 << 20) {
    return LateTable({.bytes_per_second = bytes_per_second},
                     {letters_, *codec_, clock_, registry_, [this](TenantId) { return oldest_ms_; }});
  }
  Status look_at(LateTable& table, const std::vector<Sample>& samples) {
    Batch batch;
    batch.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
    for (const Sample& sample : samples) batch.add_sample(sample.timestamp_ms, sample.value);
    return table.look_at(PartitionId(1), {kTenant, Offset(7), &batch}, Deadline::never());
  }
  std::vector<DeadLetters::Entry> letters() {
    return letters_.list(Offset(0), 100, Deadline::never())->entries;
  }
  std::string metrics() const { return registry_.to_text(); }

  os::sim::ManualClock clock_;
  telemetry::Registry registry_;
  log::MemoryLog log_{1};
  DeadLetters letters_{log_, registry_};
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  std::optional<TimestampMs> oldest_ms_ = 500'000;
};

TEST_F(LateTableTest, KeepsWhatIsBehindRetentionAndNothingElse) {
  LateTable late = table();
  ASSERT_TRUE(look_at(late, {{499'999, 1}, {500'000, 2}, {100, 3}}).ok());
  const auto kept = letters();
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].tenant, kTenant);
  EXPECT_EQ(kept[0].letter.code, "too_old");
  EXPECT_EQ(kept[0].letter.offset, Offset(7));
  EXPECT_THAT(kept[0].letter.message, HasSubstr("2 samples are older than the retention"));
  Batch batch;
  ASSERT_TRUE(codec_->decode(kept[0].letter.payload, 1 << 20, Deadline::never(), batch).ok());
  const auto times = batch.timestamps_ms(batch.series()[0]);
  EXPECT_EQ(std::vector(times.begin(), times.end()), (std::vector<TimestampMs>{499'999, 100}));
  EXPECT_THAT(metrics(), HasSubstr("weir_late_table_samples_total{tenant=\"3\"} 2"));
}

TEST_F(LateTableTest, WithoutARetentionNothingIsLate) {
  LateTable late = table();
  oldest_ms_ = std::nullopt;
  ASSERT_TRUE(look_at(late, {{0, 1}}).ok());
  EXPECT_THAT(letters(), IsEmpty());
}

TEST_F(LateTableTest, ATenantThatSendsTooManyHasThemCounted) {
  LateTable late = table(100);  // 1,000 bytes are saved up
  std::vector<Sample> many;
  for (int i = 0; i < 40; ++i) many.push_back({i, i * 0.7});
  int sent = 0;
  while (metrics().find("weir_late_table_dropped_samples_total{tenant=\"3\"} 40") == std::string::npos) {
    ASSERT_TRUE(look_at(late, many).ok());
    ASSERT_LT(++sent, 100);
  }
  EXPECT_THAT(letters(), SizeIs(static_cast<size_t>(sent - 1)));
  clock_.advance(os::milliseconds(10'000));
  ASSERT_TRUE(look_at(late, many).ok());
  EXPECT_THAT(letters(), SizeIs(static_cast<size_t>(sent)));
}

}  // namespace
}  // namespace weir::stream
