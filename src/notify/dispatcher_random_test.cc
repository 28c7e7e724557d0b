#include <map>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "notify/dispatcher.h"
#include "os/random.h"
#include "os/sim/manual_clock.h"

namespace weir::notify {
namespace {

const TenantId kTenant = TenantId::from_stored(1);
constexpr int64_t kRepeatMs = 4 * kHourMs;

std::shared_ptr<const Config> config() {
  ReadConfig read = parse_config(
      "route: {receiver: team, group_by: [group], group_wait: 10s, group_interval: 1m, repeat_interval: 4h}\n"
      "receivers: [{name: team, webhook_configs: [{url: 'http://h/'}]}]");
  CHECK(read.problems.empty(), "a good configuration");
  return std::make_shared<const Config>(std::move(read.config));
}

/// Alerts that fire and end at random, notifications that arrive or fail, and a process that is killed at any
/// time, with what a receiver knows beside what is so.
class Incidents {
 public:
  explicit Incidents(uint64_t seed)
      : random_(seed), dispatcher_(std::in_place, config(), DispatcherOptions()) {}

  void run() {
    for (int step = 0; step < 400; ++step) {
      clock_.advance(std::chrono::seconds(random_.below(40)));
      switch (random_.below(6)) {
        case 0:
        case 1:
          change();
          break;
        case 2:
          if (random_.below(10) == 0) restart();
          break;
        default:
          tell();
          settle(random_.below(4) != 0);
      }
    }
    failing_ = false;
    for (int minute = 0; minute < 5; ++minute) {
      clock_.advance(std::chrono::minutes(1));
      tell();
      settle(true);
    }
    for (const auto& [labels, alert] : alerts_) {
      const auto known = known_.find(labels);
      EXPECT_EQ(known != known_.end() && known->second.first, !alert.ends_at_ms) << labels.view().to_string();
      if (known != known_.end() && !alert.ends_at_ms) {
        EXPECT_EQ(known->second.second, alert.starts_at_ms);
      }
    }
  }
  int told() const { return told_; }

 private:
  // An alert fires, or ends.
  void change() {
    const Labels labels =
        Labels::of({{"group", std::to_string(random_.below(3))}, {"job", std::to_string(random_.below(4))}});
    Alert& alert = alerts_[labels];
    const bool fires = !alert.labels.view().empty() && !alert.ends_at_ms;
    if (fires) {
      alert.ends_at_ms = clock_.wall_ms();
    } else {
      alert = {.labels = labels,
               .annotations = {},
               .starts_at_ms = clock_.wall_ms(),
               .ends_at_ms = std::nullopt,
               .generator_url = {}};
    }
    ASSERT_TRUE(dispatcher_->insert(kTenant, {&alert, 1}, clock_.wall_ms()).ok());
  }
  void tell() {
    for (Notification& notification : dispatcher_->due(clock_.wall_ms())) {
      // As in Delivery, a later one takes the place of one on its way.
      on_their_way_.insert_or_assign(notification.target, std::move(notification));
    }
  }
  void settle(bool delivered) {
    if (on_their_way_.empty()) return;
    auto at = std::next(on_their_way_.begin(), static_cast<int64_t>(random_.below(on_their_way_.size())));
    do {
      if (delivered) arrives(at->second);
      dispatcher_->settle(at->second, delivered, clock_.wall_ms());
      at = on_their_way_.erase(at);
      for (auto& document : dispatcher_->log().take_changed(kTenant))
        durable_[document.shard] = document.bytes;
    } while (!failing_ && at != on_their_way_.end());
  }
  // Each notification says something new, or repeats after the interval for it.
  void arrives(const Notification& notification) {
    ++told_;
    bool is_new = false;
    for (const Alert& alert : notification.alerts) {
      const bool fires = !alert.ends_at_ms;
      const std::pair news(fires, fires ? alert.starts_at_ms : 0);
      const auto known = known_.find(alert.labels);
      if (known == known_.end() || known->second != news) is_new = true;
      known_[alert.labels] = news;
    }
    TimestampMs& last_ms = last_told_ms_[notification.target];
    EXPECT_TRUE(is_new || clock_.wall_ms() - last_ms > kRepeatMs) << notification.target.group_key;
    last_ms = clock_.wall_ms();
  }
  // The process is killed; another one has the log and all alerts, also those that have ended.
  void restart() {
    on_their_way_.clear();
    dispatcher_.emplace(config(), DispatcherOptions());
    for (const auto& [shard, bytes] : durable_) {
      if (bytes.empty()) continue;
      ASSERT_TRUE(dispatcher_->log().decode(kTenant, bytes).ok());
    }
    std::vector<Alert> all;
    for (const auto& [labels, alert] : alerts_) all.push_back(alert);
    ASSERT_TRUE(dispatcher_->insert(kTenant, all, clock_.wall_ms()).ok());
  }

  os::Random random_;
  os::sim::ManualClock clock_;
  std::optional<Dispatcher> dispatcher_;
  std::map<Labels, Alert> alerts_;                        // as they are
  std::map<Labels, std::pair<bool, TimestampMs>> known_;  // to the receiver: whether it fires, and since when
  std::map<Target, Notification> on_their_way_;
  std::map<Target, TimestampMs> last_told_ms_;
  std::map<size_t, std::string> durable_;  // documents of the log
  bool failing_ = true;
  int told_ = 0;
};

TEST(DispatcherRandom, TellsEachIncidentOnce) {
  int told = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Incidents incidents(seed);
    incidents.run();
    told += incidents.told();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(told, 10'000);
}

}  // namespace
}  // namespace weir::notify
