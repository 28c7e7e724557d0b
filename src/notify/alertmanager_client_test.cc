#include "notify/alertmanager_client.h"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "net/testing/test_server.h"

namespace weir::notify {
namespace {

std::vector<Alert> alerts(size_t count) {
  std::vector<Alert> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back({.labels = Labels::of({{"alertname", "down"}, {"job", std::to_string(i)}}),
                   .annotations = {},
                   .starts_at_ms = 1'700'000'000'000,
                   .ends_at_ms = std::nullopt,
                   .generator_url = {}});
  }
  return out;
}

class AlertmanagerClientTest : public ::testing::Test {
 protected:
  AlertmanagerClientTest() {
    server_.handler().on_policy = [](std::string_view) {
      return net::RoutePolicy{.body_bytes_max = 1 << 20};
    };
    server_.handler().on_http = [this](net::HttpRequest request, net::Responder respond) {
      const int status = request.path == "/broken/api/v2/alerts" ? 500
                         : request.path == "/bad/api/v2/alerts"  ? 400
                                                                 : 200;
      bodies_.with([&](auto& bodies) { bodies.push_back(request.path + " " + request.body); });
      respond(net::HttpResponse::text(status, ""));
    };
    server_.start();
  }
  AlertmanagerTarget target(std::string_view path) {
    return {.url = {.text = fmt::format("http://127.0.0.1:{}{}", server_.port(), path), .file = {}}};
  }
  Status send(std::vector<AlertmanagerTarget> targets, size_t count) {
    AlertmanagerClient client(std::move(targets), {guard_, os::posix_files(), "", 5'000});
    return client.send(alerts(count), 1'700'000'240'000);
  }
  std::vector<std::string> bodies() {
    return bodies_.with([](auto& bodies) { return bodies; });
  }

  const net::OutboundGuard guard_ = net::OutboundGuard::create({.internal = true}).value();
  Guarded<std::vector<std::string>> bodies_;
  net::testing::TestServer server_;
};

TEST_F(AlertmanagerClientTest, PostsToEachInBatches) {
  ASSERT_TRUE(send({target("/"), target("/prefix/")}, 300).ok());
  const auto all = bodies();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_THAT(all[0], ::testing::StartsWith("/api/v2/alerts [{"));
  EXPECT_THAT(all[2], ::testing::StartsWith("/prefix/api/v2/alerts [{"));
  const auto first = boost::json::parse(all[0].substr(all[0].find('[')));
  EXPECT_EQ(first.as_array().size(), 256u);
  EXPECT_EQ(first.at(0).at("endsAt").as_string(), "2023-11-14T22:17:20.000Z");
  EXPECT_EQ(boost::json::parse(all[1].substr(all[1].find('['))).as_array().size(), 44u);
}

TEST_F(AlertmanagerClientTest, OneThatTakesThemIsEnough) {
  EXPECT_TRUE(send({target("/broken"), target("/")}, 1).ok());
  EXPECT_EQ(send({target("/broken")}, 1).error().code, Code::kUnavailable);
  EXPECT_EQ(send({target("/bad")}, 1).error().code, Code::kFailedPrecondition);
  EXPECT_TRUE(send({}, 1).ok());
  EXPECT_TRUE(send({target("/broken")}, 0).ok());
}

TEST(FiresUntil, IsFourTimesTheLongerInterval) {
  EXPECT_EQ(fires_until_ms(1'000, 15'000, 60'000), 241'000);
  EXPECT_EQ(fires_until_ms(1'000, 300'000, 60'000), 1'201'000);
}

}  // namespace
}  // namespace weir::notify
