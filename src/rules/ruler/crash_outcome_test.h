#pragma once

#include <bit>
#include <set>
#include <string>

#include <fmt/ranges.h>

#include "query/engine.h"
#include "rules/evaluation/instant_vector.h"
#include "rules/ruler/ruler.h"
#include "rules/ruler/state_document.h"
#include "store/memory/memory_store.h"

/// What groups of rules come to: in a life full of crashes, and without any.
namespace weir::rules {

/// What must outlive a process of an alert.
inline std::string incident_text(const Alert& alert) {
  const auto time = [](const std::optional<TimestampMs>& at_ms) { return at_ms.value_or(0); };
  return fmt::format("{} {} since {} fired {} resolved {} kept since {} unknown since {}",
                     alert.labels.view().to_string(), text(alert.state), alert.active_at_ms,
                     time(alert.fired_at_ms), time(alert.resolved_at_ms), time(alert.keep_firing_since_ms),
                     time(alert.unknown_since_ms));
}
/// All of it, bit for bit.
inline std::string alert_text(const Alert& alert) {
  return fmt::format("{} {} {:x}", incident_text(alert), alert.annotations,
                     std::bit_cast<uint64_t>(std::get<double>(alert.value)));
}
inline std::set<std::string> incident_texts(const RememberedGroup& group) {
  std::set<std::string> texts;
  for (const RememberedRule& rule : group.rules) {
    for (const Alert& alert : rule.alerts) texts.insert(incident_text(alert));
  }
  return texts;
}

/// What is told of alerts, once each.
struct Told {
  std::set<std::string> alerts;     ///< As they were at some time.
  std::set<std::string> incidents;  ///< Labels and when it fired.
  std::set<std::string> ends;       ///< Of an incident.

  void note(const Alert& alert) {
    alerts.insert(alert_text(alert));
    const std::string incident =
        fmt::format("{} fired {}", alert.labels.view().to_string(), alert.fired_at_ms.value_or(0));
    incidents.insert(incident);
    if (alert.resolved_at_ms) ends.insert(fmt::format("{} resolved {}", incident, *alert.resolved_at_ms));
  }
};

inline query::EngineOptions crash_engine_options() {
  query::EngineOptions options;
  options.lookback = os::milliseconds(7'000);
  return options;
}

/// One evaluation after the other over a store that has all samples from the beginning, and takes what the
/// rules make.
class Uninterrupted {
 public:
  Uninterrupted(store::MemoryStore& store, const RulerOptions& options, const os::Clock& clock)
      : store_(store),
        clock_(clock),
        engine_(store, crash_engine_options(), clock),
        environment_{[this](const std::string& expr, TimestampMs at_ms) {
                       return instant_vector(engine_, {kTenant, limits_, Deadline::never()}, expr, at_ms);
                     },
                     options.external_labels, options.external_url, options.unknown_ms_max} {}

  /// At all times from the first to the last; what the group has then.
  RememberedGroup run(const RuleGroup& group, TimestampMs first_ms, TimestampMs last_ms) {
    GroupState state(group);
    for (TimestampMs at_ms = first_ms; at_ms <= last_ms; at_ms += group.interval_ms) {
      const EvaluationTime time{at_ms, group.query_offset_ms.value_or(0)};
      EXPECT_TRUE(
          state.evaluate(environment_, time, clock_, [this](const Batch& samples) { return write(samples); })
              .ok());
      for (const RuleHealth& health : state.health()) EXPECT_EQ(health.error, "");
      for (const RuleState& rule : state.rules()) {
        for (const auto& [labels, alert] : rule.alerts()) {
          if (alert.state == AlertState::kFiring || alert.resolved_at_ms) told_.note(alert);
        }
      }
    }
    return remembered(state, last_ms);
  }
  const Told& told() const { return told_; }

 private:
  static constexpr TenantId kTenant = TenantId::from_stored(1);

  Status write(const Batch& samples) {
    for (const Batch::Series& series : samples.series()) {
      for (size_t i = 0; i < series.sample_count; ++i)
        store_.append(kTenant, Labels(samples.labels(series)), samples.timestamps_ms(series)[i],
                      samples.values(series)[i]);
    }
    return {};
  }

  store::MemoryStore& store_;
  const os::Clock& clock_;
  const weir::Limits limits_;
  const query::Engine engine_;
  const Environment environment_;
  Told told_;
};

}  // namespace weir::rules
