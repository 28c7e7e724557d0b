#pragma once

#include "config/loader.h"

namespace weir::app {

/// `weir serve`: runs a server until SIGINT or SIGTERM. Returns the process's exit code.
int serve(const config::Loaded& loaded, std::string_view program);

}  // namespace weir::app
