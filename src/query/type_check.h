#pragma once

#include <string_view>

#include "base/result.h"
#include "query/ast.h"

namespace weir::query {

/// Checks that every node has operands of the types that it takes, with Prometheus' messages; `text` is what
/// was parsed.
Status type_check(const Expr& expr, std::string_view text);

}  // namespace weir::query
