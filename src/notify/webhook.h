#pragma once

#include "net/http_client.h"
#include "notify/sender.h"

namespace weir::notify {

/// Posts a group's alerts as JSON to a URL.
class WebhookSender : public Sender {
 public:
  WebhookSender(WebhookConfig config, SenderContext context)
      : config_(std::move(config)), context_(std::move(context)) {}
  SendOutcome send(const Notification& notification) override;

 private:
  const WebhookConfig config_;
  const SenderContext context_;
  net::HttpClient client_;
};

}  // namespace weir::notify
