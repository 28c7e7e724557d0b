#include "gateway/call.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "gateway/answers.h"
#include "gateway/trace.h"

namespace weir::gateway {
namespace {

constexpr os::milliseconds kCatalogueTimeout{2'000};

/// Runs `work(call)` on a worker; a full queue is answered 503.
void run_on_worker(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
                   absl::AnyInvocable<void(Call)> work) {
  // The call is shared so that it is still here to be answered when the pool refuses the task.
  auto shared = std::make_shared<Call>(std::move(call));
  const os::SteadyTime began = services.clock.steady();
  Status posted = services.workers.post([&services, began, shared, work = std::move(work)]() mutable {
    shared->waited = std::chrono::duration_cast<std::chrono::microseconds>(services.clock.steady() - began);
    work(std::move(*shared));
  });
  if (!posted.ok()) shared->respond(fail(posted.error()));
}

Status check_wait(Services& services, const Call& call, Wait wait) {
  const os::milliseconds most(services.options.limits.query_queue_wait_ms_max);
  if (wait == Wait::kAnyLength || call.waited <= most) return {};
  services.registry
      .counter("weir_query_late_total", "Reads refused because they waited too long for a worker.")
      .add();
  const auto waited_ms = std::chrono::duration_cast<os::milliseconds>(call.waited).count();
  return unavailable(fmt::format("query: waited {} for a worker, limit {} (query_queue_wait_ms_max)",
                                 format_duration(waited_ms), format_duration(most.count())));
}

}  // namespace

Result<std::string> tenant_name(const net::Headers& headers) {
  if (!headers.has("X-Scope-OrgID")) return std::string(tenant::kDefaultTenantName);
  std::string name(headers.get("X-Scope-OrgID"));
  RETURN_IF_ERROR(meta::validate_tenant_name(name).context("X-Scope-OrgID"));
  return name;
}

net::HttpResponse not_served(const ProcessInfo& process, std::string_view role) {
  return problem(421, unsupported(fmt::format("this process has the {} {}; ask a process with the role {}",
                                              process.roles.size() == 1 ? "role" : "roles",
                                              fmt::join(process.roles, ", "), role)));
}

ingest::WriteContext write_context(const Services& services, const net::Headers& headers, TenantId tenant) {
  const std::string_view trace = headers.get("traceparent");
  return {tenant, services.options.limits, Deadline::after(services.clock, services.options.write_timeout),
          is_traceparent(trace) ? trace : std::string_view()};
}

void with_writing_tenant(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
                         std::function<void(Services&, Call, TenantId)> next) {
  Result<std::string> name = tenant_name(call.request.headers);
  if (!name.ok()) return call.respond(fail(name.error()));
  if (const auto id = services.writing().tenants.cached(*name)) return next(services, std::move(call), *id);
  run_on_worker(services, std::move(call), fail,
                [&services, fail, name = std::move(*name), next = std::move(next)](Call held) {
                  auto id = services.writing().tenants.find_or_create(
                      name, Deadline::after(services.clock, kCatalogueTimeout));
                  if (!id.ok()) return held.respond(fail(id.error()));
                  next(services, std::move(held), *id);
                });
}

void with_reading_tenant(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
                         std::function<void(Services&, Call, TenantId)> next) {
  if (const Status readable = services.readable ? services.readable() : Status(); !readable.ok())
    return call.respond(fail(readable.error()));
  Result<std::string> name = tenant_name(call.request.headers);
  if (!name.ok()) return call.respond(fail(name.error()));
  run_on_worker(services, std::move(call), fail,
                [&services, fail, name = std::move(*name), next = std::move(next)](Call held) {
                  auto id = services.reading().tenants.find(
                      name, Deadline::after(services.clock, kCatalogueTimeout));
                  if (!id.ok()) return held.respond(fail(id.error()));
                  next(services, std::move(held), id->value_or(TenantId::nobody()));
                });
}

void answer_reading(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
                    std::function<Result<net::HttpResponse>(Services&, const Call&, TenantId)> make,
                    Wait wait) {
  with_reading_tenant(services, std::move(call), fail,
                      [fail, wait, make = std::move(make)](Services& parts, Call held, TenantId tenant) {
                        if (const Status soon = check_wait(parts, held, wait); !soon.ok())
                          return held.respond(fail(soon.error()));
                        Result<net::HttpResponse> answer = make(parts, held, tenant);
                        held.respond(answer.ok() ? std::move(*answer) : fail(answer.error()));
                      });
}

void on_worker(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
               std::function<net::HttpResponse(Services&, const net::HttpRequest&)> work) {
  run_on_worker(services, std::move(call), fail, [&services, work = std::move(work)](Call held) {
    net::HttpResponse response = work(services, held.request);
    held.respond(std::move(response));
  });
}

Result<net::Params> form_params(const net::HttpRequest& request) {
  net::Params params = request.query;
  if (request.headers.get("Content-Type").starts_with("application/x-www-form-urlencoded")) {
    RETURN_IF_ERROR(params.parse(request.body).context("form body"));
  }
  return params;
}

}  // namespace weir::gateway
