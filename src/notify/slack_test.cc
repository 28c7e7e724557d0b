#include "notify/slack.h"

#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/summary_text.h"

namespace weir::notify {
namespace {

Notification of(std::vector<Alert> alerts, Labels group_labels) {
  Notification out;
  out.target = {TenantId::from_stored(1), "{}:{}", "team", "slack[0]"};
  out.group_labels = std::move(group_labels);
  out.alerts = std::move(alerts);
  return out;
}

Alert alert(std::initializer_list<Label> labels, bool fires = true) {
  return {.labels = Labels::of(labels),
          .annotations = {},
          .starts_at_ms = 0,
          .ends_at_ms = fires ? std::nullopt : std::optional<TimestampMs>(1),
          .generator_url = {}};
}

TEST(SubjectText, IsThatOfAlertmanagersTemplate) {
  const Labels group = Labels::of({{"alertname", "down"}, {"Cluster", "c"}});
  EXPECT_EQ(subject_text(of({alert({{"alertname", "down"}, {"Cluster", "c"}, {"job", "a"}, {"zone", "z"}}),
                             alert({{"alertname", "down"}, {"Cluster", "c"}, {"job", "b"}, {"zone", "z"}})},
                            group)),
            "[FIRING:2] down c (z)");
  EXPECT_EQ(subject_text(of({alert({{"alertname", "down"}, {"Cluster", "c"}}, false)}, group)),
            "[RESOLVED] down c ");
  EXPECT_EQ(subject_text(of({alert({{"alertname", "down"}})}, Labels())), "[FIRING:1]  (down)");
}

TEST(SlackJson, HasAlertmanagersLook) {
  SlackConfig config;
  config.channel = "#alerts";
  const Notification firing = of({alert({{"alertname", "down"}})}, Labels::of({{"alertname", "down"}}));
  EXPECT_EQ(boost::json::parse(slack_json(firing, config, "http://weir")), boost::json::parse(R"({
    "channel": "#alerts", "username": "Weir",
    "attachments": [{"title": "[FIRING:1] down ", "title_link": "http://weir",
                     "fallback": "[FIRING:1] down  | http://weir", "color": "danger",
                     "mrkdwn_in": ["fallback", "pretext", "text"]}]})"));
}

TEST(SlackJson, TakesFixedTexts) {
  SlackConfig config;
  config.username = "bot";
  config.icon_emoji = ":fire:";
  config.title = std::string(2'000, 'x');
  config.text = "see the runbook";
  config.link_names = true;
  const Notification resolved = of({alert({{"alertname", "down"}}, false)}, Labels());
  const auto message = boost::json::parse(slack_json(resolved, config, ""));
  EXPECT_EQ(message.at("username").as_string(), "bot");
  EXPECT_EQ(message.at("icon_emoji").as_string(), ":fire:");
  EXPECT_TRUE(message.at("link_names").as_bool());
  EXPECT_FALSE(message.as_object().contains("channel"));
  const auto& attachment = message.at("attachments").at(0).as_object();
  EXPECT_EQ(attachment.at("color").as_string(), "good");
  EXPECT_EQ(attachment.at("text").as_string(), "see the runbook");
  EXPECT_EQ(attachment.at("title").as_string().size(), 1'023u + 3u);  // 1,024 characters, the last of 3 bytes
  EXPECT_FALSE(attachment.contains("title_link"));
}

}  // namespace
}  // namespace weir::notify
