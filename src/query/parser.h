#pragma once

#include <cstddef>
#include <optional>
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
  /// Whether functions and operators may be used that Prometheus has behind a feature flag, and may change.
  bool experimental = true;
};

/// The times of a query: what `start()`, `end()`, `range()` and `step()` stand for, in expressions as in
/// durations.
struct QueryTimes {
  TimestampMs start_ms = 0;
  TimestampMs end_ms = 0;
  int64_t step_ms = 0;  ///< 0 for an instant query.
};

/// Parses and type-checks an expression of Prometheus 3. kInvalidArgument with `line:column: parse error:
/// ...`. With `times` the tree can be evaluated: numbers are in the place of `start()` and its like. Without,
/// it is there to be looked at: those stay calls, and durations that depend on them are 0.
Result<ExprPtr> parse(std::string_view text, const ParseLimits& limits,
                      const std::optional<QueryTimes>& times = std::nullopt);

/// `line:column: parse error: message`, for something wrong at `range.begin` of `text`. Columns count bytes
/// from 1.
Error parse_error(std::string_view text, TextRange range, std::string_view message);

}  // namespace weir::query
