#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/answers.h"
#include "gateway/call.h"
#include "gateway/services.h"
#include "telemetry/metrics.h"

namespace weir::gateway {

/// One entry of the route table. A `*` in `path` stands for exactly one segment.
struct Route {
  Surface surface;
  std::string_view method;
  std::string_view path;
  void (*handle)(Services&, Call);
  uint64_t body_bytes_max = 64 * 1024;
  bool websocket = false;
  /// How the route says an error, for errors that no handler answers.
  net::HttpResponse (*fail)(const Error&) = problem;
};

/// A route that a request met, or why there is none.
struct RouteMatch {
  const Route* route = nullptr;
  size_t index = 0;                          ///< Of the route in the table.
  std::vector<std::string> path_parameters;  ///< What each `*` stands for.
  bool path_exists = false;                  ///< Another method would have met one: 405 rather than 404.
  std::string allowed_methods;               ///< "GET, POST", for the Allow header of a 405.
};

/// Finds routes by method and path. Paths of the API are the same under `/prometheus`. HEAD is served as
/// GET. Immutable; safe from any thread.
class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}
  RouteMatch match(std::string_view method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// All routes of the gateway, in the order of the API's documentation.
std::vector<Route> all_routes(const GatewayOptions& options);

}  // namespace weir::gateway
