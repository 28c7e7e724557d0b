#include "config/loader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/suggest.h"
#include "config/expand.h"
#include "config/settings.h"
#include "config/yaml_reader.h"

namespace weir::config {
namespace {

size_t index_of(const Setting& setting) {
  return static_cast<size_t>(&setting - settings().data());
}

bool is_group(std::string_view key) {
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& s) { return s.group() == key; });
}

// What an unknown key was probably meant to be, among keys and groups.
std::string suggest(std::string_view key) {
  std::vector<std::string_view> candidates;
  for (const Setting& setting : settings()) {
    candidates.push_back(setting.key);
    candidates.push_back(setting.group());
  }
  return did_you_mean(key, candidates);
}

Status set(Loaded& loaded, const Setting& setting, std::string_view text, Origin origin) {
  RETURN_IF_ERROR(assign(setting, text, loaded.config));
  loaded.origins[index_of(setting)] = std::move(origin);
  return {};
}

Error unknown_key(std::string_view key) {
  if (is_group(key)) return invalid_argument(fmt::format("{}: expected keys below it, not a value", key));
  return invalid_argument(fmt::format("unknown key \"{}\"{}", key, suggest(key)));
}

Status apply_entry(Loaded& loaded, const FileEntry& entry, const Environment& environment,
                   const std::string& where) {
  const Setting* setting = find_setting(entry.key);
  if (setting == nullptr) return unknown_key(entry.key);
  ASSIGN_OR_RETURN(const std::string text, expand(entry.value, environment).context(entry.key));
  return set(loaded, *setting, text, {Origin::Kind::kFile, where});
}

Status apply_file(Loaded& loaded, const FileText& file, const Environment& environment) {
  if (file.text.size() > kFileBytesMax) {
    return resource_exhausted(
        fmt::format("{}: {} bytes, limit {}", file.name, file.text.size(), kFileBytesMax));
  }
  auto entries = read_yaml(file.text);
  // Here the message begins with line and column, which editors understand right after the name.
  if (!entries.ok()) return Error{entries.error().code, file.name + ":" + entries.error().message};
  for (const FileEntry& entry : *entries) {
    const std::string where = fmt::format("{}:{}:{}", file.name, entry.line, entry.column);
    RETURN_IF_ERROR(apply_entry(loaded, entry, environment, where).context(where));
  }
  return {};
}

// Only variables of known keys are looked at. Others that begin with WEIR_ are no error: Kubernetes sets
// WEIR_PORT and the like for a service named weir.
Status apply_environment(Loaded& loaded, const Environment& environment) {
  for (const Setting& setting : settings()) {
    const std::string name = variable_name(setting);
    const auto value = environment(name);
    if (!value) continue;
    RETURN_IF_ERROR(set(loaded, setting, *value, {Origin::Kind::kEnvironment, name}).context(name));
  }
  return {};
}

Status apply_flag(Loaded& loaded, const std::string& key, std::string_view value) {
  const std::string flag = "--" + key;
  const Setting* setting = find_setting(key);
  if (setting == nullptr) return invalid_argument(fmt::format("{}: unknown key{}", flag, suggest(key)));
  return set(loaded, *setting, value, {Origin::Kind::kFlag, flag}).context(flag);
}

}  // namespace

Result<Loaded> load(const Sources& sources) {
  Loaded loaded;
  loaded.origins.resize(settings().size());
  if (sources.file) RETURN_IF_ERROR(apply_file(loaded, *sources.file, sources.environment));
  if (sources.environment) RETURN_IF_ERROR(apply_environment(loaded, sources.environment));
  for (const auto& [key, value] : sources.flags) RETURN_IF_ERROR(apply_flag(loaded, key, value));
  RETURN_IF_ERROR(validate(loaded.config));
  return loaded;
}

}  // namespace weir::config
