#pragma once

#include <string>

#include "app/cli/command_tree.h"

/// Completion scripts for a command tree. Pure. The scripts need nothing but the shell itself.
namespace weir::app::cli {

std::string bash_completion(const CommandTree& tree);
std::string zsh_completion(const CommandTree& tree);
std::string fish_completion(const CommandTree& tree);

}  // namespace weir::app::cli
