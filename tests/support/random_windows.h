#pragma once

#include <algorithm>
#include <cmath>

#include "model/sample.h"
#include "os/random.h"
#include "store/store.h"

namespace weir::store {

/// Series and windows that are likely to meet at the edges of hours.
class RandomWindows {
 public:
  static constexpr int64_t kHour = 3'600'000, kMinute = 60'000;

  RandomWindows(uint64_t seed, TimestampMs start, int64_t hours)
      : random_(seed), start_(start / kHour * kHour), hours_(hours) {}

  uint64_t below(uint64_t bound) { return random_.below(bound); }
  TimestampMs start() const { return start_; }
  TimestampMs end() const { return start_ + hours_ * kHour; }
  TimestampMs any_time() {
    return start_ + static_cast<int64_t>(below(static_cast<uint64_t>(hours_ * kHour)));
  }

  /// Samples of one series, some minutes apart, often on an hour or beside one, sometimes silent for hours.
  /// Some series are constant, some rise or fall, most have few different values; NaN, stale markers and
  /// infinities among them.
  SampleColumns samples() {
    const uint64_t values = 1 + below(6);
    const double slope = static_cast<double>(below(3)) - 1;
    SampleColumns out;
    for (TimestampMs at = start_; at < end();) {
      out.push_back(
          at, special(slope * static_cast<double>(out.size() / 8) + static_cast<double>(below(values))));
      const TimestampMs hour = at / kHour * kHour + kHour;
      const TimestampMs beside[] = {hour - 1, hour, hour + 1, hour + static_cast<int64_t>(below(4 * kHour))};
      const uint64_t choice = below(10);
      at = choice < 4 ? std::max(at + 1, beside[choice]) : at + 1 + static_cast<int64_t>(below(20 * kMinute));
    }
    return out;
  }

  /// The same, some seconds apart: a counter that starts anew now and then, a gauge of integers, one of
  /// decimals, one of everything; sometimes a stale marker, or nothing for a while.
  SampleColumns dense_samples() {
    const uint64_t kind = below(4);
    const auto spacing_ms = static_cast<int64_t>(1'000 + below(30'000));
    double counter = 0;
    SampleColumns out;
    for (TimestampMs at = start_; at < end();) {
      counter = below(500) == 0 ? 0 : counter + static_cast<double>(below(100));
      const double integer = static_cast<double>(below(1'000)) - (below(50) == 0 ? 900 : 0);
      const double values[] = {counter, integer, integer / 100, special(integer)};
      out.push_back(at, below(300) == 0 ? stale_marker() : values[kind]);
      const int64_t pause = below(700) == 0 ? static_cast<int64_t>(below(3 * kHour)) : 0;
      at += spacing_ms + pause + (below(3) == 0 ? static_cast<int64_t>(below(200)) : 0);
    }
    return out;
  }

  ValueFilter filter() {
    const double bounds[] = {0, 2, 50, 900, 1'000, 20'000, -5};
    return {static_cast<ValueFilter::Op>(below(5)), bounds[below(7)]};
  }

  /// Of any kind.
  WindowReduction reduction() {
    WindowReduction out = extreme();
    out.kind = static_cast<WindowReduction::Kind>(below(5));
    return out;
  }
  /// Of a minimum or maximum.
  WindowReduction extreme() {
    const int64_t units[] = {kHour, kHour, 3 * kHour, 30 * kMinute, 7 * kMinute + 13};
    const int64_t shifts[] = {0, 0, -2, -1, 1, static_cast<int64_t>(below(kHour))};
    WindowReduction out;
    out.kind = below(2) == 0 ? WindowReduction::Kind::kMin : WindowReduction::Kind::kMax;
    out.step_ms = below(4) == 0 ? 0 : units[below(5)] * static_cast<int64_t>(1 + below(4));
    out.range_ms = units[below(5)] * static_cast<int64_t>(1 + below(12));
    out.count = 1 + below(12);
    out.first_end_ms = any_time() / kHour * kHour + shifts[below(6)];
    return out;
  }

 private:
  double special(double value) {
    if (nan_for_ == 0 && below(100) == 0) nan_for_ = 1 + below(40);
    if (nan_for_ > 0) {
      --nan_for_;
      return below(3) == 0 ? stale_marker() : std::nan("");
    }
    if (below(50) == 0) return below(2) == 0 ? HUGE_VAL : -HUGE_VAL;
    return value;
  }

  os::Random random_;
  const TimestampMs start_;
  const int64_t hours_;
  uint64_t nan_for_ = 0;  // Samples: long enough for whole hours of nothing else.
};

}  // namespace weir::store
