#include "net/upgrade.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

RequestHead handshake() {
  RequestHead head;
  head.method = "GET";
  head.headers.add("Host", "weir.example:8080");
  head.headers.add("Connection", "keep-alive, Upgrade");
  head.headers.add("Upgrade", "WebSocket");
  head.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  head.headers.add("Sec-WebSocket-Version", "13");
  return head;
}

int verdict(const RequestHead& head, const BodyFraming& framing = {}) {
  const auto refusal = check_upgrade(head, framing);
  return refusal.has_value() ? refusal->status : 0;
}

int verdict_with(std::string_view name, std::string value) {
  RequestHead head = handshake();
  head.headers.set(name, std::move(value));
  return verdict(head);
}

TEST(CheckUpgrade, AcceptsAHandshake) {
  EXPECT_TRUE(is_websocket_upgrade(handshake()));
  EXPECT_EQ(verdict(handshake()), 0);
}

TEST(CheckUpgrade, RefusesWhatIsNotOne) {
  EXPECT_EQ(verdict_with("Connection", "keep-alive"), 400);
  EXPECT_EQ(verdict_with("Sec-WebSocket-Version", "8"), 426);
  EXPECT_EQ(verdict_with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ"), 400);
  EXPECT_EQ(verdict_with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j?Q=="), 400);
  EXPECT_EQ(verdict(handshake(), {.length = 1}), 400);
  RequestHead head = handshake();
  head.method = "POST";
  EXPECT_EQ(verdict(head), 400);
  head = handshake();
  head.minor_version = 0;
  EXPECT_EQ(verdict(head), 400);
}

TEST(CheckUpgrade, TakesBrowsersOnlyFromThisHost) {
  EXPECT_EQ(verdict_with("Origin", "http://weir.example:8080"), 0);
  EXPECT_EQ(verdict_with("Origin", "https://WEIR.example:8080"), 0);
  for (const char* origin :
       {"http://evil.example", "http://weir.example", "http://weir.example:80", "null", "",
        "http://weir.example:8080.evil.example", "file://weir.example:8080", "weir.example:8080"}) {
    EXPECT_EQ(verdict_with("Origin", origin), 403) << origin;
  }
  RequestHead twice = handshake();
  twice.headers.add("Origin", "http://weir.example:8080");
  twice.headers.add("Origin", "http://evil.example");
  EXPECT_EQ(verdict(twice), 403);
}

TEST(CheckUpgrade, KnowsDefaultPorts) {
  RequestHead head = handshake();
  head.headers.set("Host", "weir.example");
  head.headers.set("Origin", "https://weir.example");
  EXPECT_EQ(verdict(head), 0);
  head.headers.set("Host", "weir.example:443");
  EXPECT_EQ(verdict(head), 0);
  head.headers.set("Origin", "http://weir.example");
  EXPECT_EQ(verdict(head), 403);
}

}  // namespace
}  // namespace weir::net
