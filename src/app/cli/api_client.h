#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/cli/command_line.h"
#include "net/http_client.h"

namespace weir::app::cli {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Speaks to one server as one tenant. Owned by one thread; waits up to the target's timeout.
class ApiClient {
 public:
  /// A URL without a scheme is taken as http.
  explicit ApiClient(const Target& target);

  const std::string& url() const { return url_; }

  /// `fields` become the query string. Errors: those of HttpClient.
  Result<net::HttpResponse> get(std::string_view path, const Fields& fields = {});
  /// `fields` become a form body, so that a long query fits.
  Result<net::HttpResponse> post_form(std::string_view path, const Fields& fields);
  /// The same with a body of another type; `fields` become the query string.
  Result<net::HttpResponse> post_text(std::string_view path, const Fields& fields, std::string_view type,
                                      std::string body);
  Result<net::HttpResponse> post_json(std::string_view path, std::string body);
  /// A remote-write body, as `tenant`; empty: as this client's own.
  Result<net::HttpResponse> post_remote_write(std::string_view path, std::string_view tenant,
                                              std::string body);
  /// From now on as this tenant.
  void set_tenant(std::string tenant) { tenant_ = std::move(tenant); }

 private:
  Result<net::HttpResponse> send(net::ClientRequest request);

  std::string url_;
  std::string tenant_;
  os::milliseconds timeout_;
  net::HttpClient client_;
};

/// Why the server refused: the sentence of a problem document or of Prometheus' envelope, or status and first
/// line of anything else.
std::string error_text(const net::HttpResponse& response);

}  // namespace weir::app::cli
