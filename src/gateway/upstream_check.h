#pragma once

#include "gateway/upstream.h"
#include "net/http_client.h"

namespace weir::gateway {

/// Asks one upstream for its health. Owned by one thread.
class UpstreamCheck {
 public:
  UpstreamCheck(Upstream& upstream, os::milliseconds timeout) : upstream_(upstream), timeout_(timeout) {}

  /// Resolves the name if that is due, asks, and notes the outcome. Waits for the resolver, and then for
  /// `timeout` at most.
  void run();

 private:
  Result<net::HttpResponse> ask();

  Upstream& upstream_;
  const os::milliseconds timeout_;
  net::HttpClient client_;
  bool resolve_ = true;
};

}  // namespace weir::gateway
