#include "notify/sender.h"

#include "notify/email.h"
#include "notify/slack.h"
#include "notify/webhook.h"

namespace weir::notify {

SendOutcome SendOutcome::of(const Error& error) {
  return {error.retryable() ? Verdict::kRetry : Verdict::kFailed, error.message};
}

std::unique_ptr<Sender> make_sender(const Integration& integration, const SenderContext& context) {
  if (const auto* webhook = std::get_if<WebhookConfig>(&integration.config))
    return std::make_unique<WebhookSender>(*webhook, context);
  if (const auto* slack = std::get_if<SlackConfig>(&integration.config))
    return std::make_unique<SlackSender>(*slack, context);
  return std::make_unique<EmailSender>(std::get<EmailConfig>(integration.config), context);
}

}  // namespace weir::notify
