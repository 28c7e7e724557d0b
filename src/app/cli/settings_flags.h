#pragma once

#include "app/cli/command_line.h"

namespace CLI {
class App;
}

namespace weir::app::cli {

/// Adds `--config FILE` and one flag for each key of the configuration, with the fixed short names `--data`,
/// `--listen`,
/// `--role` and `--collect`. Help shows only those with a short name. `source` outlives the parse.
void add_config_flags(CLI::App& command, ConfigSource& source);

}  // namespace weir::app::cli
