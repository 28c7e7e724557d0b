#include "gateway/answers.h"
#include "gateway/routes/handlers.h"

namespace weir::gateway {

void handle_live_without_upgrade(Services&, Call call) {
  auto response =
      problem(426, invalid_argument("/api/v2/live is a WebSocket: connect with ws:// and an Upgrade header"));
  response.headers.set("Upgrade", "websocket");
  call.respond(std::move(response));
}

}  // namespace weir::gateway
