#include "notify/notifier.h"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "net/testing/test_server.h"

namespace weir::notify {
namespace {

using net::testing::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TenantId kTenant = TenantId::from_stored(1);

/// A receiver's server, which keeps what it is sent and answers as the test says.
class Receivers : public net::testing::TestServer {
 public:
  Receivers() {
    handler().on_policy = [](std::string_view) { return net::RoutePolicy{.body_bytes_max = 1 << 20}; };
    handler().on_http = [this](net::HttpRequest request, net::Responder respond) {
      if (request.path == "/hold")
        return handler().held.with([&](auto& all) { all.push_back(std::move(respond)); });
      const int status = answers_.with([&](auto& answers) {
        if (answers.empty()) return 200;
        const int first = answers.front();
        answers.erase(answers.begin());
        return first;
      });
      requests_.with([&](auto& all) { all.push_back(std::move(request)); });
      net::HttpResponse response = net::HttpResponse::text(status, "secret words of the receiver");
      if (status == 302) response.headers.add("Location", "http://127.0.0.1:1/");
      respond(std::move(response));
    };
    start();
  }
  void answer_with(std::vector<int> statuses) {
    answers_.with([&](auto& answers) { answers = std::move(statuses); });
  }
  size_t count() {
    return requests_.with([](auto& all) { return all.size(); });
  }
  net::HttpRequest request(size_t index) {
    return requests_.with([&](auto& all) { return std::move(all.at(index)); });
  }
  std::string url(std::string_view path) { return fmt::format("http://127.0.0.1:{}{}", port(), path); }

 private:
  Guarded<std::vector<int>> answers_;
  Guarded<std::vector<net::HttpRequest>> requests_;
};

class NotifierTest : public ::testing::Test {
 protected:
  ~NotifierTest() override {
    notifier_.reset();
    server_.destroy();
  }
  // `receivers` with {url} for the server.
  std::shared_ptr<const Config> config(std::string receivers, std::string_view route = "") {
    for (size_t at = 0; (at = receivers.find("{url}", at)) != std::string::npos;)
      receivers.replace(at, 5, server_.url(""));
    ReadConfig read = parse_config(
        fmt::format("route:\n  receiver: team\n  group_wait: 0s\n  group_by: [alertname]\n{}receivers:\n{}",
                    route, receivers));
    CHECK(read.problems.empty(), read.problems[0].message);
    return std::make_shared<const Config>(std::move(read.config));
  }
  void start(std::shared_ptr<const Config> config, bool internal = true) {
    NotifierOptions options;
    options.outbound.internal = internal;
    options.external_url = "http://weir.test";
    options.attempt_timeout_ms = 10'000;
    options.delivery.threads = 2;
    options.delivery.queue.backoff_min = os::milliseconds(1);
    options.delivery.queue.backoff_max = os::milliseconds(10);
    notifier_ = Notifier::start(std::move(config), options, os::posix_files(), registry_).value();
  }
  static Alert alert(std::string_view name, std::string_view job = "a", bool fires = true) {
    return {.labels = Labels::of({{"alertname", name}, {"job", job}}),
            .annotations = {{"summary", "it is down"}},
            .starts_at_ms = 1'700'000'000'000,
            .ends_at_ms = fires ? std::nullopt : std::optional<TimestampMs>(1'700'000'060'000),
            .generator_url = "http://weir.test/graph"};
  }
  void insert(std::vector<Alert> alerts) { ASSERT_TRUE(notifier_->insert(kTenant, alerts).ok()); }
  bool counted(std::string_view line) {
    return eventually(
        [&] { return registry_.to_text().find(std::string(line) + "\n") != std::string::npos; });
  }

  static constexpr const char* kWebhook = "- name: team\n  webhook_configs: [{url: '{url}/hook'}]\n";
  Receivers server_;
  telemetry::Registry registry_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, AWebhookArrives) {
  start(
      config("- name: team\n  webhook_configs:\n    - url: '{url}/hook?a=b'\n"
             "      http_config: {basic_auth: {username: u, password: p}}\n"));
  insert({alert("down", "b"), alert("down", "a")});
  ASSERT_TRUE(eventually([&] { return server_.count() == 1; }));
  const net::HttpRequest request = server_.request(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/hook?a=b");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(request.headers.get("Authorization"), "Basic dTpw");
  const auto body = boost::json::parse(request.body);
  EXPECT_EQ(body.at("version").as_string(), "4");
  EXPECT_EQ(body.at("status").as_string(), "firing");
  EXPECT_EQ(body.at("receiver").as_string(), "team");
  EXPECT_EQ(body.at("groupKey").as_string(), "{}:{alertname=\"down\"}");
  EXPECT_EQ(body.at("externalURL").as_string(), "http://weir.test");
  EXPECT_EQ(body.at("commonLabels").as_object().size(), 1u);
  ASSERT_EQ(body.at("alerts").as_array().size(), 2u);
  EXPECT_EQ(body.at("alerts").at(0).at("labels").at("job").as_string(), "a");
  EXPECT_TRUE(counted("weir_notifications_total{integration=\"webhook\"} 1"));
  EXPECT_TRUE(counted("weir_notifications_failed_total{integration=\"webhook\"} 0"));
  EXPECT_TRUE(counted("weir_notification_groups 1"));
}

TEST_F(NotifierTest, TriesAgainUntilItArrives) {
  server_.answer_with({500, 503, 429});
  start(config(kWebhook));
  insert({alert("down")});
  EXPECT_TRUE(counted("weir_notifications_total{integration=\"webhook\"} 1"));
  EXPECT_EQ(server_.count(), 4u);
  EXPECT_TRUE(counted("weir_notifications_failed_total{integration=\"webhook\"} 0"));
  EXPECT_TRUE(counted("weir_notification_requests_failed_total{integration=\"webhook\"} 3"));
}

TEST_F(NotifierTest, DoesNotTryAgainWhatCannotWork) {
  for (const int status : {400, 404, 302}) {
    server_.answer_with({status});
    start(config(kWebhook));
    const size_t before = server_.count();
    insert({alert("down")});
    ASSERT_TRUE(eventually([&] { return server_.count() == before + 1; }));
    notifier_.reset();
    EXPECT_EQ(server_.count(), before + 1);
  }
  EXPECT_TRUE(counted("weir_notifications_failed_total{integration=\"webhook\"} 3"));
}

TEST_F(NotifierTest, ASlowReceiverDelaysItselfAlone) {
  start(config("- name: team\n  webhook_configs: [{url: '{url}/hold'}, {url: '{url}/hook'}]\n"));
  insert({alert("one")});
  insert({alert("two")});
  insert({alert("three")});
  EXPECT_TRUE(eventually([&] { return server_.count() == 3; }));
  ASSERT_TRUE(eventually([&] { return server_.handler().held_count() == 1; }));
  notifier_->reload(config("- name: team\n"));
  for (auto& respond : server_.handler().take_held()) respond(net::HttpResponse::text(200, ""));
}

TEST_F(NotifierTest, ReachesNothingInsideUnlessAllowed) {
  start(config(kWebhook), false);
  insert({alert("down")});
  EXPECT_TRUE(counted("weir_notifications_failed_total{integration=\"webhook\"} 1"));
  EXPECT_EQ(server_.count(), 0u);
}

TEST_F(NotifierTest, TellsNobodyTwiceAfterARestart) {
  start(config(kWebhook));
  insert({alert("down")});
  ASSERT_TRUE(counted("weir_notifications_total{integration=\"webhook\"} 1"));
  std::vector<NotificationLog::Document> log;
  ASSERT_TRUE(eventually([&] {
    log = notifier_->export_log(kTenant);
    return !log.empty();
  }));
  start(config(kWebhook));
  ASSERT_TRUE(notifier_->import_log(kTenant, log[0].bytes).ok());
  insert({alert("down"), alert("new")});
  ASSERT_TRUE(counted("weir_notifications_total{integration=\"webhook\"} 2"));
  EXPECT_EQ(server_.count(), 2u);
  EXPECT_THAT(server_.request(1).body, HasSubstr("{alertname=\\\"new\\\"}"));
}

TEST_F(NotifierTest, KeepsSilentAboutSilencedAlerts) {
  start(config(kWebhook));
  Silence silence;
  silence.matchers = {Matcher::equal("alertname", "down")};
  const TimestampMs now_ms = os::system_clock().wall_ms();
  silence.starts_at_ms = now_ms;
  silence.ends_at_ms = now_ms + kHourMs;
  ASSERT_TRUE(notifier_->silences().set(kTenant, silence, now_ms).ok());
  insert({alert("down"), alert("other")});
  ASSERT_TRUE(counted("weir_notifications_total{integration=\"webhook\"} 1"));
  EXPECT_EQ(server_.count(), 1u);
  EXPECT_THAT(server_.request(0).body, HasSubstr("other"));
}

TEST_F(NotifierTest, TestsAReceiver) {
  start(config("- name: team\n  webhook_configs: [{url: '{url}/a'}, {url: '{url}/b'}]\n- name: empty\n"));
  server_.answer_with({200, 500});
  auto outcomes = notifier_->test("team");
  ASSERT_TRUE(outcomes.ok());
  ASSERT_EQ(outcomes->size(), 2u);
  EXPECT_EQ((*outcomes)[0].integration, "webhook[0]");
  EXPECT_EQ((*outcomes)[1].integration, "webhook[1]");
  // Both at once: which of them had the 500 is not known.
  if (!(*outcomes)[0].delivered) std::swap((*outcomes)[0], (*outcomes)[1]);
  EXPECT_TRUE((*outcomes)[0].delivered);
  EXPECT_FALSE((*outcomes)[1].delivered);
  EXPECT_EQ((*outcomes)[1].error, "the server answered 500 Internal Server Error");  // not what it said
  EXPECT_THAT(server_.request(0).body, HasSubstr("WeirTest"));
  EXPECT_THAT(*notifier_->test("empty"), IsEmpty());
  const auto nobody = notifier_->test("nobody");
  EXPECT_EQ(nobody.error().code, Code::kNotFound);
  EXPECT_EQ(nobody.error().message, R"(there is no receiver "nobody"; there are "team", "empty")");
}

TEST_F(NotifierTest, ReadsSecretsWhenItNeedsThem) {
  start(config("- name: team\n  webhook_configs: [{url_file: /no/such/file}]\n"));
  const auto outcomes = notifier_->test("team");
  ASSERT_EQ(outcomes->size(), 1u);
  EXPECT_FALSE((*outcomes)[0].delivered);
  EXPECT_THAT((*outcomes)[0].error, HasSubstr("/no/such/file"));
}

TEST_F(NotifierTest, RefusesAPolicyThatIsNone) {
  NotifierOptions options;
  options.outbound.networks = {"10.0.0.0/99"};
  const auto started = Notifier::start(config(kWebhook), options, os::posix_files(), registry_);
  EXPECT_EQ(started.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace weir::notify
