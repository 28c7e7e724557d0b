#include "notify/webhook.h"

#include <algorithm>

#include "notify/http_post.h"
#include "notify/message_json.h"

namespace weir::notify {

SendOutcome WebhookSender::send(const Notification& notification) {
  const auto alerts_max = static_cast<size_t>(config_.max_alerts);
  const int64_t timeout_ms =
      config_.timeout_ms > 0 ? std::min(config_.timeout_ms, context_.timeout_ms) : context_.timeout_ms;
  return post_json(client_,
                   {.url = config_.url,
                    .http = config_.http,
                    .body = webhook_json(notification, context_.external_url, alerts_max),
                    .timeout_ms = timeout_ms},
                   context_);
}

}  // namespace weir::notify
