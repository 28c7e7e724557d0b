#include "aggregation/aggregation_task.h"

#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/duration.h"

namespace weir::aggregation {
AggregationMetrics::AggregationMetrics(telemetry::Registry& owner)
    : windows(owner.counter("weir_aggregation_windows_total", "Windows of streaming aggregations closed.")),
      samples(owner.counter("weir_aggregation_samples_total", "Samples that aggregations have read.")),
      outputs(owner.counter("weir_aggregation_outputs_total", "Samples that aggregations have written.")),
      late_samples(owner.counter("weir_aggregation_late_samples_total",
                                 "Samples that came for windows which were closed already.")),
      corrections(owner.counter("weir_aggregation_corrections_total",
                                "Output samples that late ones have changed, added or taken away.")),
      too_late(owner.counter("weir_aggregation_too_late_samples_total",
                             "Samples that came too late to correct a window, and were set aside.")),
      failures(owner.counter("weir_aggregation_failures_total",
                             "Attempts to close or correct windows that failed, and are made again.")),
      seconds(owner.histogram("weir_aggregation_duration_seconds", "How long closing windows took.",
                              telemetry::duration_bounds())),
      delay_seconds(owner.histogram("weir_aggregation_delay_seconds",
                                    "From the end of a window until its outputs are there.",
                                    telemetry::duration_bounds())) {}

AggregationTask::AggregationTask(const Host& host, TenantDefinition definition,
                                 std::optional<Progress> progress, uint64_t version)
    : host_(host),
      tenant_(definition.tenant),
      name_(definition.definition.name),
      closing_ms_(progress ? progress->closed_ms : std::numeric_limits<TimestampMs>::min()),
      closed_ms_(progress ? progress->closed_ms : std::numeric_limits<TimestampMs>::max()),
      began_ms_(progress ? progress->began_ms : std::numeric_limits<TimestampMs>::min()),
      raw_from_ms_(progress ? progress->raw_from_ms : std::numeric_limits<TimestampMs>::min()),
      begun_(progress.has_value()),
      progress_(progress.value_or(Progress())),
      version_(version),
      // A process before this one may have come further than it has kept.
      redo_to_ms_(progress ? host.parts.clock.wall_ms() : std::numeric_limits<TimestampMs>::min()),
      saved_(progress_),
      next_save_(host.parts.clock.steady()),
      next_erase_(host.parts.clock.steady()),
      saved_offsets_(progress_.corrected) {
  status_.closed_ms = progress_.closed_ms;
  adopt(std::move(definition.definition));
}

void AggregationTask::adopt(Definition definition) {
  auto shape = std::make_shared<const Shape>(tenant_, std::move(definition));
  recount_ = nullptr;  // it refers to the former one
  {
    std::lock_guard lock(mutex_);
    shape_ = std::move(shape);
    status_.definition = shape_->definition;
  }
  recount_ = std::make_unique<Recount>(
      shape_->definition, host_.parts.store, tenant_,
      [this](TimeRange range, Deadline deadline) { return shared_scan(range, deadline); });
}

AggregationTask::Shape::Shape(TenantId tenant, Definition of)
    : definition(std::move(of)), grouping(definition), scan_key(key_of(tenant, definition)) {}

std::string AggregationTask::Shape::key_of(TenantId tenant, const Definition& definition) {
  return fmt::format("{} {} {}", tenant.value(), definition.delay_ms,
                     fmt::join(definition.input_texts, "\n"));
}

std::string AggregationTask::scan_key() const {
  std::lock_guard lock(mutex_);
  return wanted_ ? Shape::key_of(tenant_, *wanted_) : shape_->scan_key;
}

// With windows to close that ended before, it closes those first.
std::optional<TimestampMs> AggregationTask::join_scan(TimestampMs to_ms) {
  const std::shared_ptr<const Shape> shape = this->shape();
  const Window& window = shape->definition.window;
  const int64_t step_ms = window_step_ms(window);
  if (std::holds_alternative<Session>(window) || floor_to(to_ms, step_ms) != to_ms ||
      closed_ms_ != to_ms - step_ms)
    return std::nullopt;
  close_to(to_ms);
  return needed_from(shape->definition, to_ms);
}

// Others may have closed it for a scan that they make.
void AggregationTask::close_to(TimestampMs to_ms) {
  TimestampMs before_ms = closing_ms_;
  while (before_ms < to_ms && !closing_ms_.compare_exchange_weak(before_ms, to_ms)) {
  }
}

Result<std::shared_ptr<const Scan>> AggregationTask::shared_scan(TimeRange range, Deadline deadline) {
  return host_.scans.get(shape_->scan_key, *this, range, [&](TimeRange widest) {
    return InputWalk::open(host_.parts.store, tenant_, shape_->definition.inputs, widest, deadline);
  });
}

std::shared_ptr<const AggregationTask::Shape> AggregationTask::shape() const {
  std::lock_guard lock(mutex_);
  return shape_;
}

void AggregationTask::change(Definition definition) {
  std::lock_guard lock(mutex_);
  wanted_ = std::move(definition);
}

void AggregationTask::retire() {
  std::lock_guard lock(mutex_);
  retired_ = true;
}

void AggregationTask::look_at(const Batch& batch, const Batch::Series& series, log::Position position,
                              LateSamples& late) {
  const TimestampMs closed_ms = closing_ms_;
  const std::shared_ptr<const Shape> shape = this->shape();
  const Definition& definition = shape->definition;
  const LabelsView labels = batch.labels(series);
  if (!shape->grouping.takes(labels)) return;
  const auto times = batch.timestamps_ms(series);
  const auto values = batch.values(series);
  std::optional<Labels> group;
  bool begun = false;
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i] > closed_ms || is_stale(values[i]) || is_replace_mark(values[i])) continue;
    const TimestampMs place_ms = place_of(definition.window, times[i]);
    if (touched_until(definition, place_ms) <= began_ms_) continue;
    late_samples_.fetch_add(1);
    host_.metrics.late_samples.add();
    if (closed_ms - place_ms > definition.allowed_lateness_ms ||
        needed_from(definition, place_ms) < raw_from_ms_) {
      too_late_.fetch_add(1);
      host_.metrics.too_late.add();
      if (!begun) late.batch.begin_series(labels.bytes());
      begun = true;
      late.batch.add_sample(times[i], values[i]);
      continue;
    }
    if (!group) group = shape->grouping.group_of(labels);
    places_.add(*group, place_ms, position);
  }
  if (late.batch.empty()) return;
  late.message = fmt::format(
      "aggregation \"{}\": {} samples came later than its allowed_lateness of {} after their window, or "
      "their "
      "window's other samples are erased",
      name_, late.batch.sample_count(), format_duration(definition.allowed_lateness_ms));
}

AggregationStatus AggregationTask::status() const {
  AggregationStatus status;
  {
    std::lock_guard lock(mutex_);
    status = status_;
  }
  status.watermark_ms = host_.parts.watermark_ms(tenant_);
  status.late_samples = late_samples_;
  status.too_late = too_late_;
  status.waiting = places_.size();
  return status;
}

TimestampMs AggregationTask::complete_ms() const {
  std::lock_guard lock(mutex_);
  const int64_t step_ms = window_step_ms(shape_->definition.window);
  return floor_to(status_.closed_ms, step_ms) + step_ms - 1;
}

PartitionOffsets AggregationTask::saved_offsets() const {
  std::lock_guard lock(mutex_);
  return saved_offsets_;
}

}  // namespace weir::aggregation
