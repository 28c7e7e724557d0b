#include "gateway/remote_write_type.h"

#include <algorithm>
#include <string>

#include "net/ascii.h"

namespace weir::gateway {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view take_token(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), net::is_token_char);
  const std::string_view token(rest.begin(), end);
  rest.remove_prefix(token.size());
  return token;
}

/// What is between the quotes, without backslashes that escape; nothing when no quote ends it.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string text;
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return text;
    }
    if (rest[i] == '\\' && ++i == rest.size()) break;
    text.push_back(rest[i]);
  }
  return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& rest) {
  if (rest.starts_with('"')) return take_quoted(rest);
  const std::string_view token = take_token(rest);
  return token.empty() ? std::nullopt : std::optional<std::string>(token);
}

void skip_blanks(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
}

std::optional<RemoteWriteVersion> version_of(std::string_view message) {
  if (message == "prometheus.WriteRequest") return RemoteWriteVersion::k1;
  if (message == "io.prometheus.write.v2.Request") return RemoteWriteVersion::k2;
  return std::nullopt;
}

}  // namespace

std::optional<RemoteWriteVersion> remote_write_version(std::string_view content_type) {
  std::string_view rest = net::trim(content_type);
  if (rest.empty()) return RemoteWriteVersion::k1;
  const std::string_view type = net::trim(rest.substr(0, rest.find(';')));
  if (!net::equals_ignore_case(type, "application/x-protobuf")) return std::nullopt;
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));

  std::optional<RemoteWriteVersion> version;
  while (!rest.empty()) {
    if (rest.front() != ';') return std::nullopt;
    rest.remove_prefix(1);
    skip_blanks(rest);
    const std::string_view name = take_token(rest);
    if (name.empty()) continue;  // nothing between two semicolons, or behind the last
    if (!rest.starts_with('=')) return std::nullopt;
    rest.remove_prefix(1);
    const std::optional<std::string> value = take_value(rest);
    if (!value) return std::nullopt;
    skip_blanks(rest);
    if (!net::equals_ignore_case(name, "proto")) continue;
    const std::optional<RemoteWriteVersion> named = version_of(*value);
    if (!named || (version && version != named)) return std::nullopt;
    version = named;
  }
  return version.value_or(RemoteWriteVersion::k1);
}

}  // namespace weir::gateway
