#include "collect/write_slot.h"

#include <utility>

namespace weir::collect {

std::optional<Completion<ingest::Verdict>> WriteSlot::take() {
  {
    std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->in_flight, true)) return std::nullopt;
  }
  return [state = state_](Result<ingest::Verdict> outcome) {
    std::lock_guard lock(state->mutex);
    state->outcome.emplace(std::move(outcome));
    state->in_flight = false;
  };
}

std::optional<Result<ingest::Verdict>> WriteSlot::collect_outcome() {
  std::lock_guard lock(state_->mutex);
  return std::exchange(state_->outcome, std::nullopt);
}

}  // namespace weir::collect
