#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "query/viewed_selectors.h"

namespace weir::app {

/// Views of what an expression selects, for a store that `engine` reads through them. Null where there are no
/// views, or not of this expression.
inline std::unique_ptr<store::SelectorViews::Hold> hold_views(store::SelectorViews* views,
                                                              const query::Engine& engine, TenantId tenant,
                                                              std::string_view expr,
                                                              store::SelectorViews::OnChange on_change = {}) {
  if (views == nullptr) return nullptr;
  auto selectors = query::viewed_selectors(engine, expr);
  return selectors.ok() ? views->hold(tenant, *std::move(selectors), std::move(on_change)) : nullptr;
}

}  // namespace weir::app
