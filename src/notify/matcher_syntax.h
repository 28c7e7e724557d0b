#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/matcher.h"

namespace weir::notify {

/// Reads matchers as Alertmanager writes them: `severity=~"page|ticket"`, or several: `{a="b", c!=d}`; names
/// and values may stand without quotes. As there, a text that the syntax before UTF-8 knows means what it
/// meant then, and else the newer one is tried, in which names may be quoted and hold any character.
/// Errors: kInvalidArgument, saying what is expected where.
Result<std::vector<Matcher>> parse_matchers(std::string_view text);

/// `{a="b",c=~"d"}` in the order given: how group keys write matchers.
std::string matchers_text(const std::vector<Matcher>& matchers);

/// In Alertmanager's order: by name, value and operator.
void sort_matchers(std::vector<Matcher>& matchers);

}  // namespace weir::notify
