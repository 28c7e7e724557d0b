#include "notify/email.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/testing/mail_server.h"
#include "notify/email_text.h"

namespace weir::notify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Notification one_alert() {
  Notification out;
  out.target = {TenantId::from_stored(1), "{}:{}", "team", "email[0]"};
  out.group_labels = Labels::of({{"alertname", "down"}});
  out.alerts = {{.labels = Labels::of({{"alertname", "down"}, {"job", "<b>&"}}),
                 .annotations = {{"summary", "größer als 90 %"}},
                 .starts_at_ms = 0,
                 .ends_at_ms = std::nullopt,
                 .generator_url = "javascript:alert(1)"}};
  out.made_at_ms = 1'700'000'000'000;
  return out;
}

TEST(MailAddresses, TakesNamesAndLists) {
  EXPECT_THAT(mail_addresses("a@b"), ElementsAre("a@b"));
  EXPECT_THAT(mail_addresses(" a@b.c , \"Last, First\" <d+e@f>,G <h@i> "),
              ElementsAre("a@b.c", "d+e@f", "h@i"));
  for (const char* text :
       {"", "a", "a@", "@b", "a@b,", "a b@c", "a@b@c", "a@b\r\nRCPT TO:<x@y>", "<a@b", "ü@b"})
    EXPECT_THAT(mail_addresses(text), IsEmpty()) << text;
}

TEST(MailHeader, EncodesWhatIsNotAscii) {
  EXPECT_EQ(encoded_header("plain"), "plain");
  EXPECT_EQ(encoded_header("größer"), "=?UTF-8?B?Z3LDtsOfZXI=?=");
  EXPECT_EQ(encoded_header("a\r\nBcc: x"), "=?UTF-8?B?YSAgQmNjOiB4?=");
  const std::string folded = encoded_header(std::string(200, 'x'));
  EXPECT_THAT(folded, HasSubstr("?=\r\n =?UTF-8?B?"));
  EXPECT_EQ(encoded_header("=?UTF-8?Q?x?="), "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=");
}

TEST(MailHeader, IsChecked) {
  EXPECT_EQ(header_fault("Subject", "x"), "");
  EXPECT_NE(header_fault("Sub ject", "x"), "");
  EXPECT_NE(header_fault("X", "a\nb"), "");
  EXPECT_NE(header_fault("TO", "a@b"), "");
  EXPECT_NE(header_fault("X", "{{ .Status }}"), "");
}

TEST(QuotedPrintable, KeepsLinesShortAndAscii) {
  EXPECT_EQ(quoted_printable("a=b\nc \nd"), "a=3Db\r\nc=20\r\nd");
  EXPECT_EQ(quoted_printable("ü"), "=C3=BC");
  EXPECT_EQ(quoted_printable(std::string(76, 'x')), std::string(75, 'x') + "=\r\nx");
  EXPECT_EQ(quoted_printable(std::string(74, 'x') + "ü"), std::string(74, 'x') + "=\r\n=C3=BC");
}

TEST(MailDate, IsThatOfRfc5322) {
  EXPECT_EQ(mail_date(1'700'000'000'999), "Tue, 14 Nov 2023 22:13:20 +0000");
  EXPECT_EQ(mail_date(0), "Thu, 01 Jan 1970 00:00:00 +0000");
}

TEST(MailTexts, EscapeWhatComesFromLabels) {
  const MailTexts texts = mail_texts(one_alert(), "https://weir/");
  EXPECT_EQ(texts.subject, "[FIRING:1] down (<b>&)");
  EXPECT_THAT(texts.plain, HasSubstr("Alerts firing (1)\n\nLabels:\n - alertname = down\n - job = <b>&\n"));
  EXPECT_THAT(texts.html, HasSubstr("job = &lt;b&gt;&amp;<br>"));
  EXPECT_THAT(texts.html, testing::Not(HasSubstr("javascript:")));
  EXPECT_THAT(texts.html, HasSubstr("<a href=\"https://weir/\">"));
}

TEST(EmailSender, SendsBothTexts) {
  net::testing::MailServer server;
  EmailConfig config;
  config.to = "Team <a@test>, b@test";
  config.from = "weir@test";
  config.smarthost = server.address();
  config.require_tls = false;
  config.headers = {{"X-Team", "x"}};
  const auto guard = net::OutboundGuard::create({.internal = true}).value();
  EmailSender sender(config, {guard, os::posix_files(), "", 5'000});
  const SendOutcome outcome = sender.send(one_alert());
  ASSERT_TRUE(outcome.delivered()) << outcome.error;
  const auto seen = server.seen();
  EXPECT_THAT(seen.commands, testing::Contains("RCPT TO:<b@test>"));
  EXPECT_THAT(seen.message,
              HasSubstr("From: weir@test\r\nTo: Team <a@test>, b@test\r\nDate: Tue, 14 Nov 2023"));
  EXPECT_THAT(seen.message,
              HasSubstr("\r\nX-Team: x\r\nSubject: [FIRING:1] down (<b>&)\r\nMIME-Version: 1.0\r\n"));
  EXPECT_THAT(seen.message, HasSubstr("Content-Type: text/plain; charset=UTF-8\r\n"));
  EXPECT_THAT(seen.message, HasSubstr("Content-Type: text/html; charset=UTF-8\r\n"));
  EXPECT_THAT(seen.message, HasSubstr("gr=C3=B6=C3=9Fer"));
}

}  // namespace
}  // namespace weir::notify
