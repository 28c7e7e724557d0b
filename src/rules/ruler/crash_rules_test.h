#pragma once

#include "rules/evaluation/evaluation_testing.h"
#include "support/crash_world.h"

/// What the test of rules through crashes evaluates, and the samples that the rules are about.
namespace weir::rules {

inline constexpr std::string_view kAskedByTemplate = "sort_desc(r)";

/// The first group reads samples, the second one reads what the aggregation makes of them.
inline std::vector<RuleGroup> crash_groups() {
  return groups_of(R"yaml(
groups:
- name: fast
  interval: 1s
  labels: {team: fast}
  rules:
  - {record: "g:r:avg", expr: 'avg by (g) (r)'}
  - {record: "g:r:rate", expr: 'sum by (g) (rate(r[10s]))', labels: {kind: rate}}
  - alert: High
    expr: r > 5
    for: 3s
    labels: {severity: "{{ if gt $value 8.0 }}page{{ else }}warn{{ end }}"}
    annotations: {summary: "{{ $labels.g }}/{{ $labels.s }} has {{ $value }}"}
  - {alert: Kept, expr: 'r{s!="0"} > 7', keep_firing_for: 4s}
  - alert: AverageHigh
    expr: g:r:avg > 5
    for: 2s
    keep_firing_for: 2s
    annotations:
      summary: '{{ range query "sort_desc(r)" }}{{ .Labels.g }}/{{ .Labels.s }}: {{ .Value }} {{ end }}'
  - {alert: Gone, expr: 'absent(r{g="0"})', for: 1s, keep_firing_for: 2s}
  - {alert: Recorded, expr: 'g:r:avg unless g:r:rate > 100000'}
  - {record: "alerts:firing", expr: 'count by (alertname) (ALERTS{team="fast", alertstate="firing"})'}
- name: slow
  interval: 5s
  query_offset: 1s
  labels: {team: slow}
  rules:
  - {record: "r:w:most", expr: 'max(r:w:max)'}
  - alert: WindowHigh
    expr: r:w:sum > 20
    for: 5s
    annotations: {summary: "{{ $labels.g }}: {{ $value | humanize }} of {{ $externalLabels.region }}"}
  - {alert: MostHigh, expr: 'r:w:most > 8', keep_firing_for: 10s}
)yaml");
}

inline std::vector<aggregation::Definition> crash_definitions() {
  return aggregation::parse_definitions(R"(
aggregations:
  - name: windows
    match: r
    by: [g]
    window: 2s
    outputs: [sum, max]
    metric: "{metric}:w:{output}"
)")
      .definitions;
}

/// The samples of `r` in (from_ms, to_ms], always the same: values that stay high or low for a while, and
/// gaps, some of which begin with a stale marker.
inline aggregation::CrashWorld::Samples crash_samples(uint64_t seed, TimestampMs from_ms, TimestampMs to_ms) {
  constexpr int64_t kStepMs = 700;
  constexpr int64_t kLevelMs = 5'000;
  constexpr int64_t kGapMs = 13'000;
  const auto draw = [&](const std::string& what, int64_t when) {
    return stable_hash(fmt::format("{} {}", what, when), seed);
  };
  aggregation::CrashWorld::Samples samples;
  for (const char* g : {"0", "1", "2"}) {
    const auto is_gap = [&](TimestampMs at_ms) { return draw(g, at_ms / kGapMs) % 4 == 0; };
    for (const char* s : {"0", "1"}) {
      const Labels labels = Labels::of({{"__name__", "r"}, {"g", g}, {"s", s}});
      const std::string name = fmt::format("{} {}", g, s);
      const auto phase_ms = static_cast<int64_t>(draw(name, 0) % kStepMs);
      for (TimestampMs at_ms = (from_ms - phase_ms) / kStepMs * kStepMs + phase_ms; at_ms <= to_ms;
           at_ms += kStepMs) {
        if (at_ms <= from_ms) continue;
        const bool ends = is_gap(at_ms) && !is_gap(at_ms - kStepMs) && draw(name, at_ms) % 2 == 0;
        if (is_gap(at_ms) && !ends) continue;
        const uint64_t level = draw(name + " level", at_ms / kLevelMs) % 10;
        const uint64_t part = draw(name, at_ms) % 7;
        samples[{labels, at_ms}] =
            ends ? stale_marker() : static_cast<double>(level) + static_cast<double>(part) / 7;
      }
    }
  }
  return samples;
}

}  // namespace weir::rules
