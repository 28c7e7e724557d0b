#pragma once

#include "notify/sender.h"

namespace weir::notify {

/// Mails a group's alerts.
class EmailSender : public Sender {
 public:
  EmailSender(EmailConfig config, SenderContext context)
      : config_(std::move(config)), context_(std::move(context)) {}
  SendOutcome send(const Notification& notification) override;

 private:
  const EmailConfig config_;
  const SenderContext context_;
};

}  // namespace weir::notify
