#include "tenant/gcra.h"

#include <algorithm>

namespace weir::tenant::gcra {
namespace {

constexpr uint64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kDurationMax = 1'000'000'000 * int64_t{kNanosPerSecond};

uint64_t per_second(const Rate& rate) {
  return std::clamp<uint64_t>(rate.per_second, 1, kNanosPerSecond);
}

uint64_t burst(const Rate& rate) {
  return std::max<uint64_t>(1, rate.burst);
}

int64_t times(int64_t duration_ns, uint64_t factor) {
  if (static_cast<uint64_t>(duration_ns) > static_cast<uint64_t>(kDurationMax) / factor) return kDurationMax;
  return duration_ns * static_cast<int64_t>(factor);
}

}  // namespace

// Rounded down, so that as many costs of 1 fit a burst as it has tokens. The rate gains less than 1 ns a call
// by that.
int64_t duration_ns(const Rate& rate, uint64_t cost) {
  const uint64_t divisor = per_second(rate);
  const uint64_t seconds = cost / divisor;
  if (seconds >= static_cast<uint64_t>(kDurationMax) / kNanosPerSecond) return kDurationMax;
  const uint64_t nanos = seconds * kNanosPerSecond + cost % divisor * kNanosPerSecond / divisor;
  return static_cast<int64_t>(cost == 0 ? 0 : std::max<uint64_t>(1, nanos));
}

uint64_t tokens(const Rate& rate, int64_t duration_ns) {
  if (duration_ns <= 0) return 0;
  const auto nanos = static_cast<uint64_t>(std::min(duration_ns, kDurationMax));
  const uint64_t factor = per_second(rate);
  const uint64_t whole = nanos / kNanosPerSecond * factor;
  return std::min(burst(rate), whole + nanos % kNanosPerSecond * factor / kNanosPerSecond);
}

uint64_t remaining(const Rate& rate, int64_t tat_ns, int64_t now_ns) {
  return tokens(rate, duration_ns(rate, burst(rate)) - (std::max(tat_ns, now_ns) - now_ns));
}

int64_t earliest_ns(const Rate& rate, int64_t tat_ns, uint64_t cost) {
  return tat_ns + duration_ns(rate, cost) - duration_ns(rate, burst(rate));
}

Allowance take(int64_t& tat_ns, int64_t now_ns, const Rate& rate, uint64_t cost, uint64_t shares) {
  const int64_t whole = duration_ns(rate, burst(rate));
  tat_ns = at_most_empty(tat_ns, now_ns, rate, shares);
  Allowance allowance{.allowed = cost == 0};
  if (cost >= 1 && cost <= burst(rate)) {
    const int64_t price = times(duration_ns(rate, cost), shares);
    const int64_t window = std::max(whole, price);
    const int64_t next = std::max(tat_ns, now_ns) + price;
    allowance.allowed = next - now_ns <= window;
    if (allowance.allowed) {
      tat_ns = next;
    } else {
      allowance.retry_after = up_to_millis(next - window - now_ns);
    }
  }
  allowance.remaining = remaining(rate, tat_ns, now_ns) / shares;
  return allowance;
}

// A share pays for a cost above its part of the burst up to `shares` times as long as the whole would.
int64_t at_most_empty(int64_t tat_ns, int64_t now_ns, const Rate& rate, uint64_t shares) {
  return std::min(tat_ns, now_ns + times(duration_ns(rate, burst(rate)), shares));
}

os::milliseconds up_to_millis(int64_t duration_ns) {
  return std::chrono::ceil<os::milliseconds>(std::chrono::nanoseconds(duration_ns));
}

int64_t steady_ns(const os::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock.steady().time_since_epoch()).count();
}

}  // namespace weir::tenant::gcra
