#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "aggregation/aggregation_task.h"
#include "aggregation/definition_documents.h"
#include "aggregation/input_walk.h"
#include "base/same_bits.h"
#include "telemetry/logger.h"

// What the steps of an aggregation do: close windows, correct them, erase what they need no more, and keep
// how far they have come.
namespace weir::aggregation {
namespace {

using os::milliseconds;

constexpr milliseconds kRetry{1'000};
constexpr milliseconds kCatalogueTimeout{10'000};
constexpr milliseconds kLeastWait{5};
/// Late samples wait so long for others of their windows.
constexpr milliseconds kLongestWait{500};
/// Windows that are closed in one go end in no longer a time than this, or than from one to the next.
constexpr int64_t kCloseMsMax = 600'000;
/// Where nothing has changed but the place in the log.
constexpr milliseconds kIdleSaveInterval{60'000};
/// Output samples that are written in one go.
constexpr size_t kBatchSeriesMax = 50'000;

void add(Batch& batch, const Labels& labels, TimestampMs at_ms, double value, bool replaces) {
  batch.begin_series(labels.view().bytes());
  if (replaces) batch.add_sample(at_ms, replace_mark());
  batch.add_sample(at_ms, value);
}

}  // namespace

std::optional<os::SteadyTime> AggregationTask::step() {
  std::optional<Definition> wanted;
  bool retired = false;
  {
    std::lock_guard lock(mutex_);
    wanted = std::exchange(wanted_, std::nullopt);
    retired = retired_;
  }
  const os::SteadyTime now = host_.parts.clock.steady();
  if (retired) return finish() ? std::nullopt : std::optional(now + kRetry);
  if (wanted) adopt(*std::move(wanted));
  const Status outcome = work();
  note(outcome);
  if (!outcome.ok()) return host_.parts.clock.steady() + kRetry;
  return host_.parts.clock.steady() + wait();
}

Status AggregationTask::work() {
  const auto watermark_ms = host_.parts.watermark_ms(tenant_);
  if (!watermark_ms) return ok_status();
  if (!begun_) RETURN_IF_ERROR(begin(*watermark_ms));
  RETURN_IF_ERROR(close(*watermark_ms));
  RETURN_IF_ERROR(correct());
  RETURN_IF_ERROR(erase_raw());
  return save(false);
}

// What was stored before is a part of the first window as of any.
Status AggregationTask::begin(TimestampMs watermark_ms) {
  const TimestampMs now_ms = floor_to(watermark_ms, step_ms());
  progress_.began_ms = progress_.closed_ms = now_ms;
  progress_.raw_from_ms = std::numeric_limits<TimestampMs>::min();
  progress_.corrected = host_.looked_at();
  RETURN_IF_ERROR(save(true));
  began_ms_ = closing_ms_ = closed_ms_ = now_ms;
  begun_ = true;
  std::lock_guard lock(mutex_);
  status_.closed_ms = now_ms;
  return ok_status();
}

// From the moment that windows are about to be closed on, samples that are for them count as late: what is
// looked at later may not be read here, and what was looked at before surely is.
Status AggregationTask::close(TimestampMs watermark_ms) {
  const TimestampMs to_ms = next_close(watermark_ms);
  const TimestampMs from_ms = progress_.closed_ms;
  if (to_ms <= from_ms) return ok_status();
  close_to(to_ms);
  const os::SteadyTime began = host_.parts.clock.steady();
  const uint64_t samples_before = recount_->samples();
  ASSIGN_OR_RETURN(const std::vector<OutputSample> outputs, recount_->windows(from_ms, to_ms, deadline()));
  RETURN_IF_ERROR(write_outputs(outputs, to_ms));
  closed_ms_ = progress_.closed_ms = to_ms;
  note_closed(from_ms, recount_->samples() - samples_before, outputs.size(), began);
  return ok_status();
}

/// Up to where windows are closed next, in parts where there are many.
TimestampMs AggregationTask::next_close(TimestampMs watermark_ms) {
  const int64_t catch_up_ms_max = host_.options.catch_up_ms_max;
  const int64_t step_ms = this->step_ms();
  const TimestampMs newest_ms = floor_to(watermark_ms - shape_->definition.delay_ms, step_ms);
  if (newest_ms - progress_.closed_ms > catch_up_ms_max) {
    telemetry::log_warn("aggregation", "windows of long ago are left out",
                        {{"aggregation", name_}, {"from_ms", progress_.closed_ms}});
    closed_ms_ = progress_.closed_ms = floor_to(newest_ms - catch_up_ms_max, step_ms);
  }
  const int64_t at_once_ms = std::max(kCloseMsMax / step_ms, int64_t{1}) * step_ms;
  const TimestampMs to_ms = std::min(newest_ms, floor_to(progress_.closed_ms, step_ms) + at_once_ms);
  behind_ = to_ms < newest_ms;
  return to_ms;
}

// Where this fails, some may be written, and the next attempt replaces that.
Status AggregationTask::write_outputs(const std::vector<OutputSample>& outputs, TimestampMs to_ms) {
  const TimestampMs redo_to_ms = std::exchange(redo_to_ms_, std::max(redo_to_ms_, to_ms));
  Batch batch;
  for (const OutputSample& output : outputs) {
    add(batch, output.labels, output.at_ms, output.value, output.at_ms <= redo_to_ms);
    if (batch.series_count() < kBatchSeriesMax) continue;
    RETURN_IF_ERROR(host_.parts.write(tenant_, batch));
    batch.clear();
  }
  if (!batch.empty()) RETURN_IF_ERROR(host_.parts.write(tenant_, batch));
  redo_to_ms_ = redo_to_ms;
  return ok_status();
}

void AggregationTask::note_closed(TimestampMs from_ms, uint64_t samples, uint64_t outputs,
                                  os::SteadyTime began) {
  const auto took = host_.parts.clock.steady() - began;
  const TimestampMs to_ms = progress_.closed_ms;
  const auto windows = static_cast<uint64_t>((to_ms - from_ms + step_ms() - 1) / step_ms());
  AggregationMetrics& metrics = host_.metrics;
  metrics.windows.add(windows);
  metrics.samples.add(samples);
  metrics.outputs.add(outputs);
  metrics.seconds.observe(std::chrono::duration<double>(took).count());
  metrics.delay_seconds.observe(static_cast<double>(host_.parts.clock.wall_ms() - to_ms) / 1000);
  std::lock_guard lock(mutex_);
  status_.closed_ms = to_ms;
  status_.windows += windows;
  status_.samples += samples;
  status_.outputs += outputs;
  status_.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
}

Status AggregationTask::correct() {
  // What is about to be closed is corrected when it is: it may be closed by a scan of before.
  const bool has_panes = !std::holds_alternative<Session>(shape_->definition.window);
  const TouchedPlaces::Places touched =
      places_.take(has_panes ? progress_.closed_ms : std::numeric_limits<TimestampMs>::max());
  Batch corrections;
  uint64_t corrected = 0;
  Status outcome;
  for (auto group = touched.begin(); outcome.ok() && group != touched.end(); ++group) {
    for (auto place = group->second.begin(); outcome.ok() && place != group->second.end(); ++place) {
      recount_->forget_pane(*place);
      outcome = correct_place(group->first, *place, corrections, corrected);
    }
  }
  // What was found out stays true whatever follows.
  if (!corrections.empty()) {
    const Status written = host_.parts.write(tenant_, corrections);
    if (outcome.ok()) outcome = written;
  }
  places_.done(outcome.ok());
  if (!outcome.ok()) return outcome;
  host_.metrics.corrections.add(corrected);
  std::lock_guard lock(mutex_);
  status_.corrections += corrected;
  return ok_status();
}

Status AggregationTask::correct_place(const Labels& group, TimestampMs place_ms, Batch& corrections,
                                      uint64_t& corrected) {
  ASSIGN_OR_RETURN(const Recount::Touched touched,
                   recount_->touched(group, place_ms, {progress_.began_ms, progress_.closed_ms}, deadline()));
  if (touched.times.mint_ms > touched.times.maxt_ms) return ok_status();
  ASSIGN_OR_RETURN(auto stored, stored_outputs(group, touched.times));
  for (const OutputSample& output : touched.outputs) {
    const auto at = stored.find({output.labels, output.at_ms});
    const bool is_right = at != stored.end() && same_bits(at->second, output.value);
    if (at != stored.end()) stored.erase(at);
    if (is_right) continue;
    add(corrections, output.labels, output.at_ms, output.value, true);
    ++corrected;
  }
  for (const auto& [key, value] : stored) {
    add(corrections, key.first, key.second, stale_marker(), true);
    ++corrected;
  }
  if (corrections.series_count() < kBatchSeriesMax) return ok_status();
  RETURN_IF_ERROR(host_.parts.write(tenant_, corrections));
  corrections.clear();
  return ok_status();
}

// Selectors may accept more than the group's outputs, where labels that a group lacks make another one.
Result<std::map<std::pair<Labels, TimestampMs>, double>> AggregationTask::stored_outputs(
    const Labels& group, TimeRange times) const {
  std::set<Labels> own;
  for (const Output& output : shape_->definition.outputs)
    own.insert(recount_->grouping().output_labels(group, output));
  std::map<std::pair<Labels, TimestampMs>, double> stored;
  ASSIGN_OR_RETURN(
      InputWalk walk,
      InputWalk::open(host_.parts.store, tenant_, recount_->grouping().outputs_of(group), times, deadline()));
  SampleColumns samples;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, walk.next());
    if (!more) return stored;
    const Labels labels(walk.labels());
    if (!own.contains(labels)) continue;
    RETURN_IF_ERROR(walk.read(samples));
    for (size_t i = 0; i < samples.size(); ++i)
      stored[{labels, samples.timestamps_ms[i]}] = samples.values[i];
  }
}

// Of what all aggregations of the tenant may still read nothing goes. That samples are gone is kept before
// they are: a process that did not know would count windows anew of what is left.
Status AggregationTask::erase_raw() {
  const Definition& definition = shape_->definition;
  raw_needed_from_ = needed_from(definition, progress_.closed_ms - definition.allowed_lateness_ms);
  if (definition.keep_raw || host_.parts.clock.steady() < next_erase_) return ok_status();
  const TimestampMs before_ms = host_.raw_needed_from(tenant_);
  if (before_ms <= erased_to_ms_) return ok_status();
  ASSIGN_OR_RETURN(const auto inputs, recount_->grouping().exact_inputs());
  raw_from_ms_ = progress_.raw_from_ms = std::max(progress_.raw_from_ms, before_ms);
  RETURN_IF_ERROR(save(true));
  for (const std::vector<Matcher>& matchers : inputs)
    RETURN_IF_ERROR(host_.parts.store.erase(tenant_, matchers, {0, before_ms - 1}, deadline()));
  erased_to_ms_ = before_ms;
  next_erase_ = host_.parts.clock.steady() + host_.options.erase_interval;
  return ok_status();
}

// What late samples have touched and is not corrected is looked at again after a crash.
Status AggregationTask::save(bool at_once) {
  const os::SteadyTime now = host_.parts.clock.steady();
  if (!at_once && now < next_save_) return ok_status();
  if (begun_) progress_.corrected = host_.looked_at();
  take_earlier(places_.waiting_from(), progress_.corrected);
  if (!at_once && progress_.closed_ms == saved_.closed_ms && now < next_save_ + kIdleSaveInterval)
    return ok_status();
  if (progress_ == saved_) return ok_status();
  ASSIGN_OR_RETURN(version_, host_.parts.meta.put(tenant_, kProgressKind, definition_key(name_),
                                                  encode_progress(progress_), version_,
                                                  Deadline::after(host_.parts.clock, kCatalogueTimeout)));
  saved_ = progress_;
  next_save_ = now + host_.options.save_interval;
  std::lock_guard lock(mutex_);
  saved_offsets_ = saved_.corrected;
  return ok_status();
}

bool AggregationTask::finish() {
  const Status erased = host_.parts.meta.erase(tenant_, kProgressKind, definition_key(name_), std::nullopt,
                                               Deadline::after(host_.parts.clock, kCatalogueTimeout));
  return erased.ok() || erased.error().code == Code::kNotFound;
}

/// Until the watermark will have passed the end of the next window.
milliseconds AggregationTask::wait() const {
  if (behind_) return milliseconds(0);
  const auto watermark_ms = host_.parts.watermark_ms(tenant_);
  if (!watermark_ms || !begun_) return kLongestWait;
  const int64_t left_ms =
      floor_to(progress_.closed_ms, step_ms()) + step_ms() + shape_->definition.delay_ms - *watermark_ms;
  return std::clamp(milliseconds(left_ms), kLeastWait, kLongestWait);
}

Deadline AggregationTask::deadline() const {
  return Deadline::after(host_.parts.clock, host_.options.timeout);
}

void AggregationTask::note(const Status& outcome) {
  std::string message = outcome.ok() ? "" : outcome.error().message;
  if (!outcome.ok()) host_.metrics.failures.add();
  bool is_new = false;
  {
    std::lock_guard lock(mutex_);
    is_new = !message.empty() && message != status_.last_error;
    if (!outcome.ok()) ++status_.failures;
    status_.last_error = message;
  }
  if (is_new)
    telemetry::log_warn("aggregation", "will try again",
                        {{"aggregation", name_}, {"error", std::move(message)}});
}

}  // namespace weir::aggregation
