#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/units.h"

/// Checks of options, in the library's form.
namespace weir::app::cli {

/// Accepts what `parse` gives a result for; its error is what the user reads.
template <typename Parse>
CLI::Validator accepted_by(Parse parse) {
  return CLI::Validator(
      [parse](std::string& text) {
        const auto result = parse(text);
        return result.ok() ? std::string() : result.error().message;
      },
      "");
}

inline Result<os::milliseconds> parse_positive_duration(std::string_view text) {
  auto duration = config::parse_duration(text);
  if (duration.ok() && duration->count() == 0) duration = invalid_argument("expected more than 0");
  return std::move(duration).context(fmt::format("\"{}\"", text));
}

}  // namespace weir::app::cli
