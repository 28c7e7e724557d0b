#pragma once

#include <string>
#include <string_view>

namespace weir::gateway {

/// The name that stands in a path as `U__lieu_20_exact`, as clients of Prometheus write names that are not of
/// letters, digits and underscores: `__` is an underscore, `_20_` the character of that hexadecimal number.
/// Any other text is a name as it stands.
std::string unescaped_name(std::string_view text);

}  // namespace weir::gateway
