#include "app/charge.h"

#include <utility>

#include <fmt/format.h>

#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr os::milliseconds kInterval{2'000};

}  // namespace

Charge::Charge(const config::Config& config, Work work, meta::MetaStore& meta, os::Clock& clock)
    : work_(std::move(work)), clock_(clock), leadership_(config, work_.lease, meta, clock) {}

Charge::~Charge() {
  stop();
}

Status Charge::start() {
  RETURN_IF_ERROR(look());
  watcher_ = os::Thread(work_.things, [this](std::stop_token stop) { watch(std::move(stop)); });
  return ok_status();
}

void Charge::stop() {
  watcher_.request_stop();
  watcher_.join();
}

Status Charge::look() {
  if (leadership_.holds()) {
    RETURN_IF_ERROR(work_.refresh(!in_charge_));
    in_charge_ = true;
  } else if (in_charge_) {
    telemetry::log_warn(work_.area,
                        fmt::format("another process is in charge of {} from now on", work_.things));
    work_.release();
    in_charge_ = false;
  }
  return ok_status();
}

/// A fault is logged once.
void Charge::watch(std::stop_token stop) {
  std::string last_fault;
  while (clock_.sleep_until(clock_.steady() + kInterval, stop)) {
    const Status looked = look();
    const std::string fault = looked.ok() ? "" : looked.error().message;
    if (!fault.empty() && fault != last_fault)
      telemetry::log_error(work_.area, fmt::format("{} stay as they were", work_.things), {{"error", fault}});
    last_fault = fault;
  }
}

}  // namespace weir::app
