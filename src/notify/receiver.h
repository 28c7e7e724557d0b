#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "notify/alert.h"
#include "notify/secret.h"

namespace weir::notify {

/// How a receiver's server is to be told who is calling: at most one of the two.
struct HttpConfig {
  std::string username;  ///< Basic authentication, when not empty.
  Secret password;
  std::string credentials_type = "Bearer";  ///< First word of `Authorization`.
  Secret credentials;                       ///< What stands behind it, when not empty.

  bool operator==(const HttpConfig&) const = default;
};

/// Alertmanager's `webhook_configs`.
struct WebhookConfig {
  Secret url;
  HttpConfig http;
  int64_t max_alerts = 0;  ///< Of one message; 0: all.
  int64_t timeout_ms = 0;  ///< 0: the server's.
};

/// Alertmanager's `slack_configs`. Texts that are empty are what Alertmanager's default templates make.
struct SlackConfig {
  Secret api_url;
  HttpConfig http;
  std::string channel;
  std::string username;
  std::string icon_emoji;
  std::string icon_url;
  bool link_names = false;
  std::string color;
  std::string title;
  std::string title_link;
  std::string pretext;
  std::string text;
  std::string fallback;
  std::string footer;
};

/// Alertmanager's `email_configs`.
struct EmailConfig {
  std::string to;  ///< One or more addresses, separated by commas.
  std::string from;
  std::string smarthost;  ///< HOST:PORT.
  std::string hello = "localhost";
  std::string auth_username;
  Secret auth_password;
  std::string auth_identity;
  bool require_tls = true;
  TextMap headers;  ///< `Subject` among them takes the place of the default one.
};

/// One way of telling a receiver.
struct Integration {
  size_t index = 0;  ///< Among those of its kind.
  bool send_resolved = true;
  std::variant<WebhookConfig, SlackConfig, EmailConfig> config;

  /// "webhook", "slack" or "email".
  std::string_view kind() const;
  /// "webhook[0]".
  std::string name() const;
};

struct Receiver {
  std::string name;
  std::vector<Integration> integrations;  ///< May be empty: alerts that nobody is told of.
};

}  // namespace weir::notify
