#pragma once

#include <string>
#include <vector>

namespace weir::app::cli {

/// What can follow a flag, or stand as an argument of a command.
struct ValueSpec {
  bool takes_value = false;
  bool is_path = false;
  std::vector<std::string> choices;  ///< All values there are; empty when there are too many to name.
};

struct FlagSpec {
  std::vector<std::string> names;  ///< With their dashes: "-o", "--output".
  std::string help;                ///< One line.
  ValueSpec value;
};

/// A command with its flags and sub-commands. A plain description, free of the library that parses.
struct CommandTree {
  std::string name;
  std::string help;  ///< One line.
  std::vector<FlagSpec> flags;
  ValueSpec argument;
  std::vector<CommandTree> commands;
};

/// Calls `visit(path, command)` for `tree` and all commands below it; `path` is "" for the root, then
/// "/config/check".
template <typename Visit>
void for_each_command(const CommandTree& tree, const std::string& path, Visit&& visit) {
  visit(path, tree);
  for (const CommandTree& sub : tree.commands) for_each_command(sub, path + "/" + sub.name, visit);
}

}  // namespace weir::app::cli
