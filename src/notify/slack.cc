#include "notify/slack.h"

#include <boost/json.hpp>

#include <fmt/format.h>

#include "base/utf8.h"
#include "notify/http_post.h"
#include "notify/summary_text.h"

namespace weir::notify {
namespace {

namespace json = boost::json;

constexpr size_t kTitleCharactersMax = 1'024;  // Slack refuses longer ones

std::string cut(const std::string& text, size_t characters_max) {
  size_t at = 0;
  for (size_t count = 0; at < text.size(); ++count) {
    if (count == characters_max - 1) return text.substr(0, at) + "…";
    at += std::max<size_t>(utf8_size(std::string_view(text).substr(at)), 1);
  }
  return text;
}

void add(json::object& out, json::string_view name, const std::string& value) {
  if (!value.empty()) out.emplace(name, json::string(value.data(), value.size()));
}

const std::string& first_of(const std::string& own, const std::string& otherwise) {
  return own.empty() ? otherwise : own;
}

// What `chat.postMessage` says while its status is 200; incoming webhooks say "ok".
SendOutcome outcome_of_body(const std::string& body) {
  json::error_code failed;
  const json::value answer = json::parse(json::string_view(body.data(), body.size()), failed);
  const json::object* object = failed ? nullptr : answer.if_object();
  const json::value* ok = object == nullptr ? nullptr : object->if_contains("ok");
  if (ok == nullptr || !ok->is_bool() || ok->get_bool()) return {};
  return {SendOutcome::Verdict::kFailed, "Slack did not take the message", {}};
}

}  // namespace

std::string slack_json(const Notification& notification, const SlackConfig& config,
                       std::string_view external_url) {
  const std::string title = cut(first_of(config.title, subject_text(notification)), kTitleCharactersMax);
  const std::string link = first_of(config.title_link, std::string(external_url));
  json::object attachment;
  add(attachment, "title", title);
  add(attachment, "title_link", link);
  add(attachment, "pretext", config.pretext);
  add(attachment, "text", config.text);
  add(attachment, "fallback", first_of(config.fallback, title + (link.empty() ? "" : " | " + link)));
  add(attachment, "footer", config.footer);
  add(attachment, "color", first_of(config.color, notification.is_firing() ? "danger" : "good"));
  attachment["mrkdwn_in"] = json::array{"fallback", "pretext", "text"};
  json::object message;
  add(message, "channel", config.channel);
  add(message, "username", first_of(config.username, "Weir"));
  add(message, "icon_emoji", config.icon_emoji);
  add(message, "icon_url", config.icon_url);
  if (config.link_names) message["link_names"] = true;
  message["attachments"] = json::array{std::move(attachment)};
  return json::serialize(message);
}

SendOutcome SlackSender::send(const Notification& notification) {
  std::string answer;
  const SendOutcome outcome = post_json(client_,
                                        {.url = config_.api_url,
                                         .http = config_.http,
                                         .body = slack_json(notification, config_, context_.external_url),
                                         .timeout_ms = context_.timeout_ms},
                                        context_, answer);
  return outcome.delivered() ? outcome_of_body(answer) : outcome;
}

}  // namespace weir::notify
