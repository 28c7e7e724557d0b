#pragma once

#include <string>

#include "app/cli/json_part.h"

namespace weir::app::cli {

/// `metric{a="b"}` of an object of labels in a server's answer; `{}` of none.
std::string label_text(const JsonPart& labels);

}  // namespace weir::app::cli
