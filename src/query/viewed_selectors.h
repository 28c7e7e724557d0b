#pragma once

#include <string_view>
#include <vector>

#include "query/engine.h"
#include "store/views/selector_views.h"

namespace weir::query {

/// The selectors of an expression that is evaluated at times that move forward, each with how far back from
/// those it is read: what `store::SelectorViews::hold` wants. Empty where one of them does not move with the
/// time, or looks ahead of it (`@`, negative offsets), and where there are none. Errors: those of `parse`.
Result<std::vector<store::ViewedSelector>> viewed_selectors(const Engine& engine, std::string_view text);

}  // namespace weir::query
