#include "notify/config_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "notify/matcher_syntax.h"

namespace weir::notify {
namespace {

// A tree of routes takes two levels for each of its own.
constexpr size_t kDepthMax = 64;

constexpr std::string_view kMissing[] = {"event_recorder", "tracing"};
constexpr std::string_view kRouteMissing[] = {"labels"};
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

// What a route has before it says anything itself.
Route heir(const Route& parent) {
  Route route;
  route.receiver = parent.receiver;
  route.group_by = parent.group_by;
  route.group_by_all = parent.group_by_all;
  route.group_wait_ms = parent.group_wait_ms;
  route.group_interval_ms = parent.group_interval_ms;
  route.repeat_interval_ms = parent.repeat_interval_ms;
  return route;
}

}  // namespace

const Receiver* Config::receiver(std::string_view name) const {
  const auto found = std::find_if(receivers.begin(), receivers.end(),
                                  [&](const Receiver& receiver) { return receiver.name == name; });
  return found == receivers.end() ? nullptr : &*found;
}

ReadConfig parse_config(std::string_view text, const ConfigLimits& limits) {
  ReadConfig out;
  if (text.size() > limits.bytes_max) {
    out.problems.push_back(
        {{}, fmt::format("the file has {} bytes, limit {}", text.size(), limits.bytes_max)});
    return out;
  }
  const auto document = yaml::parse(text, {.depth_max = kDepthMax, .aliases = true});
  if (!document.ok()) {
    out.problems.push_back(yaml::located(document.error().message));
    return out;
  }
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
  reader_.object(root, "",
                 {{"global", reader_.node(global)},
                  {"route", reader_.node(route)},
                  {"receivers", reader_.node(receivers)},
                  {"inhibit_rules", reader_.node(inhibit_rules)},
                  {"templates", nothing()},
                  {"time_intervals", nothing()},
                  {"mute_time_intervals", nothing()}},
                 kMissing);
  if (global != nullptr) read_global(*global, "global");
  if (receivers != nullptr) read_receivers(*receivers);
  if (inhibit_rules != nullptr) {
    reader_.list(*inhibit_rules, "inhibit_rules", [&](const yaml::Node& item, const std::string& path) {
      if (!full()) read_inhibit_rule(item, path);
    });
  }
  if (route == nullptr) {
    reader_.problem(root.mark, "route", "it is missing; without it no alert goes anywhere");
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

void ConfigReader::read_root(const yaml::Node& node) {
  Route& root = out_.config.root;
  read_route(node, "route", nullptr, root);
  if (!root.matchers.empty())
    reader_.problem(node.mark, "route", "the root matches every alert; matchers belong below");
  if (root.receiver.empty()) reader_.problem(node.mark, "route", "the root needs a receiver");
}

void ConfigReader::read_route(const yaml::Node& node, const std::string& path, const Route* parent,
                              Route& route) {
  if (++routes_ > limits_.routes_max) {
    reader_.problem(node.mark, path, fmt::format("more than {} routes", limits_.routes_max));
    return;
  }
  const yaml::Node* routes = nullptr;
  const yaml::Node* grouping = nullptr;
  std::vector<std::string> group_by;
  reader_.object(node, path,
                 {{"receiver", reader_.text(route.receiver)},
                  {"group_by", reader_.node(grouping)},
                  {"matchers", matchers(route.matchers)},
                  {"match", match_map(route.matchers, MatchOp::kEqual)},
                  {"match_re", match_map(route.matchers, MatchOp::kRegex)},
                  {"continue", reader_.flag(route.continues)},
                  {"group_wait", reader_.duration(route.group_wait_ms)},
                  {"group_interval", reader_.duration(route.group_interval_ms)},
                  {"repeat_interval", reader_.duration(route.repeat_interval_ms)},
                  {"mute_time_intervals", nothing()},
                  {"active_time_intervals", nothing()},
                  {"routes", reader_.node(routes)}},
                 kRouteMissing);
  if (grouping != nullptr) reader_.texts(group_by)(*grouping, path + ".group_by");
  if (!group_by.empty()) set_group_by(std::move(group_by), grouping->mark, path + ".group_by", route);
  sort_matchers(route.matchers);
  route.key =
      parent == nullptr ? matchers_text(route.matchers) : parent->key + "/" + matchers_text(route.matchers);
  check_route(node, path, route, parent);
  if (routes == nullptr) return;
  reader_.list(*routes, path + ".routes", [&](const yaml::Node& item, const std::string& below) {
    if (full() || routes_ > limits_.routes_max) return;
    Route child = heir(route);
    read_route(item, below, &route, child);
    route.routes.push_back(std::move(child));
  });
}

// What was wrong with the parent has been said there.
void ConfigReader::check_route(const yaml::Node& node, const std::string& path, const Route& route,
                               const Route* parent) {
  if (parent == nullptr && route.continues)
    reader_.problem(node.mark, path + ".continue", "the root has no siblings");
  if (route.group_interval_ms == 0 && (parent == nullptr || parent->group_interval_ms != 0))
    reader_.problem(node.mark, path + ".group_interval", "it cannot be zero");
  if (route.repeat_interval_ms == 0 && (parent == nullptr || parent->repeat_interval_ms != 0))
    reader_.problem(node.mark, path + ".repeat_interval", "it cannot be zero");
  const bool is_own = parent == nullptr || parent->receiver != route.receiver;
  if (is_own && !route.receiver.empty() && !receiver_lines_.contains(route.receiver)) {
    reader_.problem(node.mark, path + ".receiver",
                    fmt::format("there is no receiver \"{}\"", route.receiver));
  }
}

void ConfigReader::set_group_by(std::vector<std::string> names, yaml::Mark mark, const std::string& path,
                                Route& route) {
  std::sort(names.begin(), names.end());
  const bool all = std::find(names.begin(), names.end(), "...") != names.end();
  if (all && names.size() > 1) reader_.problem(mark, path, "\"...\" means all labels, and stands alone");
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) reader_.problem(mark, path, fmt::format("\"{}\" is there twice", *twice));
  route.group_by_all = all;
  route.group_by = all ? std::vector<std::string>() : std::move(names);
}

}  // namespace weir::notify
