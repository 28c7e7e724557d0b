#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "os/clock.h"
#include "stream/live/live_hub.h"

/// The JSON frames of docs/formats/live.md. Pure.
namespace weir::gateway {

struct LiveSubscribe {
  std::string id;
  std::string query;
  os::milliseconds interval{1'000};
  os::milliseconds history{0};
};
struct LiveUnsubscribe {
  std::string id;
};
using LiveCommand = std::variant<LiveSubscribe, LiveUnsubscribe>;

/// kInvalidArgument names the field and what was expected.
Result<LiveCommand> parse_live_command(std::string_view text);

std::string encode_live_update(std::string_view id, const stream::LiveUpdate& update);
/// An error frame; an empty `id` is left out.
std::string encode_live_error(std::string_view id, const Error& error);

}  // namespace weir::gateway
