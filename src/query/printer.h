#pragma once

#include <string>

#include "query/ast.h"

namespace weir::query {

/// The expression as text in one canonical form: parsing it yields an equal tree, and printing that the same
/// text.
std::string print(const Expr& expr);

}  // namespace weir::query
