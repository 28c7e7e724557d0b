#include "net/upgrade.h"

#include <algorithm>

#include "net/ascii.h"

namespace weir::net {

namespace {

/// Base64 of 16 bytes: 22 characters and two of padding.
bool is_websocket_key(std::string_view key) {
  const auto is_base64 = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '/'; };
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_base64);
}

/// HOST[:PORT] without the port that the scheme implies.
std::string_view without_default_port(std::string_view authority, std::string_view port) {
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

bool same_origin(std::string_view origin, std::string_view host) {
  for (const auto& [scheme, port] :
       {std::pair<std::string_view, std::string_view>{"http://", ":80"}, {"https://", ":443"}}) {
    if (!equals_ignore_case(origin.substr(0, scheme.size()), scheme)) continue;
    return equals_ignore_case(without_default_port(origin.substr(scheme.size()), port),
                              without_default_port(host, port));
  }
  return false;
}

bool foreign_origin(const Headers& headers) {
  const std::string_view host = headers.get("Host");
  return std::any_of(headers.all().begin(), headers.all().end(), [&](const auto& field) {
    return equals_ignore_case(field.first, "Origin") && !same_origin(field.second, host);
  });
}

}  // namespace

bool is_websocket_upgrade(const RequestHead& head) {
  return has_token(head.headers, "Upgrade", "websocket");
}

std::optional<Refusal> check_upgrade(const RequestHead& head, const BodyFraming& framing) {
  const auto refusal = [](int status, std::string message) {
    return Refusal{status, Reject::kUpgrade, std::move(message)};
  };
  if (head.method != "GET" || head.minor_version < 1 || !framing.empty()) {
    return refusal(400, "WebSocket handshake: not a GET of HTTP/1.1 without a body");
  }
  if (!has_token(head.headers, "Connection", "Upgrade")) {
    return refusal(400, "WebSocket handshake: Connection does not name Upgrade");
  }
  if (head.headers.get("Sec-WebSocket-Version") != "13")
    return refusal(426, "WebSocket handshake: only version 13");
  if (!is_websocket_key(head.headers.get("Sec-WebSocket-Key"))) {
    return refusal(400, "WebSocket handshake: Sec-WebSocket-Key is not 16 bytes in base64");
  }
  if (foreign_origin(head.headers)) return refusal(403, "WebSocket handshake: Origin is not this host");
  return std::nullopt;
}

}  // namespace weir::net
