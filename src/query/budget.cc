#include "query/budget.h"

#include <fmt/format.h>

#include "query/running_queries.h"

namespace weir::query {

namespace {

constexpr size_t kSampleBytes = sizeof(TimestampMs) + sizeof(double);

uint64_t weight(const Histogram& histogram) {
  return (histogram.size_bytes() + kSampleBytes - 1) / kSampleBytes;
}

uint64_t weight(const SampleColumns& samples) {
  uint64_t total = samples.size();
  for (const HistogramPtr& histogram : samples.histograms) {
    if (histogram != nullptr) total += weight(*histogram) - 1;
  }
  return total;
}

}  // namespace

Status Budget::read_series(const SampleColumns& samples) {
  const uint64_t series = counts_.series_read.fetch_add(1, std::memory_order_relaxed) + 1;
  const uint64_t weighed = weight(samples);
  const uint64_t read = counts_.samples_read.fetch_add(weighed, std::memory_order_relaxed) + weighed;
  if (series > limits_.query_series_max) {
    return resource_exhausted(
        fmt::format("query: more than {} series (query_series_max)", limits_.query_series_max));
  }
  if (read > limits_.query_samples_max) {
    return resource_exhausted(
        fmt::format("query: more than {} samples (query_samples_max)", limits_.query_samples_max));
  }
  return proceed();
}

Status Budget::make(const Histogram& histogram) {
  const uint64_t weighed = weight(histogram);
  const uint64_t made = counts_.samples_made.fetch_add(weighed, std::memory_order_relaxed) + weighed;
  if (made <= limits_.query_samples_max) return work(weighed);
  return resource_exhausted(fmt::format(
      "query: histograms of more than {} samples' memory (query_samples_max)", limits_.query_samples_max));
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
    running_->read_so_far(series_read(), samples_read());
    RETURN_IF_ERROR(running_->proceed());
  }
  if (!deadline_.passed(clock_)) return {};
  return deadline_exceeded("query: timed out in expression evaluation");
}

}  // namespace weir::query
