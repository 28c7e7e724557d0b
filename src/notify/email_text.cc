#include "notify/email_text.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/html.h"
#include "base/utf8.h"
#include "net/ascii.h"
#include "notify/summary_text.h"

namespace weir::notify {
namespace {

constexpr size_t kLineCharactersMax = 76;

bool is_address(std::string_view text) {
  const size_t at = text.find('@');
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
  });
  return clean && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos;
}

void append_html(std::string& out, std::string_view heading, const TextMap& texts) {
  if (texts.empty()) return;
  out += fmt::format("<strong>{}</strong><br>\n", heading);
  for (const auto& [name, value] : texts)
    out += fmt::format("{} = {}<br>\n", html_escaped(name), html_escaped(value));
}

bool is_link(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

std::string html_of(const Notification& notification, const std::string& subject,
                    std::string_view external_url) {
  const bool firing = notification.is_firing();
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html><body style=\"font-family: sans-serif\">\n"
      "<h2 style=\"background: {}; color: white; padding: 12px\">{}</h2>\n",
      firing ? "#e6522c" : "#68b90f", html_escaped(subject));
  for (const Alert& alert : notification.alerts) {
    out += fmt::format("<p><em>{}</em><br>\n", alert.ends_at_ms ? "Resolved" : "Firing");
    append_html(out, "Labels", text_map(alert.labels));
    append_html(out, "Annotations", alert.annotations);
    if (is_link(alert.generator_url))
      out += fmt::format("<a href=\"{}\">Source</a>\n", html_escaped(alert.generator_url));
    out += "</p>\n";
  }
  if (is_link(external_url))
    out += fmt::format("<p><a href=\"{}\">Sent by Weir</a></p>\n", html_escaped(external_url));
  return out + "</body></html>\n";
}

// Names that are not plain text are left out.
std::string address_header(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return plain ? text : fmt::format("{}", fmt::join(mail_addresses(text), ", "));
}

std::string part(std::string_view boundary, std::string_view type, std::string_view text) {
  return fmt::format(
      "--{}\r\nContent-Type: {}; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
      boundary, type, quoted_printable(text));
}

}  // namespace

std::vector<std::string> mail_addresses(std::string_view text) {
  std::vector<std::string> out;
  bool quoted = false;
  size_t begin = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '"') quoted = !quoted;
    if (at < text.size() && (quoted || text[at] != ',')) continue;
    const std::string_view whole = net::trim(text.substr(begin, at - begin));
    std::string_view one = whole;
    begin = at + 1;
    const size_t open = one.rfind('<');
    if (open != std::string_view::npos && one.ends_with('>'))
      one = one.substr(open + 1, one.size() - open - 2);
    if (!is_address(one) || std::any_of(whole.begin(), whole.end(), net::is_control)) return {};
    out.emplace_back(one);
  }
  return out;
}

std::string header_fault(std::string_view name, std::string_view value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), net::is_token_char))
    return "not the name of a header";
  if (std::any_of(value.begin(), value.end(), net::is_control)) return "a header is one line";
  if (value.find("{{") != std::string_view::npos) return "templates are not supported here; plain text is";
  constexpr std::string_view kOwn[] = {
      "from", "to", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding"};
  for (const std::string_view own : kOwn) {
    if (net::equals_ignore_case(name, own)) return "the mail has this header by itself";
  }
  return {};
}

std::string encoded_header(std::string_view text) {
  constexpr size_t kBytesMax = 45;  // 60 digits in base64, so that a word has less than 75 characters
  const bool plain = text.size() <= kLineCharactersMax &&
                     std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) &&
                     text.find("=?") == std::string_view::npos;
  if (plain) return std::string(text);
  std::string out;
  std::string word;
  const auto finish_word = [&] {
    if (word.empty()) return;
    out += (out.empty() ? "" : "\r\n ") + fmt::format("=?UTF-8?B?{}?=", base64(word));
    word.clear();
  };
  while (!text.empty()) {
    const size_t size = std::max<size_t>(utf8_size(text), 1);
    if (word.size() + size > kBytesMax) finish_word();
    word += net::is_control(text[0]) ? " " : text.substr(0, size);
    text.remove_prefix(size);
  }
  finish_word();
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  size_t column = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = at + 1 == text.size() || text[at + 1] == '\n';
    const bool plain = (c > 0x20 && c < 0x7f && c != '=') || (c == ' ' && !ends_line);
    const size_t size = plain ? 1 : 3;
    if (column + size > kLineCharactersMax - 1) {
      out += "=\r\n";
      column = 0;
    }
    out += plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<uint8_t>(c));
    column += size;
  }
  return out;
}

std::string mail_date(TimestampMs at_ms) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto time = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(at_ms));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

MailTexts mail_texts(const Notification& notification, std::string_view external_url) {
  const std::string subject = subject_text(notification);
  std::string plain = subject + "\n\n" + alerts_text(notification);
  if (!external_url.empty()) plain += fmt::format("{}\n", external_url);
  return {subject, plain, html_of(notification, subject, external_url)};
}

std::string mail_message(const EmailConfig& config, const MailTexts& texts, TimestampMs at_ms,
                         std::string_view unique) {
  const std::string boundary = fmt::format("weir-{}", unique);
  const std::vector<std::string> from = mail_addresses(config.from);
  const std::string domain = from.empty() ? "@localhost" : from[0].substr(from[0].find('@'));
  std::string out =
      fmt::format("From: {}\r\nTo: {}\r\nDate: {}\r\nMessage-Id: <{}{}>\r\n", address_header(config.from),
                  address_header(config.to), mail_date(at_ms), unique, domain);
  bool has_subject = false;
  for (const auto& [name, value] : config.headers) {
    has_subject = has_subject || net::equals_ignore_case(name, "subject");
    out += fmt::format("{}: {}\r\n", name, encoded_header(value));
  }
  if (!has_subject) out += fmt::format("Subject: {}\r\n", encoded_header(texts.subject));
  out += fmt::format("MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n",
                     boundary);
  out += part(boundary, "text/plain", texts.plain);
  out += part(boundary, "text/html", texts.html);
  return out + fmt::format("--{}--\r\n", boundary);
}

}  // namespace weir::notify
