#include "gateway/health.h"

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

/// `?verbose`: one line a part, whether it counts or not.
net::HttpResponse verbose_health(const Services& services) {
  std::string text;
  bool ready = true;
  for (const HealthLine& line : health_lines(services)) {
    const bool failed = !line.status.ok();
    ready = ready && !(failed && line.counts);
    fmt::format_to(std::back_inserter(text), "[{}] {}: {}\n", failed ? (line.counts ? '-' : '!') : '+',
                   line.part, failed ? line.status.error().message : "ok");
  }
  auto response = net::HttpResponse::text(ready ? 200 : 503, text + (ready ? "ready\n" : "not ready\n"));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

void handle_livez(Services&, Call call) {
  call.respond(health(ok_status()));
}
void handle_readyz(Services& services, Call call) {
  const bool verbose = call.request.query.get("verbose").has_value();
  call.respond(verbose ? verbose_health(services) : health(ready(services)));
}
void handle_startupz(Services& services, Call call) {
  call.respond(health(started(services)));
}

void handle_metrics(Services& services, Call call) {
  call.respond(
      net::HttpResponse::text(200, services.registry.to_text(), "text/plain; version=0.0.4; charset=utf-8"));
}

}  // namespace weir::gateway
