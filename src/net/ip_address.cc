#include "net/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

namespace weir::net {
namespace {

struct Special {
  IpNetwork network;
  std::string_view what;
};

struct SpecialText {
  std::string_view network;
  std::string_view what;
};

constexpr SpecialText kSpecial[] = {
    {"0.0.0.0/8", "unspecified"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "shared by a provider's customers"},
    {"127.0.0.0/8", "loopback"},
    {"168.63.129.16/32", "a cloud's own service"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "reserved"},
    {"192.0.2.0/24", "for documentation"},
    {"192.88.99.0/24", "6to4"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "for benchmarks"},
    {"198.51.100.0/24", "for documentation"},
    {"203.0.113.0/24", "for documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"::1/128", "loopback"},
    {"::/128", "unspecified"},
    {"64:ff9b::/96", "NAT64"},
    {"64:ff9b:1::/48", "NAT64"},
    {"fc00::/7", "private"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
    {"2001::/32", "Teredo"},
    {"2001::/23", "reserved"},
    {"2001:db8::/32", "for documentation"},
    {"2002::/16", "6to4"},
    {"3fff::/20", "for documentation"},
};

const std::vector<Special>& specials() {
  static const std::vector<Special> kAll = [] {
    std::vector<Special> all;
    for (const auto& [network, what] : kSpecial) all.push_back({IpNetwork::parse(network).value(), what});
    return all;
  }();
  return kAll;
}

}  // namespace

IpAddress IpAddress::v4(const uint8_t* bytes) {
  IpAddress address;
  std::copy_n(bytes, 4, address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(const uint8_t* bytes) {
  constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(bytes, kMapped, sizeof(kMapped)) == 0) return v4(bytes + sizeof(kMapped));
  IpAddress address;
  address.is_v4_ = false;
  std::copy_n(bytes, 16, address.bytes_.begin());
  return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text.substr(0, 64));
  uint8_t bytes[16];
  if (inet_pton(AF_INET, copy.c_str(), bytes) == 1) return v4(bytes);
  if (inet_pton(AF_INET6, copy.c_str(), bytes) == 1) return v6(bytes);
  return invalid_argument(fmt::format("\"{}\": not an IP address", copy));
}

Result<IpAddress> IpAddress::of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    return v4(reinterpret_cast<const uint8_t*>(&in.sin_addr));
  }
  if (address.sa_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    return v6(reinterpret_cast<const uint8_t*>(&in.sin6_addr));
  }
  return unsupported(fmt::format("a socket of family {}, which is neither IPv4 nor IPv6", address.sa_family));
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), text, sizeof(text));
  return text;
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  const size_t slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address.ok()) return std::move(address).error();
  const int bits_max = static_cast<int>(address->bytes().size()) * 8;
  if (slash == std::string_view::npos) return IpNetwork(*address, bits_max);
  const std::string_view size = text.substr(slash + 1);
  int bits = -1;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), bits);
  if (error != std::errc() || end != size.data() + size.size() || bits < 0 || bits > bits_max)
    return invalid_argument(fmt::format("\"{}\": expected ADDRESS/BITS with 0 to {} bits", text, bits_max));
  return IpNetwork(*address, bits);
}

bool IpNetwork::contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  const auto whole = static_cast<size_t>(bits_ / 8);
  const std::string_view mine = address_.bytes();
  const std::string_view other = address.bytes();
  if (mine.substr(0, whole) != other.substr(0, whole)) return false;
  const int rest = bits_ % 8;
  if (rest == 0) return true;
  return ((static_cast<uint8_t>(mine[whole]) ^ static_cast<uint8_t>(other[whole])) >> (8 - rest)) == 0;
}

std::string_view special_purpose(const IpAddress& address) {
  for (const Special& special : specials()) {
    if (special.network.contains(address)) return special.what;
  }
  // Of IPv6, only 2000::/3 has been given out for the public internet.
  const bool is_global = address.is_v4() || (static_cast<uint8_t>(address.bytes()[0]) >> 5) == 1;
  return is_global ? std::string_view() : "reserved";
}

}  // namespace weir::net
