#pragma once

#include <string>

#include "query/ast.h"

namespace weir::query {

/// The expression as print() has it, with what is longer than 100 bytes over several lines: its operands and
/// arguments have their own, two blanks further in. Parsing it yields an equal tree. The rules are those of
/// Prometheus' `/api/v1/format_query`.
std::string pretty(const Expr& expr);

}  // namespace weir::query
