#pragma once

#include <string>

#include "net/http_client.h"
#include "notify/receiver.h"
#include "notify/sender.h"

namespace weir::notify {

/// JSON for a server that a user has named.
struct HttpPost {
  Secret url;
  HttpConfig http = {};
  std::string body = {};
  int64_t timeout_ms = 5'000;
};

/// Sends it, past the guard, without following redirects. 2xx is delivered; 429, 5xx and no connection are
/// worth another try; all else is final. Of the answer at most 4 KiB are read, and none of it is in errors.
SendOutcome post_json(net::HttpClient& client, const HttpPost& post, const SenderContext& context);

/// `post_json` for answers whose body says more than their status: it is put into `body`.
SendOutcome post_json(net::HttpClient& client, const HttpPost& post, const SenderContext& context,
                      std::string& body);

}  // namespace weir::notify
