#include "notify/receiver_reader.h"

#include <fmt/format.h>

#include "net/url.h"
#include "notify/email_text.h"

namespace weir::notify {
namespace {

constexpr size_t kIntegrationsMax = 10'000;

constexpr std::string_view kReceiversMissing[] = {"discord_configs",    "labels",
                                                  "incidentio_configs", "jira_configs",
                                                  "mattermost_configs", "msteams_configs",
                                                  "msteamsv2_configs",  "opsgenie_configs",
                                                  "pagerduty_configs",  "pushover_configs",
                                                  "rocketchat_configs", "sns_configs",
                                                  "telegram_configs",   "victorops_configs",
                                                  "webex_configs",      "wechat_configs"};
constexpr std::string_view kHttpMissing[] = {"oauth2",
                                             "tls_config",
                                             "proxy_url",
                                             "no_proxy",
                                             "http_headers",
                                             "proxy_from_environment",
                                             "proxy_connect_header"};
constexpr std::string_view kAuthMissing[] = {"credentials_ref", "username_ref", "password_ref",
                                             "username_file"};
constexpr std::string_view kSlackMissing[] = {
    "actions",      "app_token", "app_token_file", "app_url",   "callback_id",    "fields", "image_url",
    "message_text", "mrkdwn_in", "short_fields",   "thumb_url", "update_message", "timeout"};
constexpr std::string_view kWebhookMissing[] = {"payload"};
constexpr std::string_view kEmailMissing[] = {"auth_secret", "auth_secret_file", "force_implicit_tls",
                                              "threading", "tls_config"};

}  // namespace

void check_one_of(ObjectReader& reader, const Secret& secret, yaml::Mark mark, const std::string& path,
                  std::string_view name) {
  if (!secret.text.empty() && !secret.file.empty())
    reader.problem(mark, path, fmt::format("both {0} and {0}_file are set; one of them is enough", name));
}

HttpConfig read_http_config(ObjectReader& reader, const yaml::Node& node, const std::string& path) {
  HttpConfig http;
  bool redirects = false;
  bool http2 = false;
  const auto basic = [&](const yaml::Node& value, const std::string& below) {
    reader.object(value, below,
                  {{"username", reader.text(http.username)},
                   {"password", reader.text(http.password.text)},
                   {"password_file", reader.text(http.password.file)}},
                  kAuthMissing);
    if (http.username.empty()) reader.problem(value.mark, below, "it needs a username");
    check_one_of(reader, http.password, value.mark, below, "password");
  };
  const auto authorization = [&](const yaml::Node& value, const std::string& below) {
    reader.object(value, below,
                  {{"type", reader.text(http.credentials_type)},
                   {"credentials", reader.text(http.credentials.text)},
                   {"credentials_file", reader.text(http.credentials.file)}},
                  kAuthMissing);
    if (http.credentials_type == "Basic" || http.credentials_type == "basic")
      reader.problem(value.mark, below + ".type", "use basic_auth for it");
  };
  reader.object(node, path,
                {{"basic_auth", basic},
                 {"authorization", authorization},
                 {"bearer_token", reader.text(http.credentials.text)},
                 {"bearer_token_file", reader.text(http.credentials.file)},
                 {"follow_redirects", reader.flag(redirects)},
                 {"enable_http2", reader.flag(http2)}},
                kHttpMissing);
  check_one_of(reader, http.credentials, node.mark, path, "credentials");
  if (redirects) reader.problem(node.mark, path + ".follow_redirects", "Weir follows no redirects");
  if (!http.username.empty() && !http.credentials.empty())
    reader.problem(node.mark, path, "basic_auth and authorization exclude one another");
  return http;
}

ObjectReader::Take ReceiverReader::http(HttpConfig& out) {
  return [this, &out](const yaml::Node& value, const std::string& path) {
    out = read_http_config(reader_, value, path);
  };
}

Receiver ReceiverReader::read(const yaml::Node& node, const std::string& path) {
  Receiver receiver;
  using Reads = Integration (ReceiverReader::*)(const yaml::Node&, const std::string&);
  const auto each = [&](Reads reads) -> ObjectReader::Take {
    return [this, &receiver, reads](const yaml::Node& value, const std::string& below) {
      size_t index = 0;
      reader_.list(value, below, [&](const yaml::Node& item, const std::string& item_path) {
        if (++integrations_ > kIntegrationsMax) {
          if (integrations_ == kIntegrationsMax + 1)
            reader_.problem(item.mark, item_path, fmt::format("more than {} integrations", kIntegrationsMax));
          return;
        }
        Integration integration = (this->*reads)(item, item_path);
        integration.index = index++;
        receiver.integrations.push_back(std::move(integration));
      });
    };
  };
  reader_.object(node, path,
                 {{"name", reader_.text(receiver.name)},
                  {"webhook_configs", each(&ReceiverReader::webhook)},
                  {"slack_configs", each(&ReceiverReader::slack)},
                  {"email_configs", each(&ReceiverReader::email)}},
                 kReceiversMissing);
  if (receiver.name.empty()) reader_.problem(node.mark, path, "it needs a name");
  return receiver;
}

void ReceiverReader::check_url(const Secret& url, yaml::Mark mark, const std::string& path,
                               std::string_view name) {
  check_one_of(reader_, url, mark, path, name);
  if (url.empty()) {
    reader_.problem(mark, path, fmt::format("it needs {0} or {0}_file", name));
  } else if (!url.text.empty()) {
    // The URL is a secret: the message must not have it.
    const auto parts = net::parse_url(url.text);
    if (!parts.ok() || (parts->scheme != "http" && parts->scheme != "https")) {
      reader_.problem(mark, fmt::format("{}.{}", path, name), "not an http:// or https:// URL");
    } else if (parts->has_credentials) {
      reader_.problem(mark, fmt::format("{}.{}", path, name),
                      "a URL with a user name in it; use http_config.basic_auth");
    }
  }
}

Integration ReceiverReader::webhook(const yaml::Node& node, const std::string& path) {
  WebhookConfig config;
  config.http = defaults_.http;
  bool send_resolved = true;
  reader_.object(node, path,
                 {{"url", reader_.text(config.url.text)},
                  {"url_file", reader_.text(config.url.file)},
                  {"send_resolved", reader_.flag(send_resolved)},
                  {"max_alerts", reader_.integer(config.max_alerts)},
                  {"timeout", reader_.duration(config.timeout_ms)},
                  {"http_config", http(config.http)}},
                 kWebhookMissing);
  check_url(config.url, node.mark, path, "url");
  if (config.max_alerts < 0) reader_.problem(node.mark, path + ".max_alerts", "a number from 0 on is needed");
  return {.send_resolved = send_resolved, .config = std::move(config)};
}

Integration ReceiverReader::slack(const yaml::Node& node, const std::string& path) {
  SlackConfig config;
  config.http = defaults_.http;
  bool send_resolved = false;
  reader_.object(
      node, path,
      {{"api_url", reader_.text(config.api_url.text)},
       {"api_url_file", reader_.text(config.api_url.file)},
       {"send_resolved", reader_.flag(send_resolved)},
       {"http_config", http(config.http)},
       {"channel", reader_.plain_text(config.channel, "")},
       {"username", reader_.plain_text(config.username, R"({{ template "slack.default.username" . }})")},
       {"icon_emoji", reader_.plain_text(config.icon_emoji, R"({{ template "slack.default.iconemoji" . }})")},
       {"icon_url", reader_.plain_text(config.icon_url, R"({{ template "slack.default.iconurl" . }})")},
       {"link_names", reader_.flag(config.link_names)},
       {"color",
        reader_.plain_text(config.color, R"({{ if eq .Status "firing" }}danger{{ else }}good{{ end }})")},
       {"title", reader_.plain_text(config.title, R"({{ template "slack.default.title" . }})")},
       {"title_link", reader_.plain_text(config.title_link, R"({{ template "slack.default.titlelink" . }})")},
       {"pretext", reader_.plain_text(config.pretext, R"({{ template "slack.default.pretext" . }})")},
       {"text", reader_.plain_text(config.text, R"({{ template "slack.default.text" . }})")},
       {"fallback", reader_.plain_text(config.fallback, R"({{ template "slack.default.fallback" . }})")},
       {"footer", reader_.plain_text(config.footer, R"({{ template "slack.default.footer" . }})")}},
      kSlackMissing);
  if (config.api_url.empty()) config.api_url = defaults_.slack_api_url;
  check_url(config.api_url, node.mark, path, "api_url");
  return {.send_resolved = send_resolved, .config = std::move(config)};
}

Integration ReceiverReader::email(const yaml::Node& node, const std::string& path) {
  EmailConfig config = defaults_.email;
  Secret password;
  std::string body;
  bool send_resolved = false;
  const auto headers = [&](const yaml::Node& value, const std::string& below) {
    TextMap all;
    reader_.text_map(all)(value, below);
    for (auto& [name, text] : all) {
      const bool is_default = text == R"({{ template "email.default.subject" . }})";
      const std::string fault = is_default ? "" : header_fault(name, text);
      if (!fault.empty()) reader_.problem(value.mark, below + "." + name, fault);
      if (!is_default) config.headers[name] = std::move(text);
    }
  };
  reader_.object(node, path,
                 {{"to", reader_.plain_text(config.to, "")},
                  {"from", reader_.plain_text(config.from, "")},
                  {"smarthost", reader_.text(config.smarthost)},
                  {"hello", reader_.text(config.hello)},
                  {"auth_username", reader_.text(config.auth_username)},
                  {"auth_password", reader_.text(password.text)},
                  {"auth_password_file", reader_.text(password.file)},
                  {"auth_identity", reader_.text(config.auth_identity)},
                  {"require_tls", reader_.flag(config.require_tls)},
                  {"headers", headers},
                  {"html", reader_.plain_text(body, R"({{ template "email.default.html" . }})")},
                  {"text", reader_.plain_text(body, "")},
                  {"send_resolved", reader_.flag(send_resolved)}},
                 kEmailMissing);
  if (!body.empty()) reader_.problem(node.mark, path, "html and text of one's own are not supported");
  check_one_of(reader_, password, node.mark, path, "auth_password");
  if (!password.empty()) config.auth_password = password;
  check_email(config, node.mark, path);
  return {.send_resolved = send_resolved, .config = std::move(config)};
}

void ReceiverReader::check_email(const EmailConfig& config, yaml::Mark mark, const std::string& path) {
  if (config.smarthost.empty()) {
    reader_.problem(mark, path, "it needs a smarthost, here or as global.smtp_smarthost");
  } else if (!net::parse_url("smtp://" + config.smarthost).ok() ||
             config.smarthost.rfind(':') == std::string::npos ||
             config.smarthost.find_first_of("/?#@ ") != std::string::npos) {
    reader_.problem(mark, path + ".smarthost", "expected HOST:PORT");
  }
  if (config.from.empty()) {
    reader_.problem(mark, path, "it needs a sender, here as from or as global.smtp_from");
  } else if (mail_addresses(config.from).size() != 1) {
    reader_.problem(mark, path + ".from", "expected one mail address");
  }
  if (mail_addresses(config.to).empty())
    reader_.problem(mark, path + ".to", "expected mail addresses, separated by commas");
}

}  // namespace weir::notify
