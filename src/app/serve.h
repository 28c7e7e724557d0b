#pragma once

#include "config/loader.h"

namespace weir::app {

/// `weir serve`: runs a server until SIGINT or SIGTERM. Returns the process's exit code.
int serve(const config::Loaded& loaded, std::string_view program);

/// `weir migrate`: brings the schemas of the database engines up to date; returns what was done, a line each.
Result<std::vector<std::string>> migrate(const config::Config& config);

}  // namespace weir::app
