#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http.h"

namespace weir::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http:// or https://; other schemes are refused.
  Headers headers;
  std::string body;
  std::chrono::milliseconds timeout{30'000};  ///< Whole exchange.
  std::chrono::milliseconds connect_timeout{1'000};
  uint64_t response_bytes_max = 256u << 20;
};

/// A blocking HTTP client with kept-alive connections, for the command line and calls to other systems. No
/// redirects are followed. One object per thread.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// Any HTTP status is a success here. Errors: kUnavailable (no connection; the message names the address),
  /// kDeadlineExceeded, kResourceExhausted (answer too large), kInvalidArgument (URL).
  Result<HttpResponse> send(const ClientRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
