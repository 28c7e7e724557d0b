#include "aggregation/aggregator.h"

#include <atomic>
#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "aggregation/definition_reader.h"
#include "base/guarded.h"
#include "store/memory/memory_store.h"
#include "support/memory_log.h"
#include "support/memory_meta.h"

namespace weir::aggregation {
namespace {

using testing::HasSubstr;

constexpr TenantId kTenant = TenantId::from_stored(1);
constexpr TimestampMs kStart = 1'700'000'000'000;

/// An aggregator with its threads over a log, a store and a catalogue in memory. What is written is applied
/// at once.
class AggregatorTest : public testing::Test {
 protected:
  AggregatorTest() {
    lease_ = store_.acquire(PartitionId(0), Deadline::never()).value();
    watermark_ms_ = kStart;
  }

  std::unique_ptr<Aggregator> aggregator(AggregatorOptions options = {}) {
    options.save_interval = os::milliseconds(0);
    return std::make_unique<Aggregator>(
        options, AggregatorParts{os::system_clock(), registry_, meta_, store_, log_, *codec_,
                                 [this](TenantId) { return std::optional(watermark_ms_.load()); },
                                 [this](TenantId tenant, const Batch& batch) {
                                   apply(tenant, batch);
                                   return ok_status();
                                 },
                                 [this](const LateSamples& late) {
                                   late_.with([&](auto& all) { all.push_back(late.message); });
                                   return ok_status();
                                 }});
  }
  static std::vector<TenantDefinition> one(const std::string& text) {
    const DefinitionFile file = parse_definition(text);
    EXPECT_TRUE(file.problems.empty());
    return {{kTenant, file.definitions.front()}};
  }

  void send(TimestampMs at_ms, double value) {
    Batch batch;
    batch.begin_series(Labels::of({{"__name__", "m"}}).view().bytes());
    batch.add_sample(kStart + at_ms, value);
    apply(kTenant, batch);
  }
  /// Into the log and the store; the aggregator is told where it listens.
  void apply(TenantId tenant, const Batch& batch) {
    std::lock_guard lock(mutex_);
    std::vector<uint32_t> all(batch.series_count());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    std::string payload;
    codec_->encode(batch, all, payload);
    const log::NewRecord record{.tenant = tenant, .partition = PartitionId(0), .payload = payload};
    log_.append(std::span(&record, 1), Deadline::never(), [](auto) {});
    const store::AppliedRecord applied{tenant, next_, &batch};
    const Offset next(next_.value() + 1);
    std::promise<void> done;
    store_.commit({lease_, std::span(&applied, 1), next}, Deadline::never(), [&](auto) { done.set_value(); });
    done.get_future().wait();
    if (Aggregator* const to = listening_; to != nullptr)
      to->applied({PartitionId(0), next_, next, std::span(&applied, 1)});
    next_ = next;
  }
  std::optional<double> stored(const std::string& name, TimestampMs at_ms) {
    const std::vector<Matcher> matchers = {Matcher::equal("__name__", name)};
    auto set =
        store_.select(kTenant, {matchers, {kStart + at_ms, kStart + at_ms}}, Deadline::never()).value();
    SampleColumns columns;
    if (!set->next().value() || !set->read(columns).ok() || columns.size() == 0) return std::nullopt;
    return columns.values[0];
  }
  template <typename Condition>
  static void wait_for(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }
  static AggregationStatus only(const Aggregator& aggregator) { return aggregator.status(kTenant).at(0); }

  telemetry::Registry registry_;
  store::MemoryStore store_;
  log::MemoryLog log_{1};
  meta::MemoryMeta meta_;
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  store::Lease lease_;
  std::atomic<TimestampMs> watermark_ms_;
  Guarded<std::vector<std::string>> late_;
  std::mutex mutex_;
  Offset next_{0};
  std::atomic<Aggregator*> listening_{nullptr};
};

constexpr char kSum[] = "{name: a, match: m, window: 10s, outputs: [sum]}";

TEST_F(AggregatorTest, ClosesAndCorrects) {
  const auto aggregator = this->aggregator();
  listening_ = aggregator.get();
  ASSERT_TRUE(aggregator->set_definitions(one(kSum)).ok());
  wait_for([&] { return only(*aggregator).closed_ms == kStart; });
  EXPECT_EQ(aggregator->complete_ms(kTenant), kStart + 9'999);
  send(3'000, 1);
  send(10'000, 2);
  send(10'001, 4);
  watermark_ms_ = kStart + 15'000;
  wait_for([&] { return stored("m:10s_sum", 10'000) == 3; });
  send(4'000, 8);
  wait_for([&] { return stored("m:10s_sum", 10'000) == 11; });
  wait_for([&] { return only(*aggregator).corrections == 1; });
  // Those of before count too where they were looked at after the window had been closed.
  EXPECT_GE(only(*aggregator).late_samples, 1u);
  EXPECT_FALSE(stored("m:10s_sum", 20'000));
  EXPECT_FALSE(aggregator->complete_ms(TenantId::from_stored(9)));
}

TEST_F(AggregatorTest, ReadsFromTheLogWhatItIsNotTold) {
  {
    const auto aggregator = this->aggregator();
    ASSERT_TRUE(aggregator->set_definitions(one(kSum)).ok());
    wait_for([&] { return only(*aggregator).closed_ms == kStart; });
    send(1'000, 1);
    watermark_ms_ = kStart + 10'000;
    wait_for([&] { return stored("m:10s_sum", 10'000) == 1; });
    wait_for([&] { return aggregator->needed_from(PartitionId(0)).has_value(); });
  }
  send(2'000, 2);  // while nobody is there
  const auto aggregator = this->aggregator();
  ASSERT_TRUE(aggregator->set_definitions(one(kSum)).ok());
  wait_for([&] { return stored("m:10s_sum", 10'000) == 3; });
}

TEST_F(AggregatorTest, ReadsFromTheLogWhenItIsNotToldAnyMore) {
  const auto aggregator = this->aggregator();
  listening_ = aggregator.get();
  ASSERT_TRUE(aggregator->set_definitions(one(kSum)).ok());
  wait_for([&] { return only(*aggregator).closed_ms == kStart; });
  send(1'000, 1);
  watermark_ms_ = kStart + 10'000;
  wait_for([&] { return stored("m:10s_sum", 10'000) == 1; });
  listening_ = nullptr;  // another process applies the partition now
  send(2'000, 2);
  wait_for([&] { return stored("m:10s_sum", 10'000) == 3; });
}

TEST_F(AggregatorTest, SetsAsideWhatIsTooLate) {
  const auto aggregator = this->aggregator();
  listening_ = aggregator.get();
  ASSERT_TRUE(
      aggregator
          ->set_definitions(one("{name: a, match: m, window: 10s, outputs: [sum], allowed_lateness: 30s}"))
          .ok());
  wait_for([&] { return only(*aggregator).closed_ms == kStart; });
  watermark_ms_ = kStart + 60'000;
  wait_for([&] { return only(*aggregator).closed_ms == kStart + 60'000; });
  send(5'000, 1);
  send(25'000, 2);
  wait_for([&] { return stored("m:10s_sum", 30'000) == 2; });
  wait_for([&] { return late_.with([](const auto& all) { return all.size() == 1; }); });
  EXPECT_THAT(late_.with([](const auto& all) { return all.front(); }), HasSubstr("allowed_lateness of 30s"));
  EXPECT_EQ(only(*aggregator).too_late, 1u);
  EXPECT_FALSE(stored("m:10s_sum", 10'000));
}

TEST_F(AggregatorTest, ErasesInputThatIsNotToBeKept) {
  AggregatorOptions options;
  options.erase_interval = os::milliseconds(0);
  const auto aggregator = this->aggregator(options);
  listening_ = aggregator.get();
  ASSERT_TRUE(
      aggregator
          ->set_definitions(one("{name: a, match: '{__name__=~\"m.*\"}', window: 10s, outputs: [sum], "
                                "allowed_lateness: 20s, keep_raw: false}"))
          .ok());
  wait_for([&] { return only(*aggregator).closed_ms == kStart; });
  send(5'000, 1);
  send(55'000, 2);
  watermark_ms_ = kStart + 60'000;
  wait_for([&] { return !stored("m", 5'000); });
  EXPECT_EQ(stored("m", 55'000), 2);
  EXPECT_EQ(stored("m:10s_sum", 10'000), 1) << "outputs stay, though the selector accepts them";
  EXPECT_EQ(stored("m:10s_sum", 60'000), 2);
  send(6'000, 4);
  wait_for([&] { return only(*aggregator).too_late == 1; });
}

// A process after this one would count windows anew of what is left.
TEST_F(AggregatorTest, ErasesNothingBeforeThatIsKept) {
  AggregatorOptions options;
  options.erase_interval = os::milliseconds(0);
  const auto aggregator = this->aggregator(options);
  listening_ = aggregator.get();
  ASSERT_TRUE(aggregator
                  ->set_definitions(one("{name: a, match: m, window: 10s, outputs: [sum], "
                                        "allowed_lateness: 20s, keep_raw: false}"))
                  .ok());
  wait_for([&] { return only(*aggregator).closed_ms == kStart; });
  send(5'000, 1);
  meta_.fails = true;
  watermark_ms_ = kStart + 60'000;
  wait_for([&] { return only(*aggregator).failures > 0; });
  EXPECT_EQ(stored("m", 5'000), 1);
  meta_.fails = false;
  wait_for([&] { return !stored("m", 5'000); });
}

TEST_F(AggregatorTest, AChangeIsUsedAndARemovalForgets) {
  const auto aggregator = this->aggregator();
  listening_ = aggregator.get();
  ASSERT_TRUE(aggregator->set_definitions(one(kSum)).ok());
  wait_for([&] { return only(*aggregator).closed_ms == kStart; });
  ASSERT_TRUE(aggregator->set_definitions(one("{name: a, match: m, window: 10s, outputs: [count]}")).ok());
  wait_for([&] { return only(*aggregator).definition.outputs.front().kind == OutputKind::kCount; });
  send(5'000, 7);
  watermark_ms_ = kStart + 10'000;
  wait_for([&] { return stored("m:10s_count", 10'000) == 1; });
  EXPECT_FALSE(stored("m:10s_sum", 10'000));
  ASSERT_TRUE(aggregator->set_definitions({}).ok());
  wait_for([&] { return meta_.list(kTenant, "aggregation-progress", Deadline::never())->empty(); });
  EXPECT_TRUE(aggregator->status(kTenant).empty());
  EXPECT_FALSE(aggregator->needed_from(PartitionId(0)));
}

}  // namespace
}  // namespace weir::aggregation
