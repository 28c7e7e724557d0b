#include "net/upstream_head.h"

#include <iterator>

#include <fmt/format.h>

#include "net/ascii.h"
#include "net/hop_by_hop.h"
#include "net/response_head.h"

namespace weir::net {

namespace {

void append_fields(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    const bool own = equals_ignore_case(name, "Host") || equals_ignore_case(name, "Content-Length");
    if (!own && !is_hop_by_hop(name)) append_field(out, name, value);
  }
}

}  // namespace

std::string upstream_request_head(const UpstreamAttempt& attempt, const UpstreamRequest& request) {
  std::string out;
  out.reserve(512);
  fmt::format_to(std::back_inserter(out), "{} {} HTTP/1.1\r\n", request.method, request.target);
  append_field(out, "Host", attempt.authority);
  append_fields(out, request.headers);
  append_fields(out, attempt.headers);
  if (request.websocket) out.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");
  // A length of nothing is said where a body would be expected (RFC 9110, 8.6).
  const bool says_length = !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
  if (says_length) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", request.body.size());
  out.append("\r\n");
  return out;
}

}  // namespace weir::net
