#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir {

/// The candidate nearest to `word` by edit distance, if it is near enough to be a likely typing error; else
/// empty. For messages such as `unknown key "lissten"; did you mean "listen"?`.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// "; did you mean \"x\"?" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace weir
