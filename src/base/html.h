#pragma once

#include <string>
#include <string_view>

namespace weir {

/// `text` as text or as a quoted attribute's value in HTML shows it: & < > " ' become references, and NUL,
/// which HTML does not have, U+FFFD.
std::string html_escaped(std::string_view text);

}  // namespace weir
