#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "gateway/services.h"
#include "model/tenant_id.h"
#include "net/http_server.h"

namespace weir::gateway {

/// One request on its way through a route: answer it exactly once by `respond`.
struct Call {
  net::HttpRequest request;
  net::Responder respond;
  /// What each `*` in the route's path stood for.
  std::vector<std::string> path_parameters;
  /// For a worker; 0 before one has it.
  std::chrono::microseconds waited{0};
};

/// The request's tenant name: `X-Scope-OrgID`, else the default tenant. kInvalidArgument for a name that
/// cannot be one.
Result<std::string> tenant_name(const net::Headers& headers);

/// 421: this process does not have the part; the text names its roles and the one to ask.
net::HttpResponse not_served(const ProcessInfo& process, std::string_view role);

/// Of a write with these headers: the limits and time-out of the options, and the trace of the request if it
/// has one.
ingest::WriteContext write_context(const Services& services, const net::Headers& headers, TenantId tenant);

/// Runs `next` with the tenant's id, created if it is new: on this thread when it is remembered, else on a
/// worker. A failure is answered by `fail`.
void with_writing_tenant(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
                         std::function<void(Services&, Call, TenantId)> next);

/// Runs `next` on a worker with the tenant's id; a name without a tenant reads as TenantId::nobody().
void with_reading_tenant(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
                         std::function<void(Services&, Call, TenantId)> next);

/// Whether a read that waited long for a worker is still wanted. Its client may have gone or asked again, and
/// whoever is served late makes all behind it late: what would take long had better be refused.
enum class Wait { kBounded, kAnyLength };

/// Answers by what `make` returns for the tenant, as `with_reading_tenant` finds it, and errors by `fail`.
/// What waited longer than the limit `query_queue_wait_ms_max`, unless it may, fails with kUnavailable.
void answer_reading(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
                    std::function<Result<net::HttpResponse>(Services&, const Call&, TenantId)> make,
                    Wait wait = Wait::kBounded);

/// Answers by what `work` returns, on a worker; a full queue is answered by `fail`.
void on_worker(Services& services, Call call, net::HttpResponse (*fail)(const Error&),
               std::function<net::HttpResponse(Services&, const net::HttpRequest&)> work);

/// Query string and, for `application/x-www-form-urlencoded`, body: what Prometheus' API reads parameters
/// from.
Result<net::Params> form_params(const net::HttpRequest& request);

}  // namespace weir::gateway
