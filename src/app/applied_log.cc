#include "app/applied_log.h"

namespace weir::app {

std::optional<TimestampMs> AppliedLog::complete_ms() {
  std::lock_guard lock(mutex_);
  if (clock_.steady() >= next_look_) {
    next_look_ = clock_.steady() + kInterval;
    // While one of them does not answer, nothing is known beyond what was.
    static_cast<void>(look());
  }
  return complete_ms_;
}

Status AppliedLog::look() {
  if (!wanted_) {
    ASSIGN_OR_RETURN(wanted_, ask_log());
  }
  ASSIGN_OR_RETURN(const bool reached, has_reached(*wanted_));
  if (!reached) return {};
  complete_ms_ = wanted_->asked_ms;
  wanted_.reset();
  return {};
}

Result<AppliedLog::Ends> AppliedLog::ask_log() const {
  Ends ends{clock_.wall_ms(), {}};
  for (uint32_t i = 0; i < log_.partition_count(); ++i) {
    ASSIGN_OR_RETURN(const log::PartitionStatus status, log_.status(PartitionId(i)));
    ends.offsets.push_back(status.end);
  }
  return ends;
}

Result<bool> AppliedLog::has_reached(const Ends& ends) const {
  for (uint32_t i = 0; i < ends.offsets.size(); ++i) {
    ASSIGN_OR_RETURN(const Offset visible, store_.visible_offset(PartitionId(i)));
    if (visible < ends.offsets[i]) return false;
  }
  return true;
}

}  // namespace weir::app
