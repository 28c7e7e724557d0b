#include <boost/json.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/duration.h"
#include "gateway/gateway.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "net/testing/test_server.h"
#include "rules/ruler/ruler.h"

namespace weir::gateway {
namespace {

using boost::json::array;
using boost::json::object;
using net::testing::RawResponse;
using ::testing::HasSubstr;

/// A process with receivers of notifications, behind HTTP; the receivers' webhooks are at a server of the
/// test.
class SilencesRoutes : public ::testing::Test {
 protected:
  SilencesRoutes() {
    hooks_.handler().on_policy = [](std::string_view) { return net::RoutePolicy{.body_bytes_max = 1 << 20}; };
    hooks_.handler().on_http = [](net::HttpRequest request, net::Responder respond) {
      respond(net::HttpResponse::text(request.path == "/down" ? 503 : 200, "secret words of the receiver"));
    };
    hooks_.start();
  }
  ~SilencesRoutes() override {
    if (server_ != nullptr) server_->stop(std::chrono::milliseconds(0));
    workers_.stop();
  }
  void start() {
    gateway_ = std::make_unique<Gateway>(services_);
    net::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<net::HttpServer>(options, *gateway_, registry_);
    ASSERT_TRUE(server_->start().ok());
  }
  void start_with_receivers() {
    notify::ReadConfig read = notify::parse_config(fmt::format(
        "route: {{receiver: team}}\nreceivers:\n- name: team\n  webhook_configs:\n"
        "  - url: http://127.0.0.1:{0}/up\n  - url: http://127.0.0.1:{0}/down\n  - url: http://127.0.0.1:1/\n"
        "- name: nobody\n",
        hooks_.port()));
    ASSERT_TRUE(read.problems.empty());
    notify::NotifierOptions options;
    options.outbound.internal = true;
    notifier_ = notify::Notifier::start(std::make_shared<const notify::Config>(std::move(read.config)),
                                        options, os::posix_files(), registry_)
                    .value();
    silences_.emplace(notifier_->silences(), *meta_, clock_);
    services_.notifications.emplace(NotificationServices{*notifier_, *silences_, tenants_});
    start();
  }

  RawResponse request(std::string_view method, std::string_view target, std::string_view body = "",
                      std::string_view fields = "") {
    return net::testing::RawClient(server_->port())
        .exchange(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}\r\n{}", method,
                              target, body.size(), fields, body));
  }
  /// Of an hour from now, as amtool writes it, with `changes`.
  object silence(const object& changes = {}) {
    object out = boost::json::parse(R"({
      "matchers": [{"name": "alertname", "value": "down", "isRegex": false, "isEqual": true},
                   {"name": "job", "value": "a|b", "isRegex": true}],
      "createdBy": "me", "comment": "why \"now\""})")
                     .as_object();
    out["startsAt"] = format_time(clock_.wall_ms());
    out["endsAt"] = format_time(clock_.wall_ms() + kHourMs);
    for (const auto& [key, value] : changes) out[key] = value;
    return out;
  }
  RawResponse post(const object& silence, std::string_view fields = "") {
    return request("POST", "/api/v2/silences", boost::json::serialize(silence), fields);
  }
  std::string id_of(const RawResponse& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return std::string(boost::json::parse(response.body).as_object().at("silenceID").as_string());
  }
  array list(std::string_view query = "", std::string_view fields = "") {
    const RawResponse response = request("GET", fmt::format("/api/v2/silences{}", query), "", fields);
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body).as_array();
  }
  /// The message of an answer, which is a JSON text.
  static std::string error(const RawResponse& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    return std::string(boost::json::parse(response.body).as_string());
  }

  os::Clock& clock_ = os::system_clock();
  telemetry::Registry registry_;
  net::testing::TestServer hooks_;
  std::unique_ptr<meta::MetaStore> meta_ = meta::sqlite::open(":memory:", clock_).value();
  tenant::TenantDirectory tenants_{*meta_};
  rules::Ruler ruler_{{}, {clock_, registry_, *meta_, {}, {}, {}, {}}};
  std::unique_ptr<notify::Notifier> notifier_;
  std::optional<notify::KeptSilences> silences_;
  os::WorkerPool workers_{{}};
  Services services_{.registry = registry_,
                     .clock = clock_,
                     .workers = workers_,
                     .ready = [] { return ok_status(); },
                     .process = {.version = "1", .commit = "c", .roles = {"query"}},
                     .options = {}};
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(SilencesRoutes, AreMadeShownAndEnded) {
  start_with_receivers();
  EXPECT_TRUE(list().empty());
  const std::string id = id_of(post(silence()));
  const RawResponse shown = request("GET", "/api/v2/silence/" + id);
  ASSERT_EQ(shown.status, 200);
  const object one = boost::json::parse(shown.body).as_object();
  EXPECT_EQ(one.at("id").as_string(), id);
  EXPECT_EQ(one.at("status"), boost::json::parse(R"({"state":"active"})"));
  EXPECT_EQ(one.at("comment").as_string(), "why \"now\"");
  EXPECT_EQ(one.at("matchers").at(1), boost::json::parse(R"({"name": "job", "value": "a|b", "isRegex": true,
                                                             "isEqual": true})"));
  EXPECT_EQ(list(), array{one});
  EXPECT_EQ(request("DELETE", "/api/v2/silence/" + id).status, 200);
  EXPECT_EQ(list().at(0).at("status").at("state").as_string(), "expired");
  EXPECT_THAT(error(request("DELETE", "/api/v2/silence/" + id), 422), HasSubstr("over already"));
  // It is there for the next process.
  EXPECT_EQ(meta_->get(tenants_.cached("default").value(), notify::kSilenceKind, id, Deadline::never())->key,
            id);
}

TEST_F(SilencesRoutes, AreChangedByTheirId) {
  start_with_receivers();
  const object made = silence();
  const std::string id = id_of(post(made));
  object changed = made;
  changed["id"] = id;
  changed["comment"] = "another";
  EXPECT_EQ(id_of(post(changed)), id);
  EXPECT_EQ(list().at(0).at("comment").as_string(), "another");
  changed["matchers"] = boost::json::parse(R"([{"name": "a", "value": "b", "isRegex": false}])");
  EXPECT_NE(id_of(post(changed)), id);
  EXPECT_EQ(list().size(), 2u);
  changed["id"] = "no-such";
  EXPECT_EQ(error(post(changed), 404), "silence no-such: there is none with this id");
}

TEST_F(SilencesRoutes, AreFilteredByTheirMatchers) {
  start_with_receivers();
  id_of(post(silence()));
  EXPECT_EQ(list("?filter=alertname%3D%22down%22").size(), 1u);
  EXPECT_EQ(list("?filter=alertname%3Ddown&filter=job%3D%22a%7Cb%22").size(), 1u);
  EXPECT_EQ(list("?filter=alertname%3Ddown&filter=job%3Dc").size(), 0u);
  EXPECT_THAT(error(request("GET", "/api/v2/silences?filter=%3Ddown"), 400),
              HasSubstr("invalid parameter \"filter\""));
}

TEST_F(SilencesRoutes, AreOfOneTenant) {
  start_with_receivers();
  constexpr std::string_view kOther = "X-Scope-OrgID: other\r\n";
  const std::string id = id_of(post(silence(), kOther));
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(list("", kOther).size(), 1u);
  EXPECT_EQ(request("GET", "/api/v2/silence/" + id).status, 404);
  EXPECT_EQ(request("DELETE", "/api/v2/silence/" + id).status, 404);
  EXPECT_EQ(request("GET", "/api/v2/silence/" + id, "", kOther).status, 200);
  EXPECT_THAT(error(request("GET", "/api/v2/silences", "", "X-Scope-OrgID: a b\r\n"), 400),
              HasSubstr("X-Scope-OrgID"));
}

TEST_F(SilencesRoutes, RefuseWhatIsNoSilenceAndNameTheField) {
  start_with_receivers();
  const auto matchers = [&](std::string_view text) {
    return error(post(silence({{"matchers", boost::json::parse(text)}})), 400);
  };
  EXPECT_THAT(matchers("[]"), HasSubstr("\"matchers\": it needs one"));
  EXPECT_THAT(matchers(R"([{"name": "a", "value": ".*", "isRegex": true}])"),
              HasSubstr("\"matchers\": one must not match"));
  EXPECT_THAT(matchers(R"([{"name": "a", "value": "(", "isRegex": true}])"), HasSubstr("\"matchers\""));
  const std::string now = format_time(clock_.wall_ms());
  EXPECT_THAT(
      error(post(silence({{"endsAt", "2020-01-01T00:00:00Z"}, {"startsAt", "2019-01-01T00:00:00Z"}})), 400),
      HasSubstr("\"endsAt\": it is in the past"));
  EXPECT_THAT(error(post(silence({{"startsAt", now}, {"endsAt", now}})), 400), HasSubstr("\"endsAt\""));
  EXPECT_THAT(error(post(silence({{"comment", std::string(5'000, 'x')}})), 400), HasSubstr("\"comment\""));
  EXPECT_THAT(error(request("POST", "/api/v2/silences", "{"), 400), HasSubstr("not JSON"));
  EXPECT_EQ(request("POST", "/api/v2/silences", std::string(70'000, ' ')).status, 413);
  EXPECT_TRUE(list().empty());
}

TEST_F(SilencesRoutes, SayHowToConfigureReceivers) {
  services_.ruler.emplace(RulerServices{ruler_, tenants_, *meta_});
  start();
  EXPECT_THAT(error(request("GET", "/api/v2/silences"), 404), HasSubstr("alerting.config_file"));
  const RawResponse test = request("POST", "/api/v2/notifications/test", R"({"receiver": "team"})");
  EXPECT_EQ(test.status, 404);
  EXPECT_THAT(test.body, HasSubstr("alerting.config_file"));
}

TEST_F(SilencesRoutes, NameTheRoleThatHasThem) {
  start();
  EXPECT_EQ(request("GET", "/api/v2/silences").status, 421);
  EXPECT_THAT(request("POST", "/api/v2/notifications/test", "{}").body, HasSubstr("role ruler"));
}

TEST_F(SilencesRoutes, AReceiverIsTested) {
  start_with_receivers();
  const auto test = [&](std::string_view body) {
    return request("POST", "/api/v2/notifications/test", body);
  };
  const RawResponse tested = test(R"({"receiver": "team"})");
  ASSERT_EQ(tested.status, 200) << tested.body;
  const object answer = boost::json::parse(tested.body).as_object();
  EXPECT_EQ(answer.at("receiver").as_string(), "team");
  const array& integrations = answer.at("integrations").as_array();
  ASSERT_EQ(integrations.size(), 3u);
  EXPECT_EQ(integrations[0], boost::json::parse(R"({"integration": "webhook[0]", "status": "ok"})"));
  EXPECT_EQ(integrations[1], boost::json::parse(R"({"integration": "webhook[1]", "status": "failed",
                                                    "error": "the server answered 503 Service Unavailable"})"));
  EXPECT_EQ(integrations[2].at("status").as_string(), "failed");
  EXPECT_EQ(services_.receiver_tests->load(), 0);
  const RawResponse unknown = test(R"({"receiver": "x"})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr(R"(there are \"team\", \"nobody\")"));
  for (const char* bad : {"", "[]", "{}", R"({"receiver": 1})"}) EXPECT_EQ(test(bad).status, 400) << bad;
  *services_.receiver_tests = 2;
  EXPECT_EQ(test(R"({"receiver": "team"})").status, 503);
}

}  // namespace
}  // namespace weir::gateway
