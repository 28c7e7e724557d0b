#pragma once

#include <string_view>

namespace weir::os {

/// Prepares the process for a controlled stop: SIGINT and SIGTERM wait for `wait_for_stop`, SIGPIPE is
/// ignored (writes to a closed socket fail instead). Call in `main` before any thread starts, as threads
/// inherit it.
void hold_stop_signals();

/// Waits for SIGINT or SIGTERM and returns its name. From then on a second one ends the process at once, so
/// that a user can interrupt a stop that takes too long.
std::string_view wait_for_stop();

/// True when standard error, or standard output, is a terminal.
bool stderr_is_terminal();
bool stdout_is_terminal();

}  // namespace weir::os
