#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "ingest/ingester.h"

namespace weir::collect {

/// Room for one write in flight. The completion that it hands out touches nothing but the slot's shared
/// state, so it may run after the slot is gone. One thread takes and collects; the completion runs on any.
class WriteSlot {
 public:
  /// Takes the slot for a write; none while one is in flight.
  std::optional<Completion<ingest::Verdict>> take();
  /// The outcome of the last write, once; none before it is known.
  std::optional<Result<ingest::Verdict>> collect_outcome();

 private:
  struct State {
    std::mutex mutex;
    bool in_flight = false;
    std::optional<Result<ingest::Verdict>> outcome;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace weir::collect
