#include "net/smtp_client.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "net/ascii.h"
#include "net/curl_easy.h"
#include "net/url.h"

namespace weir::net {
namespace {

constexpr uint16_t kTlsPort = 465;

/// The part of the message that has not been sent.
size_t on_read(char* out, size_t size, size_t count, void* context) {
  auto& rest = *static_cast<std::string_view*>(context);
  const size_t bytes = std::min(size * count, rest.size());
  std::copy_n(rest.data(), bytes, out);
  rest.remove_prefix(bytes);
  return bytes;
}

/// What the server says, the last line of it.
size_t on_reply(const char* data, size_t, size_t bytes, void* context) {
  static_cast<std::string*>(context)->assign(data, std::min<size_t>(bytes, 500));
  return bytes;
}

bool is_one_word(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return is_control(c) || c == ' ' || c == '\t' || c == '<' || c == '>' || c == '/';
  });
}

Status check(const Mail& mail, const UrlParts& url, bool tls) {
  bool clean = is_one_word(mail.from) && is_one_word(mail.hello) && !mail.to.empty();
  for (const std::string& to : mail.to) clean = clean && is_one_word(to);
  if (!clean)
    return invalid_argument("a mail needs a sender, recipients and a name of this machine, each a word");
  if (mail.guard != nullptr) {
    // Of a guard's rules those of addresses hold here; what it says of schemes is for HTTP.
    UrlParts as_https = url;
    as_https.scheme = "https";
    RETURN_IF_ERROR(mail.guard->check(as_https));
  }
  const bool here = url.host == "localhost" || url.host == "127.0.0.1" || url.host == "[::1]";
  if (!mail.username.empty() && !tls && !here)
    return permission_denied(fmt::format("{}: a password is not sent without TLS", mail.server));
  return ok_status();
}

Error error_of(CURLcode code, long reply, const std::string& what) {
  if (code == CURLE_OPERATION_TIMEDOUT) return deadline_exceeded(what);
  if (code == CURLE_LOGIN_DENIED) return unauthenticated(what);
  if (code == CURLE_USE_SSL_FAILED || code == CURLE_PEER_FAILED_VERIFICATION || reply >= 500)
    return failed_precondition(what);
  return unavailable(what);
}

/// One mail on its way; what curl is told of stays here.
struct Transfer {
  explicit Transfer(const Mail& sent) : mail(sent), rest(sent.message), from(fmt::format("<{}>", sent.from)) {
    for (const std::string& to : sent.to) append_line(recipients, fmt::format("<{}>", to));
  }
  Transfer(const Transfer&) = delete;

  void set_connection(bool implicit_tls);
  void set_login();
  void set_message();
  Status perform();

  const Mail& mail;
  EasyHandle easy = new_easy();
  std::string_view rest;
  std::string from;
  LineList recipients;
  std::string reply_text;
  char error_text[CURL_ERROR_SIZE] = {};
};

void Transfer::set_connection(bool implicit_tls) {
  CURL* handle = easy.get();
  // The path of an SMTP URL is how the client calls itself.
  const std::string url = fmt::format("{}://{}/{}", implicit_tls ? "smtps" : "smtp", mail.server, mail.hello);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(mail.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_USE_SSL,
                   static_cast<long>(mail.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_reply);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &reply_text);
}

void Transfer::set_login() {
  if (mail.username.empty()) return;
  CURL* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_USERNAME, mail.username.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, mail.password.c_str());
  curl_easy_setopt(handle, CURLOPT_SASL_IR, 1L);  // in one line, which spares a question
  if (!mail.identity.empty()) curl_easy_setopt(handle, CURLOPT_SASL_AUTHZID, mail.identity.c_str());
}

void Transfer::set_message() {
  CURL* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(handle, CURLOPT_READDATA, &rest);
}

Status Transfer::perform() {
  const CURLcode code = curl_easy_perform(easy.get());
  if (code == CURLE_OK) return ok_status();
  long reply = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply);
  while (!reply_text.empty() && is_control(reply_text.back())) reply_text.pop_back();
  return error_of(
      code, reply,
      fmt::format("{}: {}{}", mail.server, *error_text != '\0' ? error_text : curl_easy_strerror(code),
                  reply >= 400 ? " (" + reply_text + ")" : ""));
}

}  // namespace

Status send_mail(const Mail& mail) {
  ASSIGN_OR_RETURN(const UrlParts url, parse_url("smtp://" + mail.server));
  const bool implicit_tls = url.port == kTlsPort;
  RETURN_IF_ERROR(check(mail, url, implicit_tls || mail.require_tls));
  Transfer transfer(mail);
  transfer.set_connection(implicit_tls);
  transfer.set_login();
  transfer.set_message();
  std::optional<GuardedTransfer> guarded;
  if (mail.guard != nullptr) {
    guarded.emplace(GuardedTransfer{*mail.guard, mail.guard->trusts(url.host)});
    apply_guard(transfer.easy.get(), *guarded);
  }
  Status sent = transfer.perform();
  if (!sent.ok() && guarded && !guarded->refusal.empty())
    return permission_denied(fmt::format("{}: {}", mail.server, guarded->refusal));
  return sent;
}

}  // namespace weir::net
