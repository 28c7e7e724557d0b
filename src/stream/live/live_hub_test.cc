#include "stream/live/live_hub.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace weir::stream {
namespace {

using testing::HasSubstr;

/// A subscriber that keeps what it is told and can be waited for. Its sinks keep it alive, as the hub asks.
class Subscriber : public std::enable_shared_from_this<Subscriber> {
 public:
  LiveSink sink() {
    return {[self = shared_from_this()](const LiveUpdate& update) { self->add(update); },
            [self = shared_from_this()] { return self->ready(); }};
  }
  /// The first `count` updates, once there are so many.
  std::vector<LiveUpdate> await(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return updates_.size() >= count; });
    return {updates_.begin(), updates_.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  size_t count() {
    std::lock_guard lock(mutex_);
    return updates_.size();
  }
  void set_ready(bool ready) {
    std::lock_guard lock(mutex_);
    ready_ = ready;
  }
  /// Returns once the hub has asked `times` more whether there is room.
  void await_asked(size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, until = asked_ + times] { return asked_ >= until; });
  }

 private:
  void add(const LiveUpdate& update) {
    std::lock_guard lock(mutex_);
    updates_.push_back(update);
    changed_.notify_all();
  }
  bool ready() {
    std::lock_guard lock(mutex_);
    ++asked_;
    changed_.notify_all();
    return ready_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<LiveUpdate> updates_;
  size_t asked_ = 0;
  bool ready_ = true;
};

class LiveHubTest : public testing::Test {
 protected:
  static constexpr os::milliseconds kInterval{20};

  static LiveHubOptions options() {
    LiveHubOptions options;
    options.settle = os::milliseconds(0);
    options.series_max = 2;
    options.subscriptions_max = 2;
    return options;
  }
  LiveRequest request(std::string query, os::milliseconds history = os::milliseconds(0)) {
    return {tenant_, std::move(query), kInterval, history, Limits()};
  }
  static TimestampMs now_ms() { return os::system_clock().wall_ms(); }
  void add(const char* instance, double value) { add_at(now_ms() - 10'000, instance, value); }
  void add_at(TimestampMs at_ms, const char* instance, double value) {
    store_.append(tenant_, Labels::of({{"__name__", "up"}, {"instance", instance}}), at_ms, value);
  }
  auto subscribe(std::string query, Subscriber& subscriber) {
    return hub_.subscribe(request(std::move(query)), subscriber.sink());
  }

  store::MemoryStore store_;
  const TenantId tenant_ = TenantId::from_stored(7);
  query::Engine engine_{store_, query::EngineOptions(), os::system_clock()};
  telemetry::Registry registry_;
  LiveHub hub_{options(), {engine_, os::system_clock(), registry_}};
};

TEST_F(LiveHubTest, EvaluatesAtMultiplesOfTheInterval) {
  add("a", 1);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = subscribe("up", *subscriber).value();
  TimestampMs previous = 0;
  for (const LiveUpdate& update : subscriber->await(4)) {
    const auto& frame = std::get<LiveFrame>(update);
    EXPECT_EQ(frame.at_ms % kInterval.count(), 0);
    EXPECT_GT(frame.at_ms, previous);
    EXPECT_EQ(frame.new_series.size(), previous == 0 ? 1u : 0u) << "each series is named once";
    previous = frame.at_ms;
  }
}

TEST_F(LiveHubTest, SendsTheHistoryFirst) {
  add("a", 1);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = hub_.subscribe(request("up", os::milliseconds(5'000)), subscriber->sink()).value();
  const std::vector<LiveUpdate> updates = subscriber->await(2);
  const auto& history = std::get<LiveHistory>(updates[0]);
  ASSERT_EQ(history.points.size(), 1u);
  EXPECT_GT(history.points[0].size(), 200u);
  EXPECT_EQ(history.start_ms % history.step_ms, 0);
  EXPECT_TRUE(std::get<LiveFrame>(updates[1]).new_series.empty()) << "the history has named the series";
}

TEST_F(LiveHubTest, FoldsIntervalsWhileTheSubscriberIsBehind) {
  add("a", 1);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = subscribe("up", *subscriber).value();
  subscriber->await(1);
  subscriber->set_ready(false);
  subscriber->await_asked(1);  // the one that may have been under way
  const size_t before = subscriber->count();
  subscriber->await_asked(3);
  EXPECT_EQ(subscriber->count(), before);
  add("b", 2);
  subscriber->set_ready(true);
  const std::vector<LiveUpdate> updates = subscriber->await(before + 1);
  const auto& frame = std::get<LiveFrame>(updates.back());
  EXPECT_EQ(frame.seq, std::get<LiveFrame>(updates[before - 1]).seq + 1) << "no number is skipped";
  ASSERT_EQ(frame.new_series.size(), 1u);
  EXPECT_EQ(frame.new_series[0].view().get("instance"), "b");
}

TEST_F(LiveHubTest, AnErrorThatStaysEndsTheSubscription) {
  add("a", 1);
  add("b", 2);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = subscribe("up + on() up", *subscriber).value();
  EXPECT_EQ(std::get<Error>(subscriber->await(1)[0]).code, Code::kFailedPrecondition);
  auto other = std::make_shared<Subscriber>();
  auto later = subscribe("1", *other).value();
  other->await(3);
  EXPECT_EQ(subscriber->count(), 1u);
}

TEST_F(LiveHubTest, RefusesAQueryThatCanGiveNoFrames) {
  auto subscriber = std::make_shared<Subscriber>();
  for (const char* query : {"sum(", "up[1m]", "\"text\""}) {
    const auto subscription = subscribe(query, *subscriber);
    ASSERT_FALSE(subscription.ok()) << query;
    EXPECT_EQ(subscription.error().code, Code::kInvalidArgument) << query;
    EXPECT_EQ(hub_.check(request(query)).error().code, Code::kInvalidArgument) << query;
  }
  EXPECT_TRUE(hub_.check(request("up")).ok());
  EXPECT_EQ(hub_.subscription_count(), 0u);
}

/// Tests of those who share, resume, or wait for a watermark: with room, and an interval that a busy machine
/// keeps up with.
class LiveHubSharingTest : public LiveHubTest {
 protected:
  static LiveHubOptions roomy() {
    LiveHubOptions options = LiveHubTest::options();
    options.subscriptions_max = 100;
    options.history_points_max = 100;
    return options;
  }
  void use_watermark(LiveHubOptions options = roomy()) {
    LiveHubParts parts{engine_, os::system_clock(), metrics_};
    parts.watermark_ms = [this](TenantId tenant) {
      EXPECT_EQ(tenant, tenant_);
      const TimestampMs watermark_ms = watermark_ms_;
      return watermark_ms == 0 ? std::nullopt : std::optional(watermark_ms);
    };
    hub_.emplace(options, parts);
  }
  uint64_t evaluations() {
    return metrics_.counter("weir_live_evaluations_total", "Live queries evaluated.").value();
  }
  /// The times of the updates, histories unfolded to their grids.
  static std::vector<TimestampMs> times(const std::vector<LiveUpdate>& updates) {
    std::vector<TimestampMs> times;
    for (const LiveUpdate& update : updates) {
      if (const auto* frame = std::get_if<LiveFrame>(&update)) times.push_back(frame->at_ms);
      const auto* history = std::get_if<LiveHistory>(&update);
      if (history == nullptr) continue;
      for (TimestampMs at = history->start_ms; at <= history->end_ms; at += history->step_ms)
        times.push_back(at);
    }
    return times;
  }
  static void expect_without_gap(const std::vector<TimestampMs>& times, int64_t interval_ms) {
    for (size_t i = 1; i < times.size(); ++i) EXPECT_EQ(times[i], times[i - 1] + interval_ms) << "at " << i;
  }

  telemetry::Registry metrics_;
  std::atomic<TimestampMs> watermark_ms_ = 0;
  std::optional<LiveHub> hub_{std::in_place, roomy(), LiveHubParts{engine_, os::system_clock(), metrics_}};
};

TEST_F(LiveHubSharingTest, EvaluatesOnceForAllWhoAskTheSame) {
  add("a", 1);
  std::vector<std::shared_ptr<Subscriber>> subscribers;
  std::vector<std::unique_ptr<LiveHub::Subscription>> subscriptions;
  for (int i = 0; i < 40; ++i) {
    subscribers.push_back(std::make_shared<Subscriber>());
    subscriptions.push_back(
        hub_->subscribe(request(i % 2 == 0 ? "sum(up)" : "sum( up )"), subscribers.back()->sink()).value());
  }
  for (const auto& subscriber : subscribers) subscriber->await(10);
  std::vector<TimestampMs> seen;
  for (const auto& subscriber : subscribers) {
    const auto all = times(subscriber->await(10));
    seen.insert(seen.end(), all.begin(), all.end());
  }
  std::sort(seen.begin(), seen.end());
  const auto different = std::unique(seen.begin(), seen.end()) - seen.begin();
  // Each time once, but for those who came at the same moment and the times after the last that was awaited.
  EXPECT_LT(evaluations(), static_cast<uint64_t>(different) + 40);
  EXPECT_GE(evaluations(), static_cast<uint64_t>(different));
}

TEST_F(LiveHubSharingTest, KeepsDifferentIntervalsAndTenantsApart) {
  add("a", 1);
  LiveRequest slow = request("up");
  slow.interval = 2 * kInterval;
  LiveRequest foreign = request("up");
  foreign.tenant = TenantId::from_stored(8);
  std::vector<std::shared_ptr<Subscriber>> subscribers;
  std::vector<std::unique_ptr<LiveHub::Subscription>> subscriptions;
  for (const LiveRequest& one : {request("up"), slow, foreign}) {
    subscribers.push_back(std::make_shared<Subscriber>());
    subscriptions.push_back(hub_->subscribe(one, subscribers.back()->sink()).value());
  }
  for (const auto& subscriber : subscribers) subscriber->await(4);
  for (const TimestampMs at : times(subscribers[1]->await(4))) EXPECT_EQ(at % (2 * kInterval.count()), 0);
  EXPECT_EQ(std::get<LiveFrame>(subscribers[0]->await(4)[0]).new_series.size(), 1u);
  EXPECT_TRUE(std::get<LiveFrame>(subscribers[2]->await(4)[0]).new_series.empty());
}

TEST_F(LiveHubSharingTest, OneWhoIsBehindDelaysNobody) {
  add("a", 1);
  auto behind = std::make_shared<Subscriber>();
  auto other = std::make_shared<Subscriber>();
  auto first = hub_->subscribe(request("up"), behind->sink()).value();
  behind->await(1);
  behind->set_ready(false);
  behind->await_asked(1);
  const size_t before = behind->count();
  auto second = hub_->subscribe(request("up"), other->sink()).value();
  other->await(5);
  EXPECT_EQ(behind->count(), before);
  add("b", 2);
  add("a", 3);
  other->await(other->count() + 2);
  behind->set_ready(true);
  const auto frame = std::get<LiveFrame>(behind->await(before + 1).back());
  EXPECT_EQ(frame.new_series.size(), 1u) << "one frame has all that changed";
}

TEST_F(LiveHubSharingTest, WaitsForTheWatermark) {
  add("a", 1);
  LiveHubOptions options = roomy();
  options.watermark_wait_max = std::chrono::hours(1);
  const TimestampMs start = floor_to(now_ms() - 10'000, kInterval.count());
  watermark_ms_ = start + 5;
  use_watermark(options);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = hub_->subscribe(request("up"), subscriber->sink()).value();
  EXPECT_EQ(std::get<LiveFrame>(subscriber->await(1)[0]).at_ms, start);
  watermark_ms_ = start + kInterval.count();
  const auto frame = std::get<LiveFrame>(subscriber->await(2)[1]);
  EXPECT_EQ(frame.at_ms, start + kInterval.count());
  EXPECT_TRUE(frame.complete);
}

TEST_F(LiveHubSharingTest, SaysWhatIsNotComplete) {
  add("a", 1);
  LiveHubOptions options = roomy();
  options.watermark_wait_max = os::milliseconds(40);
  use_watermark(options);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = hub_->subscribe(request("up"), subscriber->sink()).value();
  for (const LiveUpdate& update : subscriber->await(3)) EXPECT_FALSE(std::get<LiveFrame>(update).complete);
  watermark_ms_ = now_ms() + 3'600'000;
  while (!std::get<LiveFrame>(subscriber->await(subscriber->count() + 1).back()).complete) {
  }
}

TEST_F(LiveHubSharingTest, ResumesWithoutAGapOrARepetition) {
  const int64_t interval = kInterval.count();
  const TimestampMs start = floor_to(now_ms(), interval);
  for (int i = 0; i < 50; ++i) add_at(start - (50 - i) * interval, "a", i);
  // Others keep the group going while it is away; one more comes back in between two of its times.
  auto other = std::make_shared<Subscriber>();
  auto keeps = hub_->subscribe(request("up"), other->sink()).value();
  other->await(2);
  LiveRequest resuming = request("up", os::milliseconds(60'000));
  resuming.resume_after_ms = start - 31 * interval;
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = hub_->subscribe(resuming, subscriber->sink()).value();
  const auto updates = subscriber->await(10);
  const auto& history = std::get<LiveHistory>(updates[0]);
  EXPECT_EQ(history.start_ms, start - 30 * interval);
  EXPECT_EQ(history.step_ms, interval);
  EXPECT_FALSE(history.truncated);
  ASSERT_EQ(history.points.size(), 1u);
  EXPECT_EQ(history.points[0].values[0], 20);
  EXPECT_EQ(history.points[0].values[29], 49);
  const auto all = times(updates);
  expect_without_gap({all.begin(), all.begin() + 31}, interval);
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end(), std::greater_equal<>()), all.end()) << "no time twice";
}

TEST_F(LiveHubSharingTest, ResumesFromATimeThatIsStillToCome) {
  add("a", 1);
  const TimestampMs told = floor_to(now_ms(), kInterval.count()) + 5 * kInterval.count();
  LiveRequest resuming = request("up");
  resuming.resume_after_ms = told;
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = hub_->subscribe(resuming, subscriber->sink()).value();
  EXPECT_GT(times(subscriber->await(1))[0], told) << "another process was ahead";
  resuming.resume_after_ms = now_ms() + 3'600'000;
  EXPECT_EQ(hub_->subscribe(resuming, subscriber->sink()).error().code, Code::kInvalidArgument);
  resuming.resume_after_ms = -1;
  EXPECT_EQ(hub_->subscribe(resuming, subscriber->sink()).error().code, Code::kInvalidArgument);
}

TEST_F(LiveHubSharingTest, SaysWhereALongGapBegins) {
  add("a", 1);
  LiveRequest resuming = request("up");
  resuming.resume_after_ms = now_ms() - 3'600'000;
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = hub_->subscribe(resuming, subscriber->sink()).value();
  const auto updates = subscriber->await(2);
  const auto& history = std::get<LiveHistory>(updates[0]);
  EXPECT_TRUE(history.truncated);
  EXPECT_EQ(history.end_ms - history.start_ms, 99 * kInterval.count()) << "a hundred points";
  EXPECT_EQ(std::get<LiveFrame>(updates[1]).at_ms, history.end_ms + kInterval.count());
}

TEST_F(LiveHubSharingTest, HistoryAndFramesMeetWithoutOverlap) {
  add("a", 1);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = hub_->subscribe(request("up", 10 * kInterval), subscriber->sink()).value();
  const auto updates = subscriber->await(2);
  EXPECT_EQ(std::get<LiveHistory>(updates[0]).end_ms + kInterval.count(),
            std::get<LiveFrame>(updates[1]).at_ms);
}

TEST_F(LiveHubTest, LimitsTheSeriesOfASubscription) {
  for (const char* instance : {"a", "b", "c"}) add(instance, 1);
  auto subscriber = std::make_shared<Subscriber>();
  auto subscription = subscribe("up", *subscriber).value();
  const Error error = std::get<Error>(subscriber->await(1)[0]);
  EXPECT_EQ(error.code, Code::kResourceExhausted);
  EXPECT_THAT(error.message, HasSubstr("2"));
}

TEST_F(LiveHubTest, LimitsSubscriptions) {
  auto subscriber = std::make_shared<Subscriber>();
  auto first = subscribe("1", *subscriber).value();
  auto second = subscribe("2", *subscriber).value();
  EXPECT_EQ(hub_.subscription_count(), 2u);
  EXPECT_EQ(subscribe("3", *subscriber).error().code, Code::kResourceExhausted);
  first.reset();
  EXPECT_TRUE(subscribe("3", *subscriber).ok());
}

TEST_F(LiveHubTest, KeepsTenantsApart) {
  add("a", 1);
  auto subscriber = std::make_shared<Subscriber>();
  LiveRequest foreign = request("up");
  foreign.tenant = TenantId::from_stored(8);
  auto subscription = hub_.subscribe(foreign, subscriber->sink()).value();
  EXPECT_TRUE(std::get<LiveFrame>(subscriber->await(2)[1]).new_series.empty());
}

}  // namespace
}  // namespace weir::stream
