#pragma once

#include "absl/functional/function_ref.h"
#include "model/time_range.h"
#include "query/ast.h"
#include "query/engine.h"

namespace weir::query {

/// The hull of all times that evaluating an expression may ask the store for: with lookback, ranges, offsets
/// of either sign, `@`, and what subqueries add, however deep. Empty for an expression that reads no data,
/// such as `time()`. Never begins before time 0, as there is nothing. Pure.
/// - `range`: the steps; an instant query has its time as the first and the last.
/// An evaluation reads inside the hull only (data_range_test.cc holds both to that), but need not read all of
/// it.
TimeRange data_range(const Expr& expr, const Engine::Range& range, const EngineOptions& options);

/// The same of each selector by itself: calls `visit` with it and with the times that it may ask for.
using SelectorVisitor = absl::FunctionRef<void(const Expr& selector, const TimeRange& range)>;
void selector_ranges(const Expr& expr, const Engine::Range& range, const EngineOptions& options,
                     SelectorVisitor visit);

}  // namespace weir::query
