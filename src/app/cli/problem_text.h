#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/console.h"
#include "wire/json_writer.h"
#include "yaml/problem.h"

namespace weir::app::cli {

/// `name:line:column: message`, and below it the line of `text` with a mark below the place. `kind` stands
/// before the message.
std::string problem_text(std::string_view name, std::string_view text, const yaml::Problem& problem,
                         std::string_view kind, const Terminal& terminal);

/// `"name":[{"line":...,"column":...,"message":...}]` in an object.
void problems_json(std::string_view name, const std::vector<yaml::Problem>& problems, wire::JsonWriter& json);

}  // namespace weir::app::cli
