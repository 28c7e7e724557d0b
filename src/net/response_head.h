#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "net/http.h"

namespace weir::net {

/// What the connection, not the application, decides about an answer.
struct ResponseFraming {
  bool close = false;           ///< Say `Connection: close`.
  bool say_keep_alive = false;  ///< To HTTP/1.0, where closing is the default.
  bool until_close = false;     ///< The body ends with the connection: its length is not said.
  std::string_view date;        ///< An IMF-fixdate.
};

/// True when an answer of that status may have a body (RFC 9110, 6.4.1).
bool status_has_body(int status);

/// The status line and fields up to the empty line. Fields that belong to the server are skipped; the
/// rest goes through `append_field`.
std::string response_head(const HttpResponse& response, const ResponseFraming& framing);

/// Appends one field; one whose name is not a token is skipped, and control characters in the value become
/// spaces, so that no value can end its line or begin another message.
void append_field(std::string& out, std::string_view name, std::string_view value);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string http_date(TimestampMs wall_ms);

}  // namespace weir::net
