#pragma once

#include <string>

#include "config/loader.h"

namespace weir::config {

/// The whole configuration as YAML that `load` reads back, each key with a comment on where its value came
/// from. Secrets are redacted.
std::string print_effective(const Loaded& loaded);

/// The documented example file: every key with its help, its bounds, an example, and its default as the
/// value.
std::string print_defaults();

}  // namespace weir::config
