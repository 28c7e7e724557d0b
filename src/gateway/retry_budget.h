#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace weir::gateway {

/// Bounds the retries that are under way to a share of the requests that are: a retry of each failed request
/// would double the load on upstreams that fail for want of capacity (Envoy's retry budget). Safe from any
/// thread.
class RetryBudget {
 public:
  /// `ratio` of the active requests, and never fewer than `retries_min`, may be retries.
  RetryBudget(double ratio, uint64_t retries_min) : ratio_(ratio), retries_min_(retries_min) {}

  /// Counts one active request for as long as the result is held. The budget outlives it.
  std::shared_ptr<void> begin_request() { return count(active_); }
  /// The right to one retry, counted for as long as it is held; null when the budget is used up.
  std::shared_ptr<void> try_retry() {
    const auto allowed = static_cast<uint64_t>(ratio_ * static_cast<double>(active_.load()));
    uint64_t retries = retries_.load();
    do {
      if (retries >= (allowed > retries_min_ ? allowed : retries_min_)) return nullptr;
    } while (!retries_.compare_exchange_weak(retries, retries + 1));
    return release_later(retries_);
  }
  uint64_t active() const { return active_.load(); }
  uint64_t retries() const { return retries_.load(); }

 private:
  static std::shared_ptr<void> release_later(std::atomic<uint64_t>& counter) {
    return {&counter, [](std::atomic<uint64_t>* counted) { counted->fetch_sub(1); }};
  }
  static std::shared_ptr<void> count(std::atomic<uint64_t>& counter) {
    counter.fetch_add(1);
    return release_later(counter);
  }

  const double ratio_;
  const uint64_t retries_min_;
  std::atomic<uint64_t> active_{0};
  std::atomic<uint64_t> retries_{0};
};

}  // namespace weir::gateway
