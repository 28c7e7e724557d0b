#include "gateway/gateway.h"

#include <array>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/forward.h"
#include "gateway/live_session.h"

namespace weir::gateway {

/// Requests of one route by class of status, and their durations.
struct Gateway::RouteMetrics {
  RouteMetrics(telemetry::Registry& registry, const Route& route)
      : seconds(
            registry.histogram("weir_gateway_request_duration_seconds",
                               "Time from a request's last byte to its answer.", telemetry::duration_bounds(),
                               {{"method", std::string(route.method)}, {"route", std::string(route.path)}})) {
    for (size_t i = 0; i < by_class.size(); ++i) {
      by_class[i] = &registry.counter("weir_gateway_requests_total", "Requests answered, by class of status.",
                                      {{"method", std::string(route.method)},
                                       {"route", std::string(route.path)},
                                       {"status", fmt::format("{}xx", i + 1)}});
    }
  }
  void count(int status) {
    const int index = status / 100 - 1;
    if (index >= 0 && index < static_cast<int>(by_class.size())) by_class[static_cast<size_t>(index)]->add();
  }

  telemetry::Histogram& seconds;
  std::array<telemetry::Counter*, 5> by_class{};
};

namespace {

/// "localhost" of "localhost:8080", "::1" of "[::1]:80".
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host.starts_with("127.");
}

std::string_view authority_of_origin(std::string_view origin) {
  const size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
}

Error no_route(std::string_view path) {
  return not_found(
      fmt::format("no such path: {} (the API is under /api/v1 and /api/v2, the console at /)", path));
}

std::string_view role_of(Surface surface) {
  return surface == Surface::kWrite ? "ingest" : "query";
}

net::HttpResponse wrong_method(const RouteMatch& match, std::string_view method, std::string_view path) {
  auto response = problem(405, invalid_argument(fmt::format("{} does not take {}; it takes {}", path, method,
                                                            match.allowed_methods)));
  response.headers.set("Allow", match.allowed_methods);
  return response;
}

}  // namespace

Status check_origin(std::string_view method, const net::Headers& headers, bool loopback_only) {
  const std::string_view host = headers.get("Host");
  if (loopback_only && !host.empty() && !is_loopback_name(host_of(host))) {
    return permission_denied(
        fmt::format("this server listens on loopback only and does not answer to the name \"{}\"", host));
  }
  const std::string_view origin = headers.get("Origin");
  const bool reads_only = method == "GET" || method == "HEAD";
  if (!origin.empty() && !reads_only && authority_of_origin(origin) != host) {
    return permission_denied(fmt::format("pages of {} may not change anything here", origin));
  }
  return {};
}

Gateway::Gateway(Services services)
    : services_(std::move(services)),
      router_(all_routes(services_.options)),
      live_connections_(live_connections(services_.registry)) {
  for (const Route& route : router_.routes()) {
    metrics_.push_back(std::make_unique<RouteMetrics>(services_.registry, route));
  }
}

Gateway::~Gateway() = default;

bool Gateway::serves(Surface surface) const {
  switch (surface) {
    case Surface::kWrite:
      return services_.write.has_value();
    case Surface::kRead:
      return services_.read.has_value();
    case Surface::kProcess:
    case Surface::kConsole:
      return true;
  }
  return true;
}

UpstreamSet* Gateway::upstreams(Surface surface) {
  return services_.upstreams == nullptr ? nullptr : services_.upstreams->set(surface);
}

net::RoutePolicy Gateway::policy(std::string_view method, std::string_view path,
                                 const net::Headers& headers) {
  net::RoutePolicy policy;
  if (Status origin = check_origin(method, headers, services_.options.loopback_only); !origin.ok()) {
    policy.refuse = problem(origin.error());
    return policy;
  }
  const RouteMatch match = router_.match(method, path);
  if (match.route == nullptr) {
    policy.refuse = match.path_exists ? wrong_method(match, method, path) : problem(no_route(path));
    return policy;
  }
  const bool local = serves(match.route->surface);
  if (!local && upstreams(match.route->surface) == nullptr) {
    policy.refuse = not_served(services_.process, role_of(match.route->surface));
    return policy;
  }
  policy.body_bytes_max = match.route->body_bytes_max;
  policy.websocket = match.route->websocket;
  policy.tunnel = !local;
  policy.watch_client = local && match.route->surface == Surface::kRead;
  return policy;
}

void Gateway::on_request(net::HttpRequest request, net::Responder respond) {
  RouteMatch match = router_.match(request.method, request.path);
  if (match.route == nullptr) return respond(problem(no_route(request.path)));
  RouteMetrics& metrics = *metrics_[match.index];
  const auto started = services_.clock.steady();
  auto measured = [this, &metrics, started,
                   respond = std::move(respond)](net::HttpResponse response) mutable {
    metrics.seconds.observe(std::chrono::duration<double>(services_.clock.steady() - started).count());
    metrics.count(response.status);
    respond(std::move(response));
  };
  Call call{std::move(request), std::move(measured), std::move(match.path_parameters)};
  if (serves(match.route->surface)) return match.route->handle(services_, std::move(call));
  UpstreamSet* set = upstreams(match.route->surface);
  if (set == nullptr) return call.respond(not_served(services_.process, role_of(match.route->surface)));
  forward(services_, *match.route, *set, std::move(call));
}

std::variant<net::WebSocketCallbacks, net::HttpResponse> Gateway::on_websocket(
    const net::HttpRequest& request, std::shared_ptr<net::WebSocket> socket) {
  Result<std::string> name = tenant_name(request.headers);
  if (!name.ok()) return problem(name.error());
  return start_live_session(services_, std::move(*name), std::move(socket), live_connections_);
}

}  // namespace weir::gateway
