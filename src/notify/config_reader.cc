#include "notify/config_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "notify/matcher_syntax.h"
#include "notify/time_interval_reader.h"
#include "yaml/file_document.h"

namespace weir::notify {
namespace {

// A tree of routes takes two levels for each of its own.
constexpr size_t kDepthMax = 64;

constexpr std::string_view kMissing[] = {"event_recorder", "tracing"};
constexpr std::string_view kGlobalMissing[] = {"jira_api_url",
                                               "mattermost_webhook_url",
                                               "mattermost_webhook_url_file",
                                               "opsgenie_api_key",
                                               "opsgenie_api_key_file",
                                               "opsgenie_api_url",
                                               "pagerduty_url",
                                               "rocketchat_api_url",
                                               "rocketchat_token",
                                               "rocketchat_token_file",
                                               "rocketchat_token_id",
                                               "rocketchat_token_id_file",
                                               "slack_app_token",
                                               "slack_app_token_file",
                                               "slack_app_url",
                                               "smtp_auth_secret",
                                               "smtp_auth_secret_file",
                                               "smtp_force_implicit_tls",
                                               "smtp_tls_config",
                                               "telegram_api_url",
                                               "telegram_bot_token",
                                               "telegram_bot_token_file",
                                               "victorops_api_key",
                                               "victorops_api_key_file",
                                               "victorops_api_url",
                                               "webex_api_url",
                                               "wechat_api_corp_id",
                                               "wechat_api_secret",
                                               "wechat_api_secret_file",
                                               "wechat_api_url"};

}  // namespace

const Receiver* Config::receiver(std::string_view name) const {
  const auto found = std::find_if(receivers.begin(), receivers.end(),
                                  [&](const Receiver& receiver) { return receiver.name == name; });
  return found == receivers.end() ? nullptr : &*found;
}

ReadConfig parse_config(std::string_view text, const ConfigLimits& limits) {
  ReadConfig out;
  const auto document =
      yaml::parse_file(text, limits.bytes_max, {.depth_max = kDepthMax, .aliases = true}, out.problems);
  if (!document) return out;
  static const yaml::Node kNothing = {};
  ConfigReader(limits, out).read(document->root == nullptr ? kNothing : *document->root);
  yaml::sort_by_place(out.problems);
  return out;
}

void ConfigReader::read(const yaml::Node& root) {
  const yaml::Node* global = nullptr;
  const yaml::Node* route = nullptr;
  const yaml::Node* receivers = nullptr;
  const yaml::Node* inhibit_rules = nullptr;
  const yaml::Node* intervals = nullptr;
  const yaml::Node* mute_intervals = nullptr;
  reader_.object(root, "",
                 {{"global", reader_.node(global)},
                  {"route", reader_.node(route)},
                  {"receivers", reader_.node(receivers)},
                  {"inhibit_rules", reader_.node(inhibit_rules)},
                  {"templates", nothing()},
                  {"time_intervals", reader_.node(intervals)},
                  {"mute_time_intervals", reader_.node(mute_intervals)}},
                 kMissing);
  if (intervals != nullptr) read_time_intervals(*intervals, "time_intervals");
  if (mute_intervals != nullptr) read_time_intervals(*mute_intervals, "mute_time_intervals");
  if (global != nullptr) read_global(*global, "global");
  if (receivers != nullptr) read_receivers(*receivers);
  if (inhibit_rules != nullptr) {
    reader_.list(*inhibit_rules, "inhibit_rules", [&](const yaml::Node& item, const std::string& path) {
      if (!full()) read_inhibit_rule(item, path);
    });
  }
  if (route == nullptr) {
    // An empty document may be said to lie behind the text.
    reader_.problem(root.kind == yaml::Kind::kNull ? yaml::Mark() : root.mark, "route",
                    "it is missing; without it no alert goes anywhere");
  } else {
    read_root(*route);
  }
}

ObjectReader::Take ConfigReader::nothing() {
  return [this](const yaml::Node& value, const std::string& path) {
    if (value.kind != yaml::Kind::kList || !value.items.empty())
      reader_.problem(value.mark, path, "Alertmanager has this, Weir has not");
  };
}

void ConfigReader::read_global(const yaml::Node& node, const std::string& path) {
  int64_t resolve_timeout_ms = 0;
  EmailConfig& email = defaults_.email;
  const auto http = [&](const yaml::Node& value, const std::string& below) {
    defaults_.http = read_http_config(reader_, value, below);
  };
  reader_.object(node, path,
                 {{"resolve_timeout", reader_.duration(resolve_timeout_ms)},
                  {"http_config", http},
                  {"slack_api_url", reader_.text(defaults_.slack_api_url.text)},
                  {"slack_api_url_file", reader_.text(defaults_.slack_api_url.file)},
                  {"smtp_from", reader_.plain_text(email.from, "")},
                  {"smtp_smarthost", reader_.text(email.smarthost)},
                  {"smtp_hello", reader_.text(email.hello)},
                  {"smtp_auth_username", reader_.text(email.auth_username)},
                  {"smtp_auth_password", reader_.text(email.auth_password.text)},
                  {"smtp_auth_password_file", reader_.text(email.auth_password.file)},
                  {"smtp_auth_identity", reader_.text(email.auth_identity)},
                  {"smtp_require_tls", reader_.flag(email.require_tls)}},
                 kGlobalMissing);
  check_one_of(reader_, email.auth_password, node.mark, path, "smtp_auth_password");
  check_one_of(reader_, defaults_.slack_api_url, node.mark, path, "slack_api_url");
}

void ConfigReader::read_receivers(const yaml::Node& node) {
  ReceiverReader reads(reader_, defaults_);
  reader_.list(node, "receivers", [&](const yaml::Node& item, const std::string& path) {
    if (full()) return;
    if (out_.config.receivers.size() >= limits_.receivers_max) {
      reader_.problem(item.mark, path, fmt::format("more than {} receivers", limits_.receivers_max));
      return;
    }
    Receiver receiver = reads.read(item, path);
    const auto [first, is_new] = receiver_lines_.try_emplace(receiver.name, item.mark.line);
    if (!is_new) {
      reader_.problem(item.mark, path + ".name",
                      fmt::format("\"{}\" is there twice, first at line {}", receiver.name, first->second));
    }
    out_.config.receivers.push_back(std::move(receiver));
  });
}

void ConfigReader::read_time_intervals(const yaml::Node& node, const std::string& path) {
  reader_.list(node, path, [&](const yaml::Node& item, const std::string& below) {
    if (full()) return;
    std::string name;
    std::vector<TimeInterval> intervals;
    const auto each = [&](const yaml::Node& interval, const std::string& interval_path) {
      intervals.push_back(read_time_interval(reader_, interval, interval_path));
    };
    const auto all = [&](const yaml::Node& value, const std::string& list_path) {
      reader_.list(value, list_path, each);
    };
    reader_.object(item, below, {{"name", reader_.text(name)}, {"time_intervals", all}});
    if (name.empty()) return reader_.problem(item.mark, below, "it needs a name");
    const auto named = std::make_shared<const std::vector<TimeInterval>>(std::move(intervals));
    if (!time_intervals_.try_emplace(name, named).second)
      reader_.problem(item.mark, below + ".name", fmt::format("\"{}\" is there twice", name));
  });
}

ObjectReader::Take ConfigReader::named_intervals(std::vector<NamedTimes>& out) {
  return [this, &out](const yaml::Node& value, const std::string& path) {
    reader_.list(value, path, [&](const yaml::Node& item, const std::string& below) {
      std::string name;
      reader_.text(name)(item, below);
      const auto found = time_intervals_.find(name);
      if (found == time_intervals_.end())
        return reader_.problem(item.mark, below, fmt::format("there is no time interval \"{}\"", name));
      out.push_back(found->second);
    });
  };
}

void ConfigReader::read_inhibit_rule(const yaml::Node& node, const std::string& path) {
  InhibitRule rule;
  std::string name;
  reader_.object(node, path,
                 {{"name", reader_.text(name)},
                  {"source_matchers", matchers(rule.source)},
                  {"source_match", match_map(rule.source, MatchOp::kEqual)},
                  {"source_match_re", match_map(rule.source, MatchOp::kRegex)},
                  {"target_matchers", matchers(rule.target)},
                  {"target_match", match_map(rule.target, MatchOp::kEqual)},
                  {"target_match_re", match_map(rule.target, MatchOp::kRegex)},
                  {"equal", reader_.texts(rule.equal)}});
  std::sort(rule.equal.begin(), rule.equal.end());
  out_.config.inhibit_rules.push_back(std::move(rule));
}

ObjectReader::Take ConfigReader::matchers(std::vector<Matcher>& out) {
  return [this, &out](const yaml::Node& value, const std::string& path) {
    reader_.list(value, path, [&](const yaml::Node& item, const std::string& below) {
      std::string text;
      reader_.text(text)(item, below);
      if (item.kind != yaml::Kind::kScalar) return;
      auto parsed = parse_matchers(text);
      if (!parsed.ok()) return reader_.problem(item.mark, below, parsed.error().message);
      for (Matcher& matcher : *parsed) out.push_back(std::move(matcher));
    });
  };
}

ObjectReader::Take ConfigReader::match_map(std::vector<Matcher>& out, MatchOp op) {
  return [this, &out, op](const yaml::Node& value, const std::string& path) {
    TextMap texts;
    reader_.text_map(texts)(value, path);
    for (auto& [name, text] : texts) {
      auto matcher = Matcher::create(op, name, text);
      if (matcher.ok()) {
        out.push_back(std::move(*matcher));
      } else {
        reader_.problem(value.mark, path + "." + name, matcher.error().message);
      }
    }
  };
}

}  // namespace weir::notify
