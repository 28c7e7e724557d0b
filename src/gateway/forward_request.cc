#include "gateway/forward_request.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "gateway/live_frames.h"
#include "gateway/trace.h"
#include "net/ascii.h"
#include "net/framing.h"
#include "net/hop_by_hop.h"

namespace weir::gateway {
namespace {

/// Fields that are written anew, or that mean nothing to the upstream.
bool is_replaced(std::string_view name) {
  constexpr std::string_view kReplaced[] = {
      "Host",          "Content-Length",   "Expect",       "Origin",      "Sec-WebSocket-Extensions",
      "X-Scope-OrgID", "X-Forwarded-For",  "X-Request-Id", "traceparent", "tracestate",
      "Forwarded",     "X-Forwarded-Host", kDeadlineField, kAcceptedField};
  return std::any_of(std::begin(kReplaced), std::end(kReplaced),
                     [&](std::string_view replaced) { return net::equals_ignore_case(name, replaced); });
}

/// "192.0.2.7" of "192.0.2.7:5000", "[::1]" of "[::1]:80".
std::string_view address_of(std::string_view remote) {
  return remote.substr(0, remote.rfind(':'));
}

/// All fields of that name as one list, and `last` behind them.
std::string appended(const net::Headers& headers, std::string_view name, std::string_view last) {
  std::string list;
  for (const auto& [field, value] : headers.all()) {
    if (net::equals_ignore_case(field, name) && !value.empty()) list.append(value).append(", ");
  }
  return list.append(last);
}

void add_trace(const net::Headers& client, os::Random& random, net::Headers& headers) {
  const std::string_view parent = client.get("traceparent");
  if (!is_traceparent(parent)) return headers.add("traceparent", make_traceparent(random));
  headers.add("traceparent", std::string(parent));
  // Vendors' state belongs to the trace that it came with.
  if (client.has("tracestate")) headers.add("tracestate", std::string(client.get("tracestate")));
}

}  // namespace

net::UpstreamRequest forwarded_request(net::HttpRequest& request, const std::string& tenant,
                                       const std::string& request_id, os::Random& random) {
  net::UpstreamRequest forwarded;
  forwarded.method = request.method == "HEAD" ? "GET" : request.method;
  forwarded.target = request.target;
  forwarded.websocket = is_upgrade(request);
  forwarded.event_stream = is_live_events(request);
  const net::Headers kept = net::end_to_end(request.headers);
  for (const auto& [name, value] : kept.all()) {
    if (!is_replaced(name)) forwarded.headers.add(name, value);
  }
  forwarded.headers.add("X-Scope-OrgID", tenant);
  forwarded.headers.add("X-Forwarded-For",
                        appended(request.headers, "X-Forwarded-For", address_of(request.remote)));
  if (!kept.has("X-Forwarded-Proto")) forwarded.headers.add("X-Forwarded-Proto", "http");
  if (request.headers.has("Host")) {
    forwarded.headers.add("X-Forwarded-Host", std::string(request.headers.get("Host")));
  }
  forwarded.headers.add("X-Request-Id", request_id);
  add_trace(request.headers, random, forwarded.headers);
  forwarded.body = std::move(request.body);
  return forwarded;
}

bool is_live_events(const net::HttpRequest& request) {
  return request.path.ends_with("/api/v2/live") && wants_live_events(request.headers);
}

bool is_upgrade(const net::HttpRequest& request) {
  return net::has_token(request.headers, "Upgrade", "websocket");
}

}  // namespace weir::gateway
