#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "base/result.h"

namespace weir::net {

/// An address of IPv4 or IPv6. IPv4 inside of IPv6 ("::ffff:10.0.0.1") is the IPv4 address that it stands
/// for. A value.
class IpAddress {
 public:
  /// kInvalidArgument for anything but the usual forms: no names, no octal or shortened numbers, no zone.
  static Result<IpAddress> parse(std::string_view text);
  /// Of a socket; kUnsupported for families other than the two.
  static Result<IpAddress> of(const sockaddr& address);

  bool is_v4() const { return is_v4_; }
  /// 4 bytes or 16, in network order.
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), is_v4_ ? size_t{4} : size_t{16}};
  }
  std::string to_string() const;

 private:
  static IpAddress v4(const uint8_t* bytes);
  static IpAddress v6(const uint8_t* bytes);
  std::array<uint8_t, 16> bytes_{};
  bool is_v4_ = true;
};

/// All addresses with one prefix: "10.0.0.0/8", "fd00::/8", or one address.
class IpNetwork {
 public:
  /// kInvalidArgument, naming the text; bits behind the prefix are ignored.
  static Result<IpNetwork> parse(std::string_view text);
  bool contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& address, int bits) : address_(address), bits_(bits) {}
  IpAddress address_;
  int bits_;
};

/// What keeps an address from being one of the public internet, such as "loopback" or "private"; empty for a
/// public one. From IANA's registries of special-purpose addresses; clouds' services for their own machines
/// are not public either, nor is what leads to IPv4 through IPv6 (NAT64, 6to4, Teredo).
std::string_view special_purpose(const IpAddress& address);

}  // namespace weir::net
