#include "collect/host_collector.h"

#include <atomic>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "wire/batch_record.h"

namespace weir::collect {
namespace {

/// One partition that remembers the times in what is appended, and answers at once, later, or with an error.
class FakeLog : public log::Log {
 public:
  enum class Answer { kAccept, kHold, kRefuse };

  explicit FakeLog(Answer answer) : answer_(answer) {}

  uint32_t partition_count() const override { return 1; }
  size_t record_bytes_max() const override { return 4 << 20; }
  log::Durability durability() const override { return log::Durability::kFsync; }
  void append(std::span<const log::NewRecord> records, Deadline,
              Completion<std::vector<log::Position>> done) override {
    std::unique_lock lock(mutex_);
    for (const log::NewRecord& record : records) remember(record.payload);
    if (answer_ == Answer::kHold) return held_.push_back(std::move(done));
    lock.unlock();
    if (answer_ == Answer::kRefuse) return done(resource_exhausted("queue is full"));
    done(std::vector(records.size(), log::Position{PartitionId(0), Offset(0)}));
  }
  Result<std::unique_ptr<log::Reader>> open_reader(PartitionId) override {
    return unsupported("open_reader");
  }
  Result<std::unique_ptr<log::Membership>> join(log::AssignmentListener&) override {
    return unsupported("join");
  }
  Status trim(PartitionId, Offset) override { return ok_status(); }
  Result<log::PartitionStatus> status(PartitionId) const override { return log::PartitionStatus{}; }
  Status writable() const override { return ok_status(); }

  /// The time of each write so far; every sample of a write has the same.
  std::vector<TimestampMs> ticks() {
    std::lock_guard lock(mutex_);
    return ticks_;
  }
  void release() {
    std::vector<Completion<std::vector<log::Position>>> held;
    {
      std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (auto& done : held) done(std::vector{log::Position{PartitionId(0), Offset(0)}});
  }

 private:
  void remember(std::string_view payload) {
    Batch batch;
    ASSERT_TRUE(wire::decode_batch_record(payload, 64 << 20, batch).ok());
    ASSERT_FALSE(batch.empty());
    const TimestampMs tick = batch.timestamps_ms(batch.series().front())[0];
    for (const Batch::Series& series : batch.series()) {
      ASSERT_EQ(batch.timestamps_ms(series).size(), 1u);
      ASSERT_EQ(batch.timestamps_ms(series)[0], tick);
      ASSERT_EQ(batch.labels(series).get("job"), "weir-host");
      ASSERT_EQ(batch.labels(series).get("instance"), "here");
    }
    ticks_.push_back(tick);
  }

  const Answer answer_;
  std::mutex mutex_;
  std::vector<TimestampMs> ticks_;
  std::vector<Completion<std::vector<log::Position>>> held_;
};

class HostCollectorTest : public testing::Test {
 protected:
  /// A running collector of this machine at 1 s.
  std::unique_ptr<HostCollector> collector_on(FakeLog& log) {
    ingester_ = std::make_unique<ingest::Ingester>(log, *codec_, clock_, registry_);
    HostCollectorOptions options{.instance = "here"};
    options.on_metadata = [this](std::span<const MetricMetadata> metadata) {
      EXPECT_FALSE(metadata.empty());
      ++tellings_;
    };
    auto collector =
        std::make_unique<HostCollector>(options, TenantId::from_stored(1), *ingester_, clock_, registry_);
    collector->start();
    return collector;
  }
  /// Lets time pass until `condition` holds.
  template <typename Condition>
  void pass_time_until(Condition condition) {
    while (!condition()) {
      clock_.advance(os::milliseconds(250));
      std::this_thread::yield();
    }
  }
  bool metric_is_at_least(const std::string& name, int value) const {
    const std::string text = registry_.to_text();
    const size_t line = text.find("\n" + name + " ");
    return line != std::string::npos && std::stoi(text.substr(line + name.size() + 2)) >= value;
  }

  std::atomic<int> tellings_ = 0;
  os::sim::ManualClock clock_{1'700'000'000'333};
  telemetry::Registry registry_;
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  std::unique_ptr<ingest::Ingester> ingester_;
};

TEST_F(HostCollectorTest, WritesOnWholeSecondsOfTheWallClock) {
  FakeLog log(FakeLog::Answer::kAccept);
  const auto collector = collector_on(log);
  pass_time_until([&] { return log.ticks().size() >= 4; });
  collector->stop();
  const std::vector<TimestampMs> ticks = log.ticks();
  for (size_t i = 0; i < ticks.size(); ++i) {
    EXPECT_EQ(ticks[i] % 1'000, 0);
    EXPECT_GT(ticks[i], i == 0 ? 1'700'000'000'000 : ticks[i - 1]);
  }
}

TEST_F(HostCollectorTest, TellsWhatItsMetricsAreNowAndThen) {
  FakeLog log(FakeLog::Answer::kAccept);
  const auto collector = collector_on(log);
  pass_time_until([&] { return tellings_ >= 2; });
}

TEST_F(HostCollectorTest, StopsWhileItSleeps) {
  FakeLog log(FakeLog::Answer::kAccept);
  const auto collector = collector_on(log);
  collector->stop();
  EXPECT_TRUE(log.ticks().empty());
}

TEST_F(HostCollectorTest, SkipsTicksWhileAWriteIsInFlight) {
  FakeLog log(FakeLog::Answer::kHold);
  const auto collector = collector_on(log);
  pass_time_until([&] { return log.ticks().size() == 1; });
  pass_time_until([&] { return metric_is_at_least("weir_host_collector_ticks_skipped_total", 3); });
  EXPECT_EQ(log.ticks().size(), 1u);
  log.release();
  pass_time_until([&] { return log.ticks().size() == 2; });
  collector->stop();
}

TEST_F(HostCollectorTest, CountsFailedWritesAndGoesOn) {
  FakeLog log(FakeLog::Answer::kRefuse);
  const auto collector = collector_on(log);
  pass_time_until([&] { return metric_is_at_least("weir_host_collector_writes_failed_total", 2); });
  collector->stop();
  EXPECT_GE(log.ticks().size(), 3u);
}

TEST_F(HostCollectorTest, AWriteMayEndAfterTheCollector) {
  FakeLog log(FakeLog::Answer::kHold);
  {
    const auto collector = collector_on(log);
    pass_time_until([&] { return log.ticks().size() == 1; });
  }
  log.release();
}

}  // namespace
}  // namespace weir::collect
