#include "query/budget.h"

#include <fmt/format.h>

#include "query/refusals.h"
#include "query/running_queries.h"
#include "query/value.h"

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

Status Budget::read_series(const SampleColumns& samples, size_t values) {
  const uint64_t series = counts_.series_read.fetch_add(1, std::memory_order_relaxed) + 1;
  const uint64_t weighed = weight(samples);
  const uint64_t read = counts_.samples_read.fetch_add(weighed, std::memory_order_relaxed) + weighed;
  const uint64_t bytes = weighed * kSampleBytes + values * sizeof(double);
  reading_bytes_ += bytes;
  counts_.reading_bytes.fetch_add(bytes, std::memory_order_relaxed);
  if (series > limits_.query_series_max)
    return refuse(Met::kOther, too_many_series({.series = series}, limits_));
  if (read > limits_.query_samples_max) return refuse(Met::kSamples, too_many_samples(limits_));
  RETURN_IF_ERROR(fits(0));
  return proceed();
}

Status Budget::make(const Histogram& histogram) {
  const uint64_t weighed = weight(histogram);
  const uint64_t made = counts_.samples_made.fetch_add(weighed, std::memory_order_relaxed) + weighed;
  if (made > limits_.query_samples_max) {
    return refuse(Met::kOther, resource_exhausted(fmt::format(
                                   "query: histograms of more than {} samples' memory (query_samples_max)",
                                   grouped(limits_.query_samples_max))));
  }
  counts_.held_bytes.fetch_add(histogram.size_bytes(), std::memory_order_relaxed);
  RETURN_IF_ERROR(fits(0));
  return work(weighed);
}

Status Budget::hold(size_t series, size_t steps) {
  if (series == 0) return {};
  if (steps > limits_.query_samples_max / series) {
    return refuse(Met::kOther, resource_exhausted(fmt::format(
                                   "query: {} series at {} steps are more than {} values (query_samples_max)",
                                   grouped(series), grouped(steps), grouped(limits_.query_samples_max))));
  }
  return fits(series * (sizeof(Series) + steps * sizeof(double)));
}

Status Budget::keep(const SampleColumns& samples) {
  counts_.held_bytes.fetch_add(weight(samples) * kSampleBytes, std::memory_order_relaxed);
  return fits(0);
}

Status Budget::hand_over(uint64_t before_bytes, uint64_t value_bytes) {
  counts_.held_bytes.store(before_bytes + value_bytes, std::memory_order_relaxed);
  return fits(0);
}

Status Budget::fits(uint64_t more_bytes) {
  const uint64_t bytes = held_bytes() + counts_.reading_bytes.load(std::memory_order_relaxed) + more_bytes;
  uint64_t peak = peak_bytes();
  while (bytes > peak && !counts_.peak_bytes.compare_exchange_weak(peak, bytes, std::memory_order_relaxed)) {
  }
  if (bytes <= limits_.query_memory_bytes_max) return {};
  return refuse(Met::kMemory, too_much_memory(bytes, limits_));
}

Error Budget::refuse(Met limit, Error error) {
  counts_.met.store(limit, std::memory_order_relaxed);
  return error;
}

Status Budget::proceed() {
  unchecked_ = 0;
  if (running_ != nullptr) {
    running_->read_so_far(series_read(), samples_read());
    RETURN_IF_ERROR(running_->proceed());
  }
  if (!deadline_.passed(clock_)) return {};
  return out_of_time(clock_.steady() - began_, series_read(), samples_read());
}

void Budget::begin_read() {
  counts_.reading_bytes.store(0, std::memory_order_relaxed);
  reading_ = {series_read(), samples_read(), held_bytes()};
}

Error Budget::end_read(Error error, std::optional<uint64_t> series_about) const {
  const Met met = counts_.met.load(std::memory_order_relaxed);
  if (error.code != Code::kDeadlineExceeded && met == Met::kNone) return error;
  Need need;
  if (met == Met::kSamples) need = {reading_.samples_before, samples_read(), "samples"};
  if (met == Met::kMemory) need = {reading_.bytes_before, peak_bytes(), "bytes"};
  return with_progress(std::move(error), {series_read() - reading_.series_before, series_about}, need);
}

}  // namespace weir::query
