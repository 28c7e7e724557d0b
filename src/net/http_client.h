#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http.h"
#include "net/outbound_guard.h"

namespace weir::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http:// or https://; other schemes are refused.
  Headers headers;
  std::string body;
  std::chrono::milliseconds timeout{30'000};  ///< Whole exchange.
  std::chrono::milliseconds connect_timeout{1'000};
  uint64_t response_bytes_max = 256u << 20;
  bool cut_response = false;  ///< Whether a longer answer is cut there, instead of being an error.
  /// For URLs that users name: refuses what the guard does, with kPermissionDenied. Such a request uses no
  /// connection of an earlier one and no proxy. Must outlive the call; null: no checks.
  const OutboundGuard* guard = nullptr;
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
  /// kDeadlineExceeded, kResourceExhausted (answer too large), kInvalidArgument (URL), kPermissionDenied (the
  /// guard).
  Result<HttpResponse> send(const ClientRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
