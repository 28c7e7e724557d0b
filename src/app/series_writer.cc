#include "app/series_writer.h"

#include <future>

#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr os::milliseconds kTimeout{10'000};
constexpr os::milliseconds kLook{1};

}  // namespace

Status SeriesWriter::write(TenantId tenant, const Batch& samples) {
  const Deadline deadline = Deadline::after(parts_.clock, kTimeout);
  const std::shared_ptr<Batch> batch = ingester_.new_batch();
  *batch = samples;
  std::promise<Result<ingest::Verdict>> promise;
  auto future = promise.get_future();
  ingester_.write({tenant, parts_.limits, deadline}, batch,
                  [&promise](Result<ingest::Verdict> verdict) { promise.set_value(std::move(verdict)); });
  const Result<ingest::Verdict> verdict = future.get();
  RETURN_IF_ERROR(verdict);
  if (!verdict->rejections.empty()) {
    telemetry::log_warn(parts_.area, "samples that were made here are refused",
                        {{"tenant", tenant.value()},
                         {"samples", verdict->rejected_samples},
                         {"reason", std::string(verdict->rejections.front().reason)}});
  }
  return wait_until_visible(verdict->positions, deadline);
}

Status SeriesWriter::wait_until_visible(const std::vector<log::Position>& positions,
                                        Deadline deadline) const {
  for (const log::Position& position : positions) {
    while (true) {
      ASSIGN_OR_RETURN(const Offset visible, parts_.store.visible_offset(position.partition));
      if (visible > position.offset) break;
      if (deadline.passed(parts_.clock)) return deadline_exceeded("what was written here is not applied yet");
      parts_.clock.sleep_until(parts_.clock.steady() + kLook, {});
    }
  }
  return ok_status();
}

}  // namespace weir::app
