#pragma once

#include <optional>
#include <string_view>

#include "net/framing.h"

namespace weir::net {

/// Parses a head that HeadScanner found complete, by Beast's parser. Fills `head`; a syntax error is a
/// refusal with 400.
std::optional<Refusal> parse_request_head(std::string_view text, RequestHead& head);

}  // namespace weir::net
