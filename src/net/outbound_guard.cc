#include "net/outbound_guard.h"

#include <algorithm>

#include <fmt/format.h>

#include "net/ascii.h"

namespace weir::net {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
  return out;
}

// "host." is the same host.
std::string canonical_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return lower(host);
}

bool is_host_pattern(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

Result<OutboundGuard> OutboundGuard::create(const OutboundPolicy& policy) {
  OutboundGuard guard;
  guard.plain_http_ = policy.plain_http;
  guard.internal_ = policy.internal;
  for (const std::string& host : policy.hosts) {
    if (!is_host_pattern(host))
      return invalid_argument(fmt::format("\"{}\": expected a host's name, or *.NAME", host));
    guard.hosts_.push_back(canonical_host(host));
  }
  for (const std::string& text : policy.networks) {
    ASSIGN_OR_RETURN(const IpNetwork network, IpNetwork::parse(text));
    guard.networks_.push_back(network);
  }
  return guard;
}

bool OutboundGuard::trusts(std::string_view host) const {
  const std::string name = canonical_host(host);
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& allowed) {
    return allowed.starts_with("*.") ? name.ends_with(std::string_view(allowed).substr(1)) : name == allowed;
  });
}

Status OutboundGuard::check(const UrlParts& url) const {
  if (url.scheme != "https" && !(url.scheme == "http" && plain_http_)) {
    return permission_denied(
        fmt::format("{}: only https://{} is allowed", url.host, plain_http_ ? " and http://" : ""));
  }
  if (url.has_credentials)
    return permission_denied(fmt::format("{}: a user name in the URL is not allowed", url.host));
  if (trusts(url.host)) return ok_status();
  std::string_view host = url.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  return address.ok() ? check(*address) : ok_status();  // a name: what it leads to is checked later
}

Status OutboundGuard::check(const sockaddr& address) const {
  const auto ip = IpAddress::of(address);
  if (!ip.ok()) return permission_denied(ip.error().message);
  return check(*ip);
}

Status OutboundGuard::check(const IpAddress& address) const {
  if (internal_) return ok_status();
  const bool allowed = std::any_of(networks_.begin(), networks_.end(),
                                   [&](const IpNetwork& network) { return network.contains(address); });
  const std::string_view special = allowed ? std::string_view() : special_purpose(address);
  if (special.empty()) return ok_status();
  return permission_denied(
      fmt::format("{} is not a public address ({}), and not allowed", address.to_string(), special));
}

}  // namespace weir::net
