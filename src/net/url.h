#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace weir::net {

/// The parts of a URL that decide where a request goes.
struct UrlParts {
  std::string scheme;  ///< In lower case.
  std::string host;    ///< As curl connects to it: "0x7f.1" has become "127.0.0.1"; "[::1]" for IPv6.
  uint16_t port = 0;   ///< The scheme's own where the URL has none.
  bool has_credentials = false;
};

/// Reads a URL as the HTTP client does, so that what is checked is what is called. Schemes other than curl's
/// and relative ones are refused. Errors: kInvalidArgument in curl's words, without the URL, which may be a
/// secret.
Result<UrlParts> parse_url(const std::string& text);

}  // namespace weir::net
