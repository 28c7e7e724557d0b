#include "net/smtp_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/testing/mail_server.h"

namespace weir::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MailServer;
using ::testing::StartsWith;

Mail mail_to(const MailServer& server) {
  Mail mail;
  mail.server = server.address();
  mail.require_tls = false;
  mail.hello = "weir.test";
  mail.from = "weir@test";
  mail.to = {"a@test", "b@test"};
  mail.message = "Subject: s\r\n\r\n.hidden\r\nend\r\n";
  mail.timeout = std::chrono::milliseconds(10'000);
  return mail;
}

TEST(SmtpClient, HandsAMailOver) {
  MailServer server;
  const Status sent = send_mail(mail_to(server));
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  const auto seen = server.seen();
  EXPECT_THAT(seen.commands, ElementsAre("EHLO weir.test", StartsWith("MAIL FROM:<weir@test>"),
                                         "RCPT TO:<a@test>", "RCPT TO:<b@test>", "DATA", "QUIT"));
  EXPECT_EQ(seen.message, "Subject: s\r\n\r\n..hidden\r\nend\r\n.\r\n");
}

TEST(SmtpClient, LogsIn) {
  MailServer server;
  Mail mail = mail_to(server);
  mail.username = "user";
  mail.password = "secret";
  ASSERT_TRUE(send_mail(mail).ok());
  const auto seen = server.seen();
  ASSERT_GE(seen.commands.size(), 2u);
  EXPECT_EQ(seen.commands[1], "AUTH PLAIN AHVzZXIAc2VjcmV0");
}

TEST(SmtpClient, TellsWhatMayPassFromWhatWillNot) {
  {
    MailServer server("RCPT", "450 mailbox busy");
    const Status sent = send_mail(mail_to(server));
    EXPECT_EQ(sent.error().code, Code::kUnavailable) << sent.error().message;
    EXPECT_THAT(sent.error().message, HasSubstr("450"));
  }
  {
    MailServer server("RCPT", "550 no such user");
    EXPECT_EQ(send_mail(mail_to(server)).error().code, Code::kFailedPrecondition);
  }
  {
    MailServer server("AUTH", "535 wrong");
    Mail mail = mail_to(server);
    mail.username = "user";
    mail.password = "secret";
    const Status sent = send_mail(mail);
    EXPECT_EQ(sent.error().code, Code::kUnauthenticated);
    EXPECT_THAT(sent.error().message, ::testing::Not(HasSubstr("secret")));
  }
  Mail nobody;
  nobody.server = "127.0.0.1:1";
  nobody.from = "a@b";
  nobody.to = {"c@d"};
  EXPECT_EQ(send_mail(nobody).error().code, Code::kUnavailable);
}

TEST(SmtpClient, SendsNothingWithoutTlsWhereItIsRequired) {
  MailServer server;
  Mail mail = mail_to(server);
  mail.require_tls = true;
  EXPECT_EQ(send_mail(mail).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(server.seen().message, "");
}

TEST(SmtpClient, RefusesWhatItMustNotSend) {
  Mail mail;
  mail.server = "mail.invalid:25";
  mail.require_tls = false;
  mail.from = "a@b";
  mail.to = {"c@d"};
  mail.username = "user";
  EXPECT_EQ(send_mail(mail).error().code, Code::kPermissionDenied);  // a password in the clear
  mail.username.clear();
  mail.to = {"c@d>\r\nDATA"};
  EXPECT_EQ(send_mail(mail).error().code, Code::kInvalidArgument);
  mail.to = {};
  EXPECT_EQ(send_mail(mail).error().code, Code::kInvalidArgument);
}

TEST(SmtpClient, IsGuarded) {
  testing::RawListener trap;
  Mail mail;
  mail.server = trap.address();
  mail.require_tls = false;
  mail.from = "a@b";
  mail.to = {"c@d"};
  const OutboundGuard guard = OutboundGuard::create({}).value();
  mail.guard = &guard;
  EXPECT_EQ(send_mail(mail).error().code, Code::kPermissionDenied);
  mail.server = fmt::format("localhost:{}", trap.port());
  EXPECT_EQ(send_mail(mail).error().code, Code::kPermissionDenied);
  EXPECT_FALSE(trap.has_connection());
}

}  // namespace
}  // namespace weir::net
