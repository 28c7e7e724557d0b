#pragma once

#include <cstddef>
#include <string_view>

#include "yaml/document.h"

namespace weir::yaml {

/// Where in `text` the byte `offset` of a scalar's value stands: its lines and indentation are followed in
/// plain, quoted and block style. The beginning of the scalar where that cannot be told, as behind most
/// escapes. `text` is what the scalar was parsed from; `offset` may be the end of the value.
Mark position_in(std::string_view text, const Node& scalar, size_t offset);

}  // namespace weir::yaml
