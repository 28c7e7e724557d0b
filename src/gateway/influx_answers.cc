#include "gateway/influx_answers.h"

#include <algorithm>
#include <string>

#include "gateway/answers.h"
#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

/// The first line, with nothing in it that a header field may not have.
std::string header_text(std::string_view message) {
  constexpr size_t kBytesMax = 500;
  std::string text(message.substr(0, std::min(message.find('\n'), kBytesMax)));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

/// InfluxDB's word for a status.
std::string_view code_of(int status) {
  switch (status) {
    case 400:
    case 415:
      return "invalid";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not found";
    case 413:
      return "request too large";
    case 429:
      return "too many requests";
    case 503:
      return "unavailable";
    default:
      return status < 500 ? "unprocessable entity" : "internal error";
  }
}

}  // namespace

net::HttpResponse influx_failure(InfluxVersion version, int status, std::string_view message) {
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object();
  if (version == InfluxVersion::k1) {
    json.text("error", message);
  } else {
    json.text("code", code_of(status));
    json.text("message", message);
  }
  json.end_object();
  auto response = net::HttpResponse::json(status, std::move(body));
  if (version == InfluxVersion::k1) response.headers.set("X-Influxdb-Error", header_text(message));
  return response;
}

net::HttpResponse influx_error(InfluxVersion version, const Error& error) {
  const net::HttpResponse plain = write_error(error);
  net::HttpResponse response = influx_failure(version, plain.status, error.message);
  if (plain.headers.has("Retry-After"))
    response.headers.set("Retry-After", std::string(plain.headers.get("Retry-After")));
  return response;
}

net::HttpResponse influx_v1_error(const Error& error) {
  return influx_error(InfluxVersion::k1, error);
}

net::HttpResponse influx_v2_error(const Error& error) {
  return influx_error(InfluxVersion::k2, error);
}

}  // namespace weir::gateway
