#include "gateway/upstream.h"

#include <fmt/format.h>

#include "os/random.h"
#include "telemetry/logger.h"

namespace weir::gateway {
namespace {

telemetry::LabelPairs labels_of(Surface surface, const std::string& name) {
  return {{"surface", std::string(surface_name(surface))}, {"upstream", name}};
}

}  // namespace

Upstream::Upstream(Options options, os::Clock& clock, telemetry::Registry& registry)
    : surface_(options.surface),
      name_(options.name),
      clock_(clock),
      breaker_(fmt::format("upstream {} {}", surface_name(surface_), name_), options.breaker, clock,
               os::random_seed()),
      checked_(std::in_place, options.failures_out),
      requests_(registry.counter("weir_gateway_upstream_requests_total", "Requests sent to an upstream.",
                                 labels_of(surface_, name_))),
      errors_(registry.counter("weir_gateway_upstream_errors_total",
                               "Requests to an upstream that got no answer, or none that can be trusted.",
                               labels_of(surface_, name_))),
      retries_(registry.counter("weir_gateway_upstream_retries_total",
                                "Requests to an upstream that another one had failed before.",
                                labels_of(surface_, name_))),
      seconds_(registry.histogram("weir_gateway_upstream_request_duration_seconds",
                                  "Time from the choice of an upstream to its answer.",
                                  telemetry::duration_bounds(), labels_of(surface_, name_))) {
  observed_[0] = registry.observe_gauge("weir_gateway_upstream_healthy",
                                        "1 while the upstream is in rotation.", labels_of(surface_, name_),
                                        [this] { return state() == UpstreamState::kServing ? 1.0 : 0.0; });
  observed_[1] = registry.observe_gauge(
      "weir_gateway_upstream_requests_in_flight", "Requests at an upstream that are not answered yet.",
      labels_of(surface_, name_), [this] { return static_cast<double>(in_flight()); });
  observed_[2] =
      registry.observe_gauge("weir_gateway_upstream_streams", "Live streams that lead to an upstream.",
                             labels_of(surface_, name_), [this] { return static_cast<double>(streams()); });
}

std::string Upstream::address() const {
  return checked_.with([](const Checked& checked) { return checked.address; });
}

void Upstream::set_address(std::string address) {
  checked_.with([&](Checked& checked) { checked.address = std::move(address); });
}

void Upstream::note(UpstreamHealth::Event event, std::string reason) {
  struct Change {
    bool happened;
    UpstreamState state;
  };
  const Change change = checked_.with([&](Checked& checked) {
    const bool changed = checked.health.note(event);
    checked.reason = reason;
    state_.store(checked.health.state(), std::memory_order_relaxed);
    return Change{changed, checked.health.state()};
  });
  if (!change.happened) return;
  const bool good = change.state == UpstreamState::kServing;
  telemetry::log_line(good ? telemetry::Level::kInfo : telemetry::Level::kWarn, "gateway",
                      good ? "upstream enters rotation" : "upstream leaves rotation",
                      {{"surface", surface_name(surface_)},
                       {"upstream", name_},
                       {"state", upstream_state_name(change.state)},
                       {"reason", reason}});
}

std::shared_ptr<void> Upstream::begin(bool stream) {
  requests_.add();
  std::atomic<uint64_t>& count = stream ? streams_ : in_flight_;
  count.fetch_add(1, std::memory_order_relaxed);
  return {&count, [](std::atomic<uint64_t>* counted) { counted->fetch_sub(1, std::memory_order_relaxed); }};
}

void Upstream::count_error(const Error& error) {
  errors_.add();
  checked_.with([&](Checked& checked) { checked.reason = error.message; });
}

void Upstream::observe_duration(os::SteadyTime started) {
  seconds_.observe(std::chrono::duration<double>(clock_.steady() - started).count());
}

UpstreamStatus Upstream::status() const {
  UpstreamStatus status;
  status.surface = surface_;
  status.name = name_;
  checked_.with([&](const Checked& checked) {
    status.address = checked.address;
    status.state = checked.health.state();
    status.reason = checked.reason;
  });
  status.in_flight = in_flight();
  status.streams = streams();
  status.requests = requests_.value();
  status.errors = errors_.value();
  status.retries = retries_.value();
  status.breaker = breaker_.status();
  return status;
}

}  // namespace weir::gateway
