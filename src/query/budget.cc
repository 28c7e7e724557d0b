#include "query/budget.h"

#include <fmt/format.h>

#include "query/running_queries.h"

namespace weir::query {

Status Budget::read_series(size_t samples) {
  ++series_read_;
  samples_read_ += samples;
  if (series_read_ > limits_.query_series_max) {
    return resource_exhausted(
        fmt::format("query: more than {} series (query_series_max)", limits_.query_series_max));
  }
  if (samples_read_ > limits_.query_samples_max) {
    return resource_exhausted(
        fmt::format("query: more than {} samples (query_samples_max)", limits_.query_samples_max));
  }
  return proceed();
}

Status Budget::hold(size_t series, size_t steps) const {
  if (series == 0 || steps <= limits_.query_samples_max / series) return {};
  return resource_exhausted(
      fmt::format("query: {} series at {} steps are more than {} values (query_samples_max)", series, steps,
                  limits_.query_samples_max));
}

Status Budget::proceed() {
  unchecked_ = 0;
  if (running_ != nullptr) {
    running_->read_so_far(series_read_, samples_read_);
    RETURN_IF_ERROR(running_->proceed());
  }
  if (!deadline_.passed(clock_)) return {};
  return deadline_exceeded("query: timed out in expression evaluation");
}

}  // namespace weir::query
