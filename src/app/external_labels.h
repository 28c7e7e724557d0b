#pragma once

#include <string_view>

#include "base/result.h"
#include "rules/rule_file.h"

namespace weir::app {

/// `region=eu, replica=a`: what tells the alerts of this installation from those of others. Empty for an
/// empty text. kInvalidArgument for what is no label, and for a name that is there twice.
Result<rules::TextMap> parse_external_labels(std::string_view text);

}  // namespace weir::app
