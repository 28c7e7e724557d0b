#include "resilience/circuit_breaker.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::resilience {
namespace {

bool is_failure(const Status& status) {
  if (status.ok()) return false;
  switch (status.error().code) {
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kIo:
    case Code::kInternal:
      return true;
    default:
      return false;
  }
}

os::milliseconds millis_between(os::SteadyTime from, os::SteadyTime to) {
  return std::chrono::ceil<os::milliseconds>(to - from);
}

}  // namespace

std::string_view breaker_state_text(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half_open";
  }
  return "?";
}

CircuitBreaker::CircuitBreaker(std::string name, const BreakerOptions& options, os::Clock& clock,
                               uint64_t seed)
    : name_(std::move(name)), options_(options), clock_(clock), state_(std::in_place, seed) {
  CHECK(options.window.count() >= static_cast<int64_t>(kSlices), "the window is at least 10 ms");
}

CircuitBreaker::Permit::Permit(CircuitBreaker* breaker, uint64_t generation, os::SteadyTime started)
    : breaker_(breaker), generation_(generation), started_(started) {}

CircuitBreaker::Permit::Permit(Permit&& other) noexcept
    : breaker_(std::exchange(other.breaker_, nullptr)),
      generation_(other.generation_),
      started_(other.started_) {}

CircuitBreaker::Permit::~Permit() {
  if (breaker_ != nullptr) breaker_->settle(generation_, started_, Verdict::kAbandoned);
}

void CircuitBreaker::Permit::settle(const Status& status) {
  report(is_failure(status));
}

void CircuitBreaker::Permit::success() {
  report(false);
}

void CircuitBreaker::Permit::failure() {
  report(true);
}

void CircuitBreaker::Permit::report(bool failed) {
  CircuitBreaker* breaker = std::exchange(breaker_, nullptr);
  if (breaker != nullptr) breaker->settle(generation_, started_, failed ? Verdict::kFailed : Verdict::kGood);
}

Result<CircuitBreaker::Permit> CircuitBreaker::try_acquire() {
  const os::SteadyTime now = clock_.steady();
  os::milliseconds retry_in{0};
  const std::optional<uint64_t> generation = state_.with([&](State& state) -> std::optional<uint64_t> {
    if (state.state == BreakerState::kOpen && now >= state.retry_at) {
      state.state = BreakerState::kHalfOpen;
      ++state.generation;
      state.good_probes = 0;
      state.probing = false;
    }
    if (state.state == BreakerState::kOpen || (state.state == BreakerState::kHalfOpen && state.probing)) {
      ++state.refused_total;
      if (state.state == BreakerState::kOpen) retry_in = millis_between(now, state.retry_at);
      return std::nullopt;
    }
    state.probing = state.state == BreakerState::kHalfOpen;
    return state.generation;
  });
  if (generation) return Permit(this, *generation, now);
  if (retry_in.count() == 0) {
    return unavailable(fmt::format("{}: circuit breaker half open, a probe is under way", name_));
  }
  return unavailable(
      fmt::format("{}: circuit breaker open after failures, tried again in {} ms", name_, retry_in.count()));
}

void CircuitBreaker::settle(uint64_t generation, os::SteadyTime started, Verdict verdict) {
  const os::SteadyTime now = clock_.steady();
  const bool slow = now - started >= options_.slow_after;
  state_.with([&](State& state) {
    if (generation != state.generation) return;  // A verdict on times before the last change of state.
    if (state.state == BreakerState::kHalfOpen) {
      state.probing = false;
      if (verdict == Verdict::kAbandoned) return;
      if (verdict == Verdict::kFailed || slow) {
        open(state, now);
      } else if (++state.good_probes >= options_.probes) {
        state.state = BreakerState::kClosed;
        ++state.generation;
        state.open_for = os::milliseconds{0};
        state.slices.fill(Slice{});
      }
      return;
    }
    if (verdict == Verdict::kAbandoned) return;
    count(state, now, verdict == Verdict::kFailed, slow);
    const Slice sum = counted(state, now);
    if (sum.calls < options_.calls_min) return;
    if (sum.failures >= options_.failure_ratio * sum.calls || sum.slow >= options_.slow_ratio * sum.calls) {
      open(state, now);
    }
  });
}

int64_t CircuitBreaker::slice_number(os::SteadyTime time) const {
  return std::chrono::floor<os::milliseconds>(time.time_since_epoch()) / (options_.window / int64_t{kSlices});
}

void CircuitBreaker::count(State& state, os::SteadyTime now, bool failed, bool slow) const {
  const int64_t number = slice_number(now);
  Slice& slice = state.slices[static_cast<uint64_t>(number) % kSlices];
  if (slice.number != number) slice = Slice{.number = number};
  ++slice.calls;
  slice.failures += failed ? 1 : 0;
  slice.slow += slow ? 1 : 0;
}

CircuitBreaker::Slice CircuitBreaker::counted(const State& state, os::SteadyTime now) const {
  const int64_t newest = slice_number(now);
  Slice sum;
  for (const Slice& slice : state.slices) {
    if (slice.number <= newest - static_cast<int64_t>(kSlices)) continue;
    sum.calls += slice.calls;
    sum.failures += slice.failures;
    sum.slow += slice.slow;
  }
  return sum;
}

void CircuitBreaker::open(State& state, os::SteadyTime now) const {
  state.open_for =
      state.open_for.count() == 0 ? options_.open_min : std::min(state.open_for * 2, options_.open_max);
  const double factor = 1 + options_.jitter * (2 * state.random.unit() - 1);
  state.retry_at = now + std::chrono::duration_cast<os::SteadyTime::duration>(state.open_for * factor);
  state.state = BreakerState::kOpen;
  ++state.generation;
  ++state.opened_total;
}

BreakerStatus CircuitBreaker::status() const {
  const os::SteadyTime now = clock_.steady();
  return state_.with([&](const State& state) {
    const Slice sum = counted(state, now);
    BreakerStatus status{.name = name_,
                         .state = state.state,
                         .calls = sum.calls,
                         .failures = sum.failures,
                         .slow = sum.slow,
                         .opened_total = state.opened_total,
                         .refused_total = state.refused_total};
    if (state.state == BreakerState::kOpen && state.retry_at > now)
      status.retry_in = millis_between(now, state.retry_at);
    return status;
  });
}

}  // namespace weir::resilience
