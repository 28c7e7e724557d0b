#pragma once

#include <string>

#include "query/ast.h"

namespace weir::gateway {

/// The tree of an expression, as Prometheus' `/api/v1/parse_query` has it: an object a node, whose `type`
/// says which further fields it has. Times and durations are milliseconds; of durations with arithmetic the
/// result is told, and not their tree.
std::string expression_json(const query::Expr& expr);

}  // namespace weir::gateway
