#pragma once

#include <memory>
#include <vector>

#include "base/guarded.h"
#include "resilience/circuit_breaker.h"

namespace weir::resilience {

/// The circuit breakers of a process, so that status and metrics can show all of them. Safe from any thread.
class Breakers {
 public:
  /// Shows a breaker for as long as it lives. Destroyed before the breaker; may outlive the list.
  class Watch;

  Breakers();
  [[nodiscard]] std::unique_ptr<Watch> watch(const CircuitBreaker& breaker);

  /// Of all that are watched, in that order.
  std::vector<BreakerStatus> status() const;

 private:
  using List = Guarded<std::vector<const CircuitBreaker*>>;
  std::shared_ptr<List> list_;
};

class Breakers::Watch {
 public:
  Watch(std::shared_ptr<List> list, const CircuitBreaker& breaker)
      : list_(std::move(list)), breaker_(breaker) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

 private:
  const std::shared_ptr<List> list_;
  const CircuitBreaker& breaker_;
};

}  // namespace weir::resilience
