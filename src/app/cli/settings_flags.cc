#include "app/cli/settings_flags.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "config/settings.h"

namespace weir::app::cli {
namespace {

struct ShortName {
  std::string_view key;
  std::string_view flag;
};
constexpr ShortName kShortNames[] = {
    {"storage.path", "--data"},
    {"server.listen", "--listen"},
    {"server.roles", "--role"},
    {"collect.enabled", "--collect"},
};

std::string_view short_name(std::string_view key) {
  for (const ShortName& name : kShortNames) {
    if (name.key == key) return name.flag;
  }
  return {};
}

// What help calls the value; choices are separated by bars, which completion reads as well.
std::string value_name(const config::Setting& setting) {
  switch (setting.kind) {
    case config::Kind::kText:
      return setting.key == "storage.path" ? "DIR" : "TEXT";
    case config::Kind::kAddress:
      return "HOST:PORT";
    case config::Kind::kCount:
      return "NUMBER";
    case config::Kind::kSize:
      return "SIZE";
    case config::Kind::kDuration:
      return "DURATION";
    case config::Kind::kSwitch:
      return "on|off";
    case config::Kind::kChoice:
      return fmt::format("{}", fmt::join(setting.choices, "|"));
    case config::Kind::kRoles:
      return "ROLE,...";
    case config::Kind::kAddresses:
      return "HOST:PORT,...";
    case config::Kind::kDurations:
      return "NAME=DURATION,...";
  }
  return "TEXT";
}

}  // namespace

void add_config_flags(CLI::App& command, ConfigSource& source) {
  command.add_option("--config", source.path, "Configuration file")
      ->type_name("FILE")
      ->envname("WEIR_CONFIG");
  for (const config::Setting& setting : config::settings()) {
    const std::string key(setting.key);
    const std::string_view alias = short_name(key);
    const std::string names = alias.empty() ? "--" + key : fmt::format("{},--{}", alias, key);
    const auto keep = [&source, key](const std::string& text) { source.settings.emplace_back(key, text); };
    CLI::Option* option = command.add_option_function<std::string>(names, keep, std::string(setting.help));
    option->type_name(value_name(setting))->take_last();
    if (alias.empty()) option->group("");  // the library hides what belongs to no group
  }
}

}  // namespace weir::app::cli
