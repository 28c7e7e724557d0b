#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "base/result.h"
#include "net/ip_address.h"
#include "net/url.h"

namespace weir::net {

/// What requests to places that users name may reach.
struct OutboundPolicy {
  bool plain_http = true;               ///< Whether http:// is allowed beside https://.
  bool internal = false;                ///< Whether addresses that are not public are allowed at all times.
  std::vector<std::string> hosts = {};  ///< Names whose addresses are not looked at: "alerts.example.com", or
                                        ///< "*.example.com" for all below one.
  std::vector<std::string> networks = {};  ///< Allowed though not public: "10.1.0.0/16", "::1".
};

/// Keeps requests to places that users name from reaching what only this machine can reach (server-side
/// request forgery). A URL is checked before anything is looked up, and the address of each connection when
/// it is made: an answer of DNS that changes in between gains nothing. Immutable; safe from any thread.
class OutboundGuard {
 public:
  /// kInvalidArgument for a network or host that is none.
  static Result<OutboundGuard> create(const OutboundPolicy& policy);

  /// kPermissionDenied, saying why and naming the host alone: schemes other than https (and http), a user
  /// name in the URL, an address that is not allowed.
  Status check(const UrlParts& url) const;
  /// kPermissionDenied, naming the address.
  Status check(const sockaddr& address) const;
  Status check(const IpAddress& address) const;
  /// Whether what this name leads to need not be checked.
  bool trusts(std::string_view host) const;

 private:
  OutboundGuard() = default;
  bool plain_http_ = true;
  bool internal_ = false;
  std::vector<std::string> hosts_;  // in lower case
  std::vector<IpNetwork> networks_;
};

}  // namespace weir::net
