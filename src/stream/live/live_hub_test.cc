#include "stream/live/live_hub.h"

#include <condition_variable>
#include <mutex>
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
  void add(const char* instance, double value) {
    store_.append(tenant_, Labels::of({{"__name__", "up"}, {"instance", instance}}),
                  os::system_clock().wall_ms() - 10'000, value);
  }
  auto subscribe(std::string query, Subscriber& subscriber) {
    return hub_.subscribe(request(std::move(query)), subscriber.sink());
  }

  store::MemoryStore store_;
  const TenantId tenant_ = TenantId::from_stored(7);
  query::Engine engine_{store_, query::EngineOptions(), os::system_clock()};
  telemetry::Registry registry_;
  LiveHub hub_{engine_, options(), os::system_clock(), registry_};
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
  for (const auto& [query, code] :
       {std::pair{"sum(", Code::kInvalidArgument}, std::pair{"up[1m]", Code::kInvalidArgument},
        std::pair{"up + on() up", Code::kFailedPrecondition}}) {
    add("a", 1);
    add("b", 2);
    auto subscriber = std::make_shared<Subscriber>();
    auto subscription = subscribe(query, *subscriber).value();
    EXPECT_EQ(std::get<Error>(subscriber->await(1)[0]).code, code) << query;
    auto other = std::make_shared<Subscriber>();
    auto later = subscribe("1", *other).value();
    other->await(3);
    EXPECT_EQ(subscriber->count(), 1u) << query;
  }
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
