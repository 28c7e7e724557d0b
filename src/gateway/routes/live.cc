#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/live_events.h"
#include "gateway/live_session.h"
#include "gateway/routes/handlers.h"

namespace weir::gateway {
namespace {

net::HttpResponse neither_websocket_nor_events() {
  auto response =
      problem(426, invalid_argument("/api/v2/live is a WebSocket: connect with ws:// and an Upgrade header, "
                                    "or ask for one query with Accept: text/event-stream"));
  response.headers.set("Upgrade", "websocket");
  return response;
}

Result<net::HttpResponse> stream_events(Services& services, const LiveSubscribe& subscribe, const Call& call,
                                        TenantId tenant) {
  if (tenant == TenantId::nobody()) {
    const auto name = tenant_name(call.request.headers);
    return not_found(fmt::format("tenant {}: nothing has been written yet", name.ok() ? *name : ""));
  }
  stream::LiveRequest request = live_request(services, tenant, subscribe);
  RETURN_IF_ERROR(services.reading().live.check(request));
  auto response = net::HttpResponse::text(200, {}, "text/event-stream");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");  // nginx would hold events back
  response.streamed = live_events(services, std::move(request), live_connections(services.registry));
  return response;
}

}  // namespace

void handle_live(Services& services, Call call) {
  if (!wants_live_events(call.request.headers)) return call.respond(neither_websocket_nor_events());
  auto subscribe = parse_live_parameters(call.request.query, call.request.headers.get("Last-Event-ID"));
  if (!subscribe.ok()) return call.respond(problem(subscribe.error()));
  answer_reading(services, std::move(call), problem,
                 [subscribe = *std::move(subscribe)](Services& parts, const Call& held, TenantId tenant) {
                   return stream_events(parts, subscribe, held, tenant);
                 });
}

}  // namespace weir::gateway
