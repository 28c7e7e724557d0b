#pragma once

#include <string_view>

#include "base/result.h"
#include "net/http.h"

/// Answers in the two forms of InfluxDB's HTTP API. Pure; safe from any thread.
namespace weir::gateway {

enum class InfluxVersion {
  k1,  ///< `/write`: {"error": "..."} and the same in `X-Influxdb-Error`.
  k2,  ///< `/api/v2/write`: {"code": "invalid", "message": "..."}.
};

/// What did not go well. `message` may have several lines; the header has the first.
net::HttpResponse influx_failure(InfluxVersion version, int status, std::string_view message);

/// The statuses of `write_error`: whatever a retry can mend is 503 with `Retry-After`.
net::HttpResponse influx_error(InfluxVersion version, const Error& error);
net::HttpResponse influx_v1_error(const Error& error);
net::HttpResponse influx_v2_error(const Error& error);

}  // namespace weir::gateway
