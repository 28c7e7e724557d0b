#include <cstdlib>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "config/print.h"
#include "os/files.h"

namespace weir::app::cli {
namespace {

std::optional<std::string> read_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::optional<config::FileText>> read_config_file(const std::string& path) {
  if (path.empty()) return std::optional<config::FileText>();
  ASSIGN_OR_RETURN(std::string text, os::read_file(os::posix_files(), path, config::kFileBytesMax));
  return std::optional<config::FileText>({path, std::move(text)});
}

}  // namespace

Result<config::Loaded> load_config(const ConfigSource& source) {
  ASSIGN_OR_RETURN(auto file, read_config_file(source.path));
  return config::load({.file = std::move(file), .environment = read_variable, .flags = source.settings});
}

int run_config_check(const ConfigCheckCommand& command, Console& console) {
  auto file = read_config_file(command.path);
  if (!file.ok()) return fail(console, "config check", file.error().message, kExitUsage);
  // The file alone, but for the variables that it refers to: what the server's environment adds is not known
  // here.
  const auto refer_only = [](const std::string& name) {
    return name.starts_with("WEIR_") ? std::nullopt : read_variable(name);
  };
  const auto loaded = config::load({.file = std::move(*file), .environment = refer_only, .flags = {}});
  if (!loaded.ok()) return fail(console, "config check", loaded.error().message, kExitUsage);
  console.out << command.path << ": good\n";
  return kExitOk;
}

int run_config_print(const ConfigPrintCommand& command, Console& console) {
  if (command.defaults) {
    console.out << config::print_defaults();
    return kExitOk;
  }
  const auto loaded = load_config(command.source);
  if (!loaded.ok()) return fail(console, "config print", loaded.error().message, kExitUsage);
  console.out << config::print_effective(*loaded);
  return kExitOk;
}

}  // namespace weir::app::cli
