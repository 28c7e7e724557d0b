#include "notify/message_json.h"

#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::notify {
namespace {

Notification two_alerts() {
  Notification out;
  out.target = {TenantId::from_stored(1), R"({}:{alertname="down"})", "team", "webhook[0]"};
  out.group_labels = Labels::of({{"alertname", "down"}});
  out.alerts = {{.labels = Labels::of({{"alertname", "down"}, {"job", "a"}, {"team", "x"}}),
                 .annotations = {{"summary", "\"a\" is down"}, {"runbook", "r"}},
                 .starts_at_ms = 1'700'000'000'123,
                 .ends_at_ms = std::nullopt,
                 .generator_url = "http://weir/graph?q=a&b"},
                {.labels = Labels::of({{"alertname", "down"}, {"job", "b"}, {"team", "x"}}),
                 .annotations = {{"summary", "b is down"}, {"runbook", "r"}},
                 .starts_at_ms = 1'700'000'000'000,
                 .ends_at_ms = 1'700'000'060'000,
                 .generator_url = ""}};
  return out;
}

TEST(WebhookJson, IsAlertmanagersVersion4) {
  const std::string body = webhook_json(two_alerts(), "http://weir", 0);
  EXPECT_EQ(boost::json::parse(body.substr(0, body.size() - 1)), boost::json::parse(R"({
    "version": "4",
    "groupKey": "{}:{alertname=\"down\"}",
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "team",
    "groupLabels": {"alertname": "down"},
    "commonLabels": {"alertname": "down", "team": "x"},
    "commonAnnotations": {"runbook": "r"},
    "externalURL": "http://weir",
    "alerts": [
      {"status": "firing", "labels": {"alertname": "down", "job": "a", "team": "x"},
       "annotations": {"summary": "\"a\" is down", "runbook": "r"},
       "startsAt": "2023-11-14T22:13:20.123Z", "endsAt": "0001-01-01T00:00:00Z",
       "generatorURL": "http://weir/graph?q=a&b", "fingerprint": "d9ea8b2b4e29459f"},
      {"status": "resolved", "labels": {"alertname": "down", "job": "b", "team": "x"},
       "annotations": {"summary": "b is down", "runbook": "r"},
       "startsAt": "2023-11-14T22:13:20.000Z", "endsAt": "2023-11-14T22:14:20.000Z",
       "generatorURL": "", "fingerprint": "baed7b87fb7f279e"}]})"));
}

TEST(WebhookJson, CutsTheList) {
  const auto body = boost::json::parse(webhook_json(two_alerts(), "", 1));
  EXPECT_EQ(body.at("alerts").as_array().size(), 1u);
  EXPECT_EQ(body.at("truncatedAlerts").as_int64(), 1);
  EXPECT_EQ(body.at("commonAnnotations").as_object().size(), 2u);  // of what is in it
}

TEST(WebhookJson, IsResolvedWhenNothingFires) {
  Notification notification = two_alerts();
  notification.alerts.erase(notification.alerts.begin());
  EXPECT_EQ(boost::json::parse(webhook_json(notification, "", 0)).at("status").as_string(), "resolved");
}

TEST(AlertsJson, IsWhatAlertmanagerTakes) {
  EXPECT_EQ(boost::json::parse(alerts_json(two_alerts().alerts, 1'700'000'240'000)), boost::json::parse(R"([
    {"labels": {"alertname": "down", "job": "a", "team": "x"},
     "annotations": {"summary": "\"a\" is down", "runbook": "r"},
     "startsAt": "2023-11-14T22:13:20.123Z", "endsAt": "2023-11-14T22:17:20.000Z",
     "generatorURL": "http://weir/graph?q=a&b"},
    {"labels": {"alertname": "down", "job": "b", "team": "x"},
     "annotations": {"summary": "b is down", "runbook": "r"},
     "startsAt": "2023-11-14T22:13:20.000Z", "endsAt": "2023-11-14T22:14:20.000Z", "generatorURL": ""}])"));
}

}  // namespace
}  // namespace weir::notify
