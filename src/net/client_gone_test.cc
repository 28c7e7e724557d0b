#include <fmt/format.h>

#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using testing::eventually;
using testing::RawClient;
using testing::TestServer;

constexpr std::string_view kGet = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";

/// A server that holds each request and keeps what it may learn of its client.
class ClientGone : public ::testing::Test {
 protected:
  ClientGone() {
    server_.handler().on_policy = [](std::string_view path) {
      RoutePolicy policy;
      policy.watch_client = path == "/hold";
      return policy;
    };
    server_.handler().on_http = [this](HttpRequest request, Responder respond) {
      gone_.with([&](auto& all) { all.push_back(request.client_gone); });
      server_.handler().held.with([&](auto& all) { all.push_back(std::move(respond)); });
    };
    server_.start();
  }
  std::shared_ptr<const Cancellation> gone(size_t request) {
    EXPECT_TRUE(eventually([&] { return gone_.with([](auto& all) { return all.size(); }) > request; }));
    return gone_.with([&](auto& all) { return all.at(request); });
  }
  void answer() {
    ASSERT_TRUE(eventually([&] { return server_.handler().held_count() == 1; }));
    for (Responder& respond : server_.handler().take_held()) respond(HttpResponse::text(200, "late"));
  }

  Guarded<std::vector<std::shared_ptr<const Cancellation>>> gone_;
  TestServer server_;
};

TEST_F(ClientGone, IsTold) {
  RawClient client = server_.client();
  ASSERT_TRUE(client.send(kGet));
  const auto cancellation = gone(0);
  ASSERT_NE(cancellation, nullptr);
  EXPECT_FALSE(cancellation->cancelled());
  client.reset();
  EXPECT_TRUE(eventually([&] { return cancellation->cancelled(); }));
  answer();
  EXPECT_TRUE(server_.idle());
}

TEST_F(ClientGone, IsToldOfTheRequestAtHand) {
  RawClient client = server_.client();
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(kGet));
    EXPECT_FALSE(gone(i)->cancelled());
    answer();
    EXPECT_EQ(client.receive().body, "late");
  }
  ASSERT_TRUE(client.send(kGet));
  const auto last = gone(3);
  client.close();
  EXPECT_TRUE(eventually([&] { return last->cancelled(); }));
  EXPECT_FALSE(gone(0)->cancelled());
  answer();
}

TEST_F(ClientGone, IsNoClientThatPipelines) {
  RawClient client = server_.client();
  ASSERT_TRUE(client.send(kGet));
  const auto first = gone(0);
  ASSERT_TRUE(client.send(kGet));
  answer();
  EXPECT_EQ(client.receive().status, 200);
  answer();
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_FALSE(first->cancelled());
  EXPECT_FALSE(gone(1)->cancelled());
}

TEST_F(ClientGone, IsNotWatchedWhereNobodyAsks) {
  RawClient client = server_.client();
  ASSERT_TRUE(client.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(gone(0), nullptr);
  answer();
  EXPECT_EQ(client.receive().status, 200);
}

}  // namespace
}  // namespace weir::net
