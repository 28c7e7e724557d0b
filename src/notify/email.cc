#include "notify/email.h"

#include <fmt/format.h>

#include "net/smtp_client.h"
#include "notify/email_text.h"
#include "os/random.h"

namespace weir::notify {
namespace {

std::string unique_text() {
  std::string out;
  for (const char byte : os::secure_random_bytes(16))
    out += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  return out;
}

}  // namespace

SendOutcome EmailSender::send(const Notification& notification) {
  net::Mail mail;
  mail.server = config_.smarthost;
  mail.require_tls = config_.require_tls;
  mail.hello = config_.hello;
  mail.username = config_.auth_username;
  mail.identity = config_.auth_identity;
  auto password = read_secret(config_.auth_password, context_.files);
  if (!password.ok()) return SendOutcome::of(password.error());
  mail.password = std::move(*password);
  const std::vector<std::string> from = mail_addresses(config_.from);
  if (!from.empty()) mail.from = from[0];
  mail.to = mail_addresses(config_.to);
  mail.message = mail_message(config_, mail_texts(notification, context_.external_url),
                              notification.made_at_ms, unique_text());
  mail.timeout = std::chrono::milliseconds(2 * context_.timeout_ms);  // several questions and answers
  mail.guard = &context_.guard;
  const Status sent = net::send_mail(mail);
  return sent.ok() ? SendOutcome{} : SendOutcome::of(sent.error());
}

}  // namespace weir::notify
