#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/dispatcher.h"
#include "os/sim/manual_clock.h"

namespace weir::notify {

inline const TenantId kTenant = TenantId::from_stored(1);
inline const TenantId kOther = TenantId::from_stored(2);

inline constexpr std::string_view kConfig = R"(
route:
  receiver: team
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 1h
  routes:
    - matchers: [severity=now]
      group_wait: 0s
    - matchers: [severity=quiet]
      receiver: nobody
    - matchers: [severity=firing-only]
      receiver: firing-only
    - matchers: [severity=office]
      mute_time_intervals: [night]
receivers:
  - name: team
    webhook_configs: [{url: 'http://h/'}]
  - name: firing-only
    webhook_configs: [{url: 'http://h/', send_resolved: false}]
  - name: nobody
time_intervals:
  - name: night
    time_intervals: [{times: [{start_time: '22:13', end_time: '22:20'}]}]
inhibit_rules:
  - source_matchers: [severity=critical]
    target_matchers: [severity=warning]
    equal: [job]
)";

inline std::shared_ptr<const Config> config_of(std::string_view text) {
  ReadConfig read = parse_config(text);
  CHECK(read.problems.empty(), read.problems[0].message);
  return std::make_shared<const Config>(std::move(read.config));
}

/// A dispatcher of `kConfig` on a clock of its own.
class DispatcherTest : public testing::Test {
 protected:
  // The alert `name` with a label `which`, that fires or has just ended.
  Alert alert(std::string_view name, std::string_view which, bool fires = true,
              std::string_view severity = "") {
    Alert& made = alerts_[Labels::of({{"alertname", name}, {"job", which}, {"severity", severity}})];
    const bool begins = made.labels.view().empty() || (fires && made.ends_at_ms);
    made = {.labels = Labels::of({{"alertname", name}, {"job", which}, {"severity", severity}}),
            .annotations = {},
            .starts_at_ms = begins ? clock_.wall_ms() : made.starts_at_ms,
            .ends_at_ms = fires ? std::nullopt : std::optional(clock_.wall_ms()),
            .generator_url = {}};
    return made;
  }
  void insert(const Alert& alert, TenantId tenant = kTenant) {
    const Status taken = dispatcher_.insert(tenant, {&alert, 1}, clock_.wall_ms());
    EXPECT_TRUE(taken.ok());
  }
  // What is due, as "receiver a! b.": firing alerts with an exclamation mark, resolved ones with a full stop.
  std::vector<std::string> due() {
    std::vector<std::string> out;
    for (Notification& notification : dispatcher_.due(clock_.wall_ms())) {
      std::string line = notification.target.receiver;
      for (const Alert& each : notification.alerts)
        line += " " + std::string(each.labels.view().get("job")) + (each.ends_at_ms ? "." : "!");
      out.push_back(line);
      last_.push_back(std::move(notification));
    }
    return out;
  }
  // As `due`, and all of it arrives.
  std::vector<std::string> told() {
    std::vector<std::string> out = due();
    settle(true);
    return out;
  }
  void settle(bool delivered) {
    for (const Notification& notification : std::exchange(last_, {}))
      dispatcher_.settle(notification, delivered, clock_.wall_ms());
  }
  void pass(std::chrono::seconds time) { clock_.advance(time); }

  os::sim::ManualClock clock_;
  bool silenced_ = false;
  Dispatcher dispatcher_{
      config_of(kConfig), {}, [this](TenantId, LabelsView, TimestampMs) { return silenced_; }};
  std::vector<Notification> last_;
  std::map<Labels, Alert> alerts_;  // as they were made last
};

}  // namespace weir::notify
