#include <algorithm>

#include "query/range_functions.h"

namespace weir::query {
namespace {

double seconds_between(TimestampMs from, TimestampMs to) {
  return static_cast<double>(to - from) / 1000;
}

// What counters went up, in spite of resets: after one they count on from zero. Adds in the order of time, so
// that sums round as they do in Prometheus.
double counter_increase(const Window& window) {
  double total = window.last() - window.first();
  for (const uint32_t reset : window.resets) total += window.values[reset - window.resets_base - 1];
  return total;
}

// How far before the first sample the series is taken to begin.
double time_to_start(const Window& window, double first, double change, double sampled_s, double spacing_s,
                     bool is_counter) {
  double start_s = seconds_between(window.begin_ms, window.timestamps_ms.front());
  if (start_s >= spacing_s * 1.1) start_s = spacing_s / 2;
  if (!is_counter || !(change > 0) || !(first >= 0)) return start_s;
  // A counter does not begin below zero.
  const double zero_s = sampled_s * (first / change);
  return zero_s < start_s ? zero_s : start_s;
}

bool falls(const Window& window) {
  return window.last() < window.values[window.size() - 2];
}

double last_distance_s(const Window& window) {
  return seconds_between(window.timestamps_ms[window.size() - 2], window.timestamps_ms.back());
}

}  // namespace

double extrapolation(const Window& window, double first, double change, bool is_counter) {
  const double sampled_s = seconds_between(window.timestamps_ms.front(), window.timestamps_ms.back());
  const double spacing_s = sampled_s / (window.count() - 1);
  const double start_s = time_to_start(window, first, change, sampled_s, spacing_s, is_counter);
  double end_s = seconds_between(window.timestamps_ms.back(), window.end_ms);
  if (end_s >= spacing_s * 1.1) end_s = spacing_s / 2;
  return (sampled_s + start_s + end_s) / sampled_s;
}

double rate(const Window& window) {
  if (window.size() < 2) return absent();
  const double change = counter_increase(window);
  return change * (extrapolation(window, window.first(), change, true) /
                   seconds_between(window.begin_ms, window.end_ms));
}

double increase(const Window& window) {
  if (window.size() < 2) return absent();
  const double change = counter_increase(window);
  return change * extrapolation(window, window.first(), change, true);
}

double delta(const Window& window) {
  if (window.size() < 2) return absent();
  const double change = window.last() - window.first();
  return change * extrapolation(window, window.first(), change, false);
}

double irate(const Window& window) {
  if (window.size() < 2) return absent();
  const double change = falls(window) ? window.last() : window.last() - window.values[window.size() - 2];
  return change / last_distance_s(window);
}

double idelta(const Window& window) {
  if (window.size() < 2) return absent();
  return window.last() - window.values[window.size() - 2];
}

double resets(const Window& window) {
  return static_cast<double>(window.resets.size());
}

double changes(const Window& window) {
  size_t count = 0;
  for (size_t i = 1; i < window.size(); ++i) {
    if (differs(window.values[i], window.values[i - 1])) ++count;
  }
  return static_cast<double>(count);
}

}  // namespace weir::query
