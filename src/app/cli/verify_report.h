#pragma once

#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "app/offline/verify.h"

/// What a check of a data directory has found, as text. Pure.
namespace weir::app::cli {

/// For people: a table of the parts, then each damage with what to do. `data` is the directory, for the
/// command to type next.
std::string verify_text(const offline::DataReport& report, std::string_view data, const Terminal& terminal);

/// One JSON object, without a line feed.
std::string verify_json(const offline::DataReport& report);

}  // namespace weir::app::cli
