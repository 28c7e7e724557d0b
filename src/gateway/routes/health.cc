#include <fmt/format.h>

#include "gateway/routes/handlers.h"

// Health for people, load balancers and Kubernetes, and the process's own metrics.
namespace weir::gateway {
namespace {

net::HttpResponse health(const Status& status) {
  auto response = status.ok()
                      ? net::HttpResponse::text(200, "ok\n")
                      : net::HttpResponse::text(503, fmt::format("not ready: {}\n", status.error().message));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

/// The log takes appends and the store has applied what was there at the start.
Status started(const Services& services) {
  if (!services.processor.caught_up()) return unavailable("the store is still applying the log");
  return {};
}

Status ready(const Services& services) {
  RETURN_IF_ERROR(services.ready());
  RETURN_IF_ERROR(started(services));
  return services.log.writable();
}

}  // namespace

void handle_livez(Services&, Call call) {
  call.respond(health(ok_status()));
}
void handle_readyz(Services& services, Call call) {
  call.respond(health(ready(services)));
}
void handle_startupz(Services& services, Call call) {
  call.respond(health(started(services)));
}

void handle_metrics(Services& services, Call call) {
  call.respond(
      net::HttpResponse::text(200, services.registry.to_text(), "text/plain; version=0.0.4; charset=utf-8"));
}

}  // namespace weir::gateway
