#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "net/http.h"
#include "os/clock.h"
#include "stream/live/live_hub.h"

/// The frames of docs/formats/live.md: JSON text for WebSockets, and the same as server-sent events. Pure.
namespace weir::gateway {

struct LiveSubscribe {
  std::string id;
  std::string query;
  os::milliseconds interval{1'000};
  os::milliseconds history{0};
  std::optional<TimestampMs> resume_after_ms = std::nullopt;  ///< What its token stands for.
};
struct LiveUnsubscribe {
  std::string id;
};
using LiveCommand = std::variant<LiveSubscribe, LiveUnsubscribe>;

/// kInvalidArgument names the field and what was expected.
Result<LiveCommand> parse_live_command(std::string_view text);
/// The one subscription of an event stream, without an id. `last_event_id`, where it is not empty, goes
/// before the parameter `resume`: it is the newer one. kInvalidArgument names the parameter.
Result<LiveSubscribe> parse_live_parameters(const net::Params& params, std::string_view last_event_id);

/// An empty `id` is left out.
std::string encode_live_update(std::string_view id, const stream::LiveUpdate& update);
/// An error frame; an empty `id` is left out.
std::string encode_live_error(std::string_view id, const Error& error);
/// The same as one server-sent event; its `id` is the token, which an error has none of.
std::string encode_live_event(const stream::LiveUpdate& update);

/// True for a request that takes server-sent events for an answer.
bool wants_live_events(const net::Headers& headers);

}  // namespace weir::gateway
