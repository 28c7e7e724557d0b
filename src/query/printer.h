#pragma once

#include <string>

#include "query/ast.h"

namespace weir::query {

/// The expression as text in one canonical form: parsing it yields an equal tree, and printing that the same
/// text.
std::string print(const Expr& expr);

// The parts of it that pretty.h puts lines between.

/// `sum by (job) `, all before the parenthesis.
std::string print_head(const Aggregate& aggregate);
/// `> bool on (job)`, all between the operands.
std::string print_operator(const Binary& binary);
/// `[1h:1m] offset 1h`, all behind the expression.
std::string print_suffix(const Subquery& subquery);

}  // namespace weir::query
