#include "resilience/breakers.h"

#include <algorithm>

namespace weir::resilience {

Breakers::Breakers() : list_(std::make_shared<List>()) {}

std::unique_ptr<Breakers::Watch> Breakers::watch(const CircuitBreaker& breaker) {
  list_->with([&](auto& list) { list.push_back(&breaker); });
  return std::make_unique<Watch>(list_, breaker);
}

std::vector<BreakerStatus> Breakers::status() const {
  return list_->with([](const auto& list) {
    std::vector<BreakerStatus> all;
    for (const CircuitBreaker* breaker : list) all.push_back(breaker->status());
    return all;
  });
}

Breakers::Watch::~Watch() {
  list_->with([&](auto& list) { std::erase(list, &breaker_); });
}

}  // namespace weir::resilience
