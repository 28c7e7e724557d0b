#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"

namespace weir::net {

/// Header fields in the order received. Names compare without regard to case.
class Headers {
 public:
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);
  /// The first field of that name, empty when absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Decoded `name=value` pairs of a query string or form body, in order; a name may repeat (`match[]`).
class Params {
 public:
  /// Parses `application/x-www-form-urlencoded` text, appending. kInvalidArgument for a bad %-escape, with
  /// its position.
  Status parse(std::string_view text);
  std::optional<std::string_view> get(std::string_view name) const;  ///< The first of that name.
  std::vector<std::string_view> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

/// A request whose framing has been checked. The path is %-decoded once and holds no NUL.
struct HttpRequest {
  std::string method;  ///< "GET", "POST", ...
  std::string path;    ///< "/api/v1/query", without the query string.
  std::string target;  ///< Path and query string as received, still encoded; without scheme and host.
  Params query;        ///< From the target.
  Headers headers;
  std::string body;    ///< As received (still encoded); at most the route's limit.
  std::string remote;  ///< "127.0.0.1:54321".
  bool remote_is_loopback = false;
  /// Cancelled when the client closes its side before it has the answer; null unless the route asks for it
  /// (RoutePolicy::watch_client).
  std::shared_ptr<const Cancellation> client_gone = nullptr;
};

/// The upstream's half of an upgraded connection, or an answer of it that goes on (upstream_client.h).
struct UpstreamStream;
/// A body that goes on (answer_stream.h).
struct StreamedBody;

struct HttpResponse {
  int status = 200;
  Headers headers;  ///< Content-Length, Date, Server and Connection are the server's own.
  std::string body;
  /// With status 101, in answer to an upgrade request of a route with `RoutePolicy::tunnel`: the client's
  /// connection becomes a tunnel to this one. With another status, the rest of this connection is the body.
  /// Used once.
  std::shared_ptr<UpstreamStream> stream = nullptr;
  /// In place of `body`; the connection is closed after it. Used once; not at all in answer to HEAD.
  std::shared_ptr<StreamedBody> streamed = nullptr;

  static HttpResponse text(int status, std::string body,
                           std::string_view content_type = "text/plain; charset=utf-8");
  static HttpResponse json(int status, std::string body) {
    return text(status, std::move(body), "application/json");
  }
};

/// "Not Found" of 404.
std::string_view reason_phrase(int status);

/// Decodes %XX once (and `+` as space when `plus_is_space`); kInvalidArgument names the position.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// Encodes everything but unreserved characters (RFC 3986).
std::string percent_encode(std::string_view text);

}  // namespace weir::net
