#include "net/ip_address.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

std::string_view special(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address.ok() ? special_purpose(*address) : "not an address";
}

TEST(IpAddress, ReadsTheUsualForms) {
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("2001:DB8::0:1")->to_string(), "2001:db8::1");
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1")->to_string(), "10.0.0.1");
  for (const char* text :
       {"", "1.2.3", "01.2.3.4", "0x7f.0.0.1", "256.1.1.1", "localhost", "::1%lo", "[::1]", "1.2.3.4 "})
    EXPECT_FALSE(IpAddress::parse(text).ok()) << text;
}

TEST(IpNetwork, ContainsWhatHasItsPrefix) {
  const IpNetwork network = IpNetwork::parse("10.32.0.0/11").value();
  EXPECT_TRUE(network.contains(IpAddress::parse("10.63.255.255").value()));
  EXPECT_FALSE(network.contains(IpAddress::parse("10.64.0.0").value()));
  EXPECT_TRUE(network.contains(IpAddress::parse("::ffff:10.32.0.1").value()));
  EXPECT_FALSE(IpNetwork::parse("::/0")->contains(IpAddress::parse("10.0.0.1").value()));
  EXPECT_TRUE(IpNetwork::parse("0.0.0.0/0")->contains(IpAddress::parse("9.9.9.9").value()));
  EXPECT_TRUE(IpNetwork::parse("fd00::1")->contains(IpAddress::parse("fd00::1").value()));
  EXPECT_FALSE(IpNetwork::parse("fd00::1")->contains(IpAddress::parse("fd00::2").value()));
  for (const char* text :
       {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "/8", "host/8"})
    EXPECT_FALSE(IpNetwork::parse(text).ok()) << text;
}

TEST(SpecialPurpose, KnowsWhatIsNotPublic) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "198.17.255.255",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"})
    EXPECT_EQ(special(text), "") << text;
  EXPECT_EQ(special("127.8.8.8"), "loopback");
  EXPECT_EQ(special("169.254.169.254"), "link-local");
  EXPECT_EQ(special("100.100.100.200"), "shared by a provider's customers");
  EXPECT_EQ(special("168.63.129.16"), "a cloud's own service");
  EXPECT_EQ(special("::ffff:10.0.0.1"), "private");
  EXPECT_EQ(special("64:ff9b::a00:1"), "NAT64");
  EXPECT_EQ(special("2002:a00:1::"), "6to4");
  EXPECT_EQ(special("2001:0:1::"), "Teredo");
  EXPECT_EQ(special("fd00:ec2::254"), "private");
  EXPECT_EQ(special("::10.0.0.1"), "reserved");
  EXPECT_EQ(special("::"), "unspecified");
  EXPECT_EQ(special("4000::1"), "reserved");
}

}  // namespace
}  // namespace weir::net
