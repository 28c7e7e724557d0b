#include "notify/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/matcher_syntax.h"

namespace weir::notify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view text, const ConfigLimits& limits = {}) {
  std::vector<std::string> out;
  for (const yaml::Problem& problem : parse_config(text, limits).problems)
    out.push_back(to_text(problem.mark) + ": " + problem.message);
  return out;
}

// A configuration of Alertmanager's documentation, as far as it concerns what Weir has.
constexpr std::string_view kGood = R"(
global:
  resolve_timeout: 5m
  smtp_smarthost: 'localhost:25'
  smtp_from: 'alertmanager@example.org'
  smtp_auth_username: 'alertmanager'
  smtp_auth_password: 'password'
  slack_api_url: https://hooks.slack.com/services/T/B/X
  http_config:
    follow_redirects: false
    basic_auth: {username: u, password_file: /etc/p}
templates: []
route:
  group_by: ['cluster', 'alertname']
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 3h
  receiver: team-X-mails
  routes:
    - matchers:
        - service=~"foo1|foo2|baz"
      receiver: team-X-mails
      routes:
        - matchers: [severity="critical", 'owner!=""']
          receiver: team-X-pager
          group_wait: 0s
    - match: {service: files}
      match_re: {job: 'a|b'}
      continue: true
      group_by: ['...']
      receiver: chat
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_match: {severity: warning}
    equal: ['cluster', 'alertname']
receivers:
  - name: 'team-X-mails'
    email_configs:
      - to: 'team-X+alerts@example.org, "Second, One" <b@example.org>'
        require_tls: false
        headers: {Subject: '{{ template "email.default.subject" . }}', X-Team: X}
  - name: 'team-X-pager'
    webhook_configs:
      - url: http://pager.example.org/hook
        max_alerts: 10
      - url_file: /etc/url
        send_resolved: false
        http_config: {authorization: {credentials: secret}}
  - name: chat
    slack_configs:
      - channel: '#alerts'
        title: '{{ template "slack.default.title" . }}'
        text: fixed text
  - name: nobody
)";

TEST(Config, ReadsAlertmanagersFile) {
  const ReadConfig read = parse_config(kGood);
  ASSERT_THAT(problems_of(kGood), IsEmpty());
  const Config& config = read.config;
  const Route& root = config.root;
  EXPECT_EQ(root.receiver, "team-X-mails");
  EXPECT_THAT(root.group_by, ElementsAre("alertname", "cluster"));
  EXPECT_EQ(root.repeat_interval_ms, 3 * kHourMs);
  EXPECT_EQ(root.key, "{}");
  ASSERT_EQ(root.routes.size(), 2u);
  const Route& pager = root.routes[0].routes.at(0);
  EXPECT_EQ(pager.receiver, "team-X-pager");
  EXPECT_EQ(pager.group_wait_ms, 0);
  EXPECT_EQ(pager.group_interval_ms, 5 * kMinuteMs);
  EXPECT_THAT(pager.group_by, ElementsAre("alertname", "cluster"));
  EXPECT_EQ(pager.key, R"({}/{service=~"foo1|foo2|baz"}/{owner!="",severity="critical"})");
  const Route& files = root.routes[1];
  EXPECT_TRUE(files.continues);
  EXPECT_TRUE(files.group_by_all);
  EXPECT_EQ(matchers_text(files.matchers), R"({job=~"a|b",service="files"})");
  ASSERT_EQ(config.inhibit_rules.size(), 1u);
  EXPECT_EQ(matchers_text(config.inhibit_rules[0].source), R"({severity="critical"})");
  EXPECT_THAT(config.inhibit_rules[0].equal, ElementsAre("alertname", "cluster"));
}

TEST(Config, ReadsReceivers) {
  const Config config = parse_config(kGood).config;
  ASSERT_EQ(config.receivers.size(), 4u);
  const auto& email = std::get<EmailConfig>(config.receiver("team-X-mails")->integrations.at(0).config);
  EXPECT_FALSE(config.receiver("team-X-mails")->integrations[0].send_resolved);
  EXPECT_EQ(email.from, "alertmanager@example.org");
  EXPECT_EQ(email.auth_password.text, "password");
  EXPECT_FALSE(email.require_tls);
  EXPECT_THAT(email.headers, ElementsAre(testing::Pair("X-Team", "X")));
  const auto& pager = config.receiver("team-X-pager")->integrations;
  ASSERT_EQ(pager.size(), 2u);
  EXPECT_EQ(pager[0].name(), "webhook[0]");
  EXPECT_EQ(pager[1].name(), "webhook[1]");
  EXPECT_TRUE(pager[0].send_resolved);
  EXPECT_FALSE(pager[1].send_resolved);
  EXPECT_EQ(std::get<WebhookConfig>(pager[0].config).max_alerts, 10);
  EXPECT_EQ(std::get<WebhookConfig>(pager[0].config).http.password.file, "/etc/p");
  EXPECT_EQ(std::get<WebhookConfig>(pager[1].config).url.file, "/etc/url");
  EXPECT_EQ(std::get<WebhookConfig>(pager[1].config).http.credentials.text, "secret");
  EXPECT_EQ(std::get<WebhookConfig>(pager[1].config).http.username, "");
  const auto& slack = std::get<SlackConfig>(config.receiver("chat")->integrations.at(0).config);
  EXPECT_EQ(slack.api_url.text, "https://hooks.slack.com/services/T/B/X");
  EXPECT_EQ(slack.title, "");
  EXPECT_EQ(slack.text, "fixed text");
  EXPECT_THAT(config.receiver("nobody")->integrations, IsEmpty());
  EXPECT_EQ(config.receiver("no such"), nullptr);
}

TEST(Config, SaysAllProblemsAtOnceWithPaths) {
  EXPECT_THAT(problems_of(R"(route:
  receiver: a
  group_wai: 1s
  repeat_interval: 0s
  routes:
    - matchers: ['a=~"("', 'b']
      group_by: [x, x]
    - receiver: b
      group_by: ['...', x]
      continue: yes
receivers:
  - name: a
    webhook_configs: [{url: 'ftp://x'}, {}, {url: 'http://u:p@h/'}]
    pagerduty_configs: []
  - name: a
)"),
              ElementsAre("2:3: route.repeat_interval: it cannot be zero",
                          "3:3: route: unknown field \"group_wai\"; did you mean \"group_wait\"?",
                          HasSubstr("6:18: route.routes[0].matchers[0]: a=~\"(\": missing"),
                          "6:28: route.routes[0].matchers[1]: \"b\": expected =, !=, =~ or !~ after b",
                          "7:17: route.routes[0].group_by: \"x\" is there twice",
                          "8:7: route.routes[1].receiver: there is no receiver \"b\"",
                          "9:17: route.routes[1].group_by: \"...\" means all labels, and stands alone",
                          "10:17: route.routes[1].continue: expected true or false, found \"yes\"",
                          "13:23: receivers[0].webhook_configs[0].url: not an http:// or https:// URL",
                          "13:41: receivers[0].webhook_configs[1]: it needs url or url_file",
                          HasSubstr("13:45: receivers[0].webhook_configs[2].url: a URL with a user name"),
                          "14:5: receivers[0].pagerduty_configs: Alertmanager has this, Weir has not",
                          "15:5: receivers[1].name: \"a\" is there twice, first at line 12"));
}

TEST(Config, RefusesWhatItHasNot) {
  const auto problems = problems_of(R"(
global: {pagerduty_url: x}
templates: ['*.tmpl']
tracing: {}
time_intervals: [{name: x, time_intervals: [{location: Europe/Berlin}]}]
route: {receiver: a}
receivers:
  - name: a
    slack_configs: [{api_url: 'https://h/', text: '{{ .Status }}', actions: []}]
    email_configs: [{to: a@b, from: c@d, smarthost: 'h:25', html: '<b>{{ . }}</b>', tls_config: {}}]
)");
  EXPECT_EQ(problems.size(), 9u) << testing::PrintToString(problems);
  for (const std::string& problem : problems) {
    EXPECT_THAT(problem, testing::AnyOf(HasSubstr("Weir has no"), HasSubstr("not supported"))) << problem;
  }
}

TEST(Config, ChecksTheRoot) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("1:1: route: it is missing")));
  EXPECT_THAT(problems_of("route: {}"), ElementsAre(HasSubstr("the root needs a receiver")));
  EXPECT_THAT(problems_of("route: {receiver: a, matchers: [b=c], continue: true}\nreceivers: [{name: a}]"),
              ElementsAre(HasSubstr("the root has no siblings"), HasSubstr("matches every alert")));
  EXPECT_THAT(problems_of("route: [a]"), testing::Contains(HasSubstr("expected keys with values")));
}

TEST(Config, TakesASecretFromOnePlace) {
  EXPECT_THAT(problems_of("global: {smtp_auth_password: a, smtp_auth_password_file: b}\n"
                          "route: {receiver: a}\n"
                          "receivers: [{name: a, webhook_configs: [{url: 'http://h', url_file: c}]}]"),
              ElementsAre(HasSubstr("global: both smtp_auth_password and smtp_auth_password_file are set"),
                          HasSubstr("webhook_configs[0]: both url and url_file are set")));
  EXPECT_THAT(
      problems_of("route: {receiver: a}\n"
                  "receivers: [{name: a, webhook_configs: [{url: 'http://h', http_config: {"
                  "basic_auth: {password: p}, authorization: {credentials: c, credentials_file: f}}}]}]"),
      ElementsAre(HasSubstr("http_config: both credentials and credentials_file are set"),
                  HasSubstr("basic_auth: it needs a username")));
}

TEST(Config, ChecksMails) {
  const auto of = [](std::string_view fields) {
    return problems_of(
        fmt::format("route: {{receiver: a}}\nreceivers: [{{name: a, email_configs: [{{{}}}]}}]", fields));
  };
  EXPECT_THAT(of("to: a@b, from: c@d, smarthost: 'h:25'"), IsEmpty());
  EXPECT_THAT(of("from: c@d, smarthost: 'h:25'"), ElementsAre(HasSubstr(".to: expected mail addresses")));
  EXPECT_THAT(of("to: a@b, smarthost: 'h:25'"), ElementsAre(HasSubstr("it needs a sender")));
  EXPECT_THAT(of("to: a@b, from: c@d"), ElementsAre(HasSubstr("it needs a smarthost")));
  EXPECT_THAT(of("to: a@b, from: c@d, smarthost: h"), ElementsAre(HasSubstr("HOST:PORT")));
  EXPECT_THAT(of("to: a@b, from: c@d, smarthost: 'h:25', headers: {'X Y': z}"),
              ElementsAre(HasSubstr("not the name of a header")));
  EXPECT_THAT(of("to: a@b, from: c@d, smarthost: 'h:25', headers: {X: \"y\\nz\"}"),
              ElementsAre(HasSubstr("one line")));
}

TEST(Config, HasLimits) {
  EXPECT_THAT(problems_of("route: {receiver: a}", {.bytes_max = 10}),
              ElementsAre("1:1: the file has 20 bytes, limit 10"));
  EXPECT_THAT(
      problems_of("route: {receiver: a, routes: [{}, {}]}\nreceivers: [{name: a}]", {.routes_max = 2}),
      ElementsAre(HasSubstr("route.routes[1]: more than 2 routes")));
  EXPECT_THAT(problems_of("route: {receiver: a}\nreceivers: [{name: a}, {name: b}]", {.receivers_max = 1}),
              ElementsAre(HasSubstr("receivers[1]: more than 1 receivers")));
  EXPECT_THAT(problems_of("route: {receiver: abc, routes: [{receiver: a, routes: [{}, {}]}]}\n"
                          "receivers: [{name: a}, {name: abc}]",
                          {.inherited_bytes_max = 16}),
              ElementsAre(HasSubstr("route.routes[0].routes[1]: receivers, group_by and matchers")));
  EXPECT_THAT(
      problems_of("route: {receiver: " + std::string(8'193, 'a') + "}"),
      ElementsAre(HasSubstr("needs a receiver"), HasSubstr("route.receiver: 8193 bytes, limit 8192")));
  std::string many = "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [";
  for (int i = 0; i < 10'002; ++i) many += "{url: 'http://h'},";
  EXPECT_THAT(problems_of(many + "]}]"),
              ElementsAre(HasSubstr("webhook_configs[10000]: more than 10000 integrations")));
  EXPECT_EQ(problems_of("route: [").size(), 1u);
}

TEST(Config, KeepsUrlsOutOfMessages) {
  for (const std::string& problem :
       problems_of("route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'x://secret'}]}]"))
    EXPECT_THAT(problem, testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace weir::notify
