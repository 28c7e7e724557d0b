#include "gateway/answers.h"

#include "gateway/forward_request.h"
#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

net::HttpResponse with_retry(net::HttpResponse response, const Error& error) {
  if (error.retryable()) response.headers.set("Retry-After", std::string(kRetryAfterSeconds));
  return response;
}

struct PrometheusKind {
  int status;
  std::string_view type;
};

PrometheusKind prometheus_kind(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return {400, "bad_data"};
    case Code::kUnauthenticated:
      return {401, "unauthorized"};
    case Code::kPermissionDenied:
      return {403, "forbidden"};
    case Code::kNotFound:
      return {404, "not_found"};
    case Code::kResourceExhausted:
    case Code::kUnsupported:
    case Code::kTooOld:
    case Code::kFailedPrecondition:
    case Code::kAlreadyExists:
      return {422, "execution"};
    case Code::kDeadlineExceeded:
      return {503, "timeout"};
    case Code::kUnavailable:
      return {503, "unavailable"};
    case Code::kCancelled:
      return {499, "canceled"};
    case Code::kCorruption:
    case Code::kIo:
    case Code::kInternal:
      return {500, "internal"};
  }
  return {500, "internal"};
}

}  // namespace

int http_status(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
      return 409;
    case Code::kFailedPrecondition:
    case Code::kTooOld:
      return 422;
    case Code::kResourceExhausted:
    case Code::kUnavailable:
      return 503;
    case Code::kDeadlineExceeded:
      return 504;
    case Code::kCancelled:
      return 499;
    case Code::kUnsupported:
      return 501;
    case Code::kCorruption:
    case Code::kIo:
    case Code::kInternal:
      return 500;
  }
  return 500;
}

net::HttpResponse problem(const Error& error) {
  return problem(http_status(error.code), error);
}

net::HttpResponse problem(int status, const Error& error) {
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object();
  json.text("type", "about:blank");
  json.text("title", net::reason_phrase(status));
  json.integer("status", status);
  json.text("code", code_name(error.code));
  json.text("detail", error.message);
  json.end_object();
  return with_retry(net::HttpResponse::text(status, std::move(body), "application/problem+json"), error);
}

net::HttpResponse prometheus_error(const Error& error) {
  const PrometheusKind kind = prometheus_kind(error.code);
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object();
  json.text("status", "error");
  json.text("errorType", kind.type);
  json.text("error", error.message);
  json.end_object();
  auto response = net::HttpResponse::json(kind.status, std::move(body));
  if (error.code == Code::kUnavailable) response.headers.set("Retry-After", std::string(kRetryAfterSeconds));
  return response;
}

net::HttpResponse alertmanager_error(const Error& error) {
  std::string body;
  wire::JsonWriter(body).text(error.message);
  return with_retry(net::HttpResponse::json(http_status(error.code), std::move(body)), error);
}

net::HttpResponse nothing_taken(net::HttpResponse response) {
  response.headers.set(kAcceptedField, "0");
  return response;
}

net::HttpResponse write_error(const Error& error) {
  const bool sender_can_retry =
      error.retryable() || error.code == Code::kIo || error.code == Code::kCancelled;
  auto response =
      net::HttpResponse::text(sender_can_retry ? 503 : http_status(error.code), error.message + "\n");
  if (sender_can_retry) response.headers.set("Retry-After", std::string(kRetryAfterSeconds));
  return response;
}

}  // namespace weir::gateway
