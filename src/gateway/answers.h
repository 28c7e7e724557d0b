#pragma once

#include "base/result.h"
#include "net/http.h"

/// The one place where errors become HTTP.
namespace weir::gateway {

/// The status of a code: kInvalidArgument 400, kUnauthenticated 401, kPermissionDenied 403, kNotFound 404,
/// kAlreadyExists 409, kTooOld and kFailedPrecondition 422, kResourceExhausted and kUnavailable 503,
/// kDeadlineExceeded 504, kCancelled 499, kUnsupported 501, the rest 500.
int http_status(Code code);

/// RFC 9457 `application/problem+json` with `code`; `Retry-After` where trying again can help.
net::HttpResponse problem(const Error& error);
net::HttpResponse problem(int status, const Error& error);

/// Prometheus' envelope: {"status":"error","errorType":...,"error":...}, with Prometheus' statuses: 400
/// bad_data, 422 execution, 503 timeout and unavailable, 499 canceled, 500 internal. `Retry-After` with
/// unavailable alone: what ran out of time would do so again.
net::HttpResponse prometheus_error(const Error& error);

/// The message as a JSON text, as Alertmanager's API has it and its clients read it; statuses as `problem`.
net::HttpResponse alertmanager_error(const Error& error);

/// Marks a failed answer to a write of which nothing has been taken, so that a gateway may try elsewhere.
net::HttpResponse nothing_taken(net::HttpResponse response);

/// Plain text, as senders of protocol bodies expect. Every failure that a retry can mend is 503 with
/// `Retry-After`: senders retry 5xx and drop data on 4xx.
net::HttpResponse write_error(const Error& error);

}  // namespace weir::gateway
