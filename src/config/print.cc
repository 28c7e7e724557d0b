#include "config/print.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/expand.h"
#include "config/settings.h"

namespace weir::config {
namespace {

constexpr size_t kLineWidth = 100;

bool is_plain(std::string_view text) {
  const auto is_safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/:,").find(c) != std::string_view::npos;
  };
  // YAML would take "on" and "123" for what they are here too, but ": " and a leading "-" have a meaning of
  // their own.
  return !text.empty() && text.front() != '-' && text.front() != ':' && text.front() != ',' &&
         text.back() != ':' && text != "null" && text != "Null" && text != "NULL" &&
         std::all_of(text.begin(), text.end(), is_safe);
}

// A YAML scalar that reads back as `text`.
std::string to_yaml(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : escape(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string origin_text(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::kDefault:
      return "default";
    case Origin::Kind::kFile:
      return origin.detail;
    case Origin::Kind::kEnvironment:
      return "environment " + origin.detail;
    case Origin::Kind::kFlag:
      return "flag " + origin.detail;
  }
  return "";
}

// Appends `text` as comment lines of at most kLineWidth, broken at spaces.
void append_comment(std::string& out, std::string_view indent, std::string_view text) {
  const size_t width = kLineWidth - indent.size() - 2;
  while (!text.empty()) {
    size_t end = text.size();
    if (end > width) end = std::min(text.rfind(' ', width), end);
    out += fmt::format("{}# {}\n", indent, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// "listen: 127.0.0.1:8080" for each setting, with the line of its group before the first of a group.
template <typename AppendSetting>
std::string by_group(AppendSetting&& append_setting) {
  std::string out;
  std::string_view group;
  for (const Setting& setting : settings()) {
    if (setting.group() != group) {
      group = setting.group();
      out += fmt::format("{}{}:\n", out.empty() ? "" : "\n", group);
    }
    append_setting(out, setting);
  }
  return out;
}

}  // namespace

std::string print_effective(const Loaded& loaded) {
  return by_group([&](std::string& out, const Setting& setting) {
    const Origin& origin = loaded.origins[static_cast<size_t>(&setting - settings().data())];
    const std::string value = to_yaml(show_redacted(setting, loaded.config));
    out += fmt::format("  {:<48}  # {}\n", fmt::format("{}: {}", setting.name(), value), origin_text(origin));
  });
}

std::string print_defaults() {
  const Config defaults;
  std::string head;
  append_comment(head, "",
                 "Configuration of Weir. Every value here is the default, so a file needs only the keys that "
                 "differ. Each key "
                 "is also a variable of the environment (WEIR_SERVER_LISTEN) and a flag (--server.listen); a "
                 "flag wins over "
                 "a variable, and a variable over this file. ${NAME} and ${NAME:-default} in a value are "
                 "replaced from the "
                 "environment.");
  return head + "\n" + by_group([&](std::string& out, const Setting& setting) {
           append_comment(out, "  ", setting.help);
           append_comment(out, "  ",
                          fmt::format("({}; example: {})", describe_values(setting), setting.example));
           out += fmt::format("  {}: {}\n", setting.name(), to_yaml(show(setting, defaults)));
         });
}

}  // namespace weir::config
