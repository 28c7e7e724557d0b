#include "gateway/forward.h"
#include "gateway/testing/fleet.h"
#include "net/websocket_client.h"

namespace weir::gateway {
namespace {

using std::chrono::milliseconds;
using testing::Backend;
using testing::eventually;
using testing::Front;
using testing::rare_checks;
using testing::reads;

TEST(Forward, TunnelsLiveStreams) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  net::Headers headers;
  headers.add("Origin", fmt::format("http://{}", front.host()));
  auto client = net::WebSocketClient::connect(fmt::format("ws://{}/api/v2/live", front.host()), headers,
                                              milliseconds(20'000));
  ASSERT_TRUE(client.ok()) << client.error().message;
  ASSERT_TRUE(client->send_text("hello").ok());
  EXPECT_EQ(client->receive(milliseconds(20'000)).value().value_or(""), "hello");
  EXPECT_EQ(front.upstreams().status()[0].streams, 1u);
  EXPECT_EQ(front.upstreams().status()[0].in_flight, 0u);
  EXPECT_TRUE(client->close().ok());
  EXPECT_TRUE(eventually([&] { return front.upstreams().status()[0].streams == 0; }));
  headers.set("Origin", "http://evil.example");
  EXPECT_FALSE(net::WebSocketClient::connect(fmt::format("ws://{}/api/v2/live", front.host()), headers,
                                             milliseconds(20'000))
                   .ok());
}

TEST(Forward, ClosesALiveStreamWithItsUpstream) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  auto client = net::WebSocketClient::connect(fmt::format("ws://{}/api/v2/live", front.host()), {},
                                              milliseconds(20'000));
  ASSERT_TRUE(client.ok()) << client.error().message;
  query.kill();
  EXPECT_FALSE(client->receive(milliseconds(20'000)).ok());
  EXPECT_TRUE(client->close_code().has_value());
}

}  // namespace
}  // namespace weir::gateway
