#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "notify/notification.h"
#include "notify/receiver.h"

namespace weir::notify {

/// The bare addresses of `a@b.c, "Some One" <d@e.f>`; empty when any of them is none.
std::vector<std::string> mail_addresses(std::string_view text);

/// Why a header cannot be sent; empty when it can.
std::string header_fault(std::string_view name, std::string_view value);

/// A header's text as ASCII: as it is, or in RFC 2047's encoded words on lines of their own.
std::string encoded_header(std::string_view text);

/// RFC 2045's quoted-printable, with lines of at most 76 characters that end in CR LF.
std::string quoted_printable(std::string_view text);

/// `Mon, 02 Jan 2006 15:04:05 +0000`, as RFC 5322 has it.
std::string mail_date(TimestampMs at_ms);

struct MailTexts {
  std::string subject;
  std::string plain;
  std::string html;
};

/// What a group's mail says, in Alertmanager's default look.
MailTexts mail_texts(const Notification& notification, std::string_view external_url);

/// The message with header and both texts. `unique`: letters and digits that no other mail has.
std::string mail_message(const EmailConfig& config, const MailTexts& texts, TimestampMs at_ms,
                         std::string_view unique);

}  // namespace weir::notify
