#pragma once

#include <string>

#include "net/http_client.h"
#include "notify/sender.h"

namespace weir::notify {

/// The message for Slack's incoming webhooks, and for its `chat.postMessage`, in Alertmanager's default look.
std::string slack_json(const Notification& notification, const SlackConfig& config,
                       std::string_view external_url);

/// Posts a group's alerts as a message to Slack.
class SlackSender : public Sender {
 public:
  SlackSender(SlackConfig config, SenderContext context)
      : config_(std::move(config)), context_(std::move(context)) {}
  SendOutcome send(const Notification& notification) override;

 private:
  const SlackConfig config_;
  const SenderContext context_;
  net::HttpClient client_;
};

}  // namespace weir::notify
