#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/ast.h"

namespace weir::query {

/// What a query's text may cost. A text beyond them fails with kResourceExhausted.
struct ParseLimits {
  size_t text_bytes_max = 16 * 1024;
  size_t depth_max = 64;  ///< Parentheses, calls, aggregations, signs and powers inside one another.
  /// Also bounds the depth of chains such as `a + b + c`, which do not count as nesting.
  size_t nodes_max = 1'000;
};

/// Parses and type-checks an expression of Prometheus 3. kInvalidArgument with `line:column: parse error:
/// ...`.
Result<ExprPtr> parse(std::string_view text, const ParseLimits& limits);

/// `line:column: parse error: message`, for something wrong at `range.begin` of `text`. Columns count bytes
/// from 1.
Error parse_error(std::string_view text, TextRange range, std::string_view message);

}  // namespace weir::query
