#include "gateway/forward.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/forward_request.h"
#include "gateway/forward_verdict.h"
#include "gateway/trace.h"
#include "telemetry/logger.h"

namespace weir::gateway {
namespace {

constexpr os::milliseconds kSlack{1'000};
constexpr os::milliseconds kHandshakeTimeout{5'000};
constexpr os::milliseconds kBudgetPause{5};  // and as much again at random, between looks at the budget

/// The loop's own, so that identifiers cost no lock.
os::Random& loop_random() {
  thread_local os::Random random(os::random_seed());
  return random;
}

os::milliseconds time_of(const Services& services, Surface surface, bool stream) {
  if (stream) return kHandshakeTimeout;
  if (surface == Surface::kWrite) return services.options.write_timeout + kSlack;
  return os::milliseconds(services.options.limits.query_timeout_ms) + kSlack;
}

/// The time that the client allows, at most `most`.
os::milliseconds allowed_time(const net::Headers& headers, os::milliseconds most) {
  const std::string_view text = headers.get(kDeadlineField);
  int64_t asked = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), asked);
  if (error != std::errc() || end != text.data() + text.size() || asked < 0) return most;
  return std::min(most, os::milliseconds(asked));
}

/// One request on its way through one or more upstreams. Owned by its pending operation; on its loop's thread
/// only.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Services& services, const Route& route, UpstreamSet& set, Call call, std::string tenant);

  void attempt();

 private:
  void on_result(Upstream& upstream, resilience::CircuitBreaker::Permit& permit, os::SteadyTime started,
                 net::UpstreamResult result);
  void retry(os::SteadyTime give_up);
  void finish();
  bool stream() const { return request_->websocket || request_->event_stream; }
  Error final_error(const net::UpstreamResult& result) const;
  void answer(net::HttpResponse response);

  const Services& services_;
  const Route& route_;
  UpstreamSet& set_;
  net::Responder respond_;
  const std::string request_id_;
  const Deadline deadline_;
  const std::shared_ptr<void> active_;
  std::shared_ptr<const net::UpstreamRequest> request_;
  std::shared_ptr<void> retry_;  ///< The right to the one retry, once it has been used.
  uint64_t tried_ = 0;
  std::optional<net::UpstreamResult> last_;
};

Exchange::Exchange(Services& services, const Route& route, UpstreamSet& set, Call call, std::string tenant)
    : services_(services),
      route_(route),
      set_(set),
      respond_(std::move(call.respond)),
      request_id_(request_id(call.request.headers, loop_random())),
      deadline_(Deadline::after(
          services.clock, allowed_time(call.request.headers,
                                       time_of(services, set.surface(),
                                               is_upgrade(call.request) || is_live_events(call.request))))),
      active_(set.budget().begin_request()) {
  request_ = std::make_shared<const net::UpstreamRequest>(
      forwarded_request(call.request, tenant, request_id_, loop_random()));
}

void Exchange::attempt() {
  std::optional<UpstreamSet::Pick> pick = set_.pick(tried_, stream());
  if (!pick.has_value()) return finish();
  Upstream& upstream = *pick->upstream;
  tried_ |= uint64_t{1} << pick->index;
  if (last_.has_value()) upstream.count_retry();
  net::UpstreamAttempt attempt;
  attempt.address = upstream.address();
  attempt.authority = upstream.name();
  attempt.deadline = deadline_;
  attempt.headers.add(std::string(kDeadlineField), fmt::to_string(deadline_.left(services_.clock).count()));
  attempt.lease = upstream.begin(stream());
  if (set_.surface() == Surface::kRead) {
    attempt.abandoned = [&upstream] { return upstream.state() == UpstreamState::kDead; };
  }
  net::send_upstream(std::move(attempt), request_,
                     [self = shared_from_this(), &upstream, permit = std::move(pick->permit),
                      started = services_.clock.steady()](net::UpstreamResult result) mutable {
                       self->on_result(upstream, permit, started, std::move(result));
                     });
}

void Exchange::on_result(Upstream& upstream, resilience::CircuitBreaker::Permit& permit,
                         os::SteadyTime started, net::UpstreamResult result) {
  upstream.observe_duration(started);
  if (result.response.ok()) {
    permit.success();  // whatever the status: an answer shows that the upstream lives
  } else {
    const Error& error = result.response.error();
    const bool its_fault = error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded;
    if (its_fault) permit.failure();
    upstream.count_error(error);
    if (!result.sent && error.code == Code::kUnavailable) {
      upstream.note(UpstreamHealth::Event::kSilent, error.message);
    }
  }
  const Verdict verdict = judge(set_.surface(), result);
  last_ = std::move(result);
  switch (verdict) {
    case Verdict::kAnswer:
      return finish();
    case Verdict::kReroute:
      return attempt();
    case Verdict::kRetry:
      return retry_ == nullptr
                 ? retry(services_.clock.steady() + services_.upstreams->options().retry_wait_max)
                 : finish();
  }
}

void Exchange::retry(os::SteadyTime give_up) {
  retry_ = set_.budget().try_retry();
  if (retry_ != nullptr) return attempt();
  const bool late = services_.clock.steady() >= give_up || deadline_.passed(services_.clock);
  if (late) return finish();
  const auto jitter = os::milliseconds(loop_random().below(static_cast<uint64_t>(kBudgetPause.count()) + 1));
  net::run_later(kBudgetPause + jitter, [self = shared_from_this(), give_up] { self->retry(give_up); });
}

void Exchange::finish() {
  if (last_.has_value() && last_->response.ok()) return answer(*std::move(last_->response));
  auto response = route_.fail(last_.has_value() ? final_error(*last_) : unavailable(set_.why_none()));
  if (response.status == 503 && !response.headers.has("Retry-After"))
    response.headers.set("Retry-After", "1");
  answer(std::move(response));
}

/// Without names and addresses: those are for the operator, in the status and the diagnostics.
Error Exchange::final_error(const net::UpstreamResult& result) const {
  const Error& error = result.response.error();
  telemetry::log_debug(
      "gateway", "request failed at its upstream",
      {{"surface", surface_name(set_.surface())}, {"request_id", request_id_}, {"error", error.message}});
  const std::string_view surface = surface_name(set_.surface());
  const bool unknown = set_.surface() == Surface::kWrite && result.sent;
  const std::string_view outcome = unknown ? "; what it took is unknown, send it again" : "";
  switch (error.code) {
    case Code::kDeadlineExceeded:
      return deadline_exceeded(fmt::format("the {} upstream gave no answer in time{}", surface, outcome));
    case Code::kResourceExhausted:
      if (result.sent) return internal(fmt::format("the {} upstream's answer is too large", surface));
      return resource_exhausted(fmt::format("too many requests wait for the {} upstreams", surface));
    case Code::kCancelled:
      return unavailable(fmt::format("this process is stopping, or out of memory for answers{}", outcome));
    default:
      return unavailable(fmt::format("the {} upstream gave no answer{}", surface, outcome));
  }
}

void Exchange::answer(net::HttpResponse response) {
  net::Headers headers;
  for (const auto& [name, value] : response.headers.all()) {
    if (name != kAcceptedField) headers.add(name, value);
  }
  headers.set("X-Request-Id", request_id_);
  response.headers = std::move(headers);
  respond_(std::move(response));
}

}  // namespace

void forward(Services& services, const Route& route, UpstreamSet& set, Call call) {
  Result<std::string> tenant = tenant_name(call.request.headers);
  if (!tenant.ok()) return call.respond(route.fail(tenant.error()));
  std::make_shared<Exchange>(services, route, set, std::move(call), std::move(*tenant))->attempt();
}

}  // namespace weir::gateway
