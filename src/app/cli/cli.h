#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/loader.h"

namespace weir::app::cli {

/// What the command line starts but does not implement itself.
struct Commands {
  /// `weir serve`: runs the server until it is asked to stop and returns the exit code. Gets the complete
  /// configuration with the origin of each value.
  std::function<int(const config::Loaded& loaded)> serve;
  /// `weir migrate`: returns what was done to the databases, a line each.
  std::function<Result<std::vector<std::string>>(const config::Config& config)> migrate;
};

/// Exit codes of `weir`, the same for every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed =
    1;                                ///< The operation failed: server away, query refused, samples rejected.
inline constexpr int kExitUsage = 2;  ///< The command line or the configuration is wrong.

/// Parses the command line, runs the command it names and returns the exit code. Answers go to standard
/// output, everything else to standard error. Call once, from `main`.
int run_cli(int argc, char** argv, const Commands& commands);

}  // namespace weir::app::cli
