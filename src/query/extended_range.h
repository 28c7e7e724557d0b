#pragma once

#include "query/evaluation.h"

/// Selectors that are `anchored` or `smoothed`: their windows have values at both edges, taken from samples
/// that lie beyond them by no more than the lookback.
namespace weir::query {

/// Of a selector of a range; kPlain for anything else.
Edges edges_of(const Expr& range);

/// Calls `changes`, `delta`, `increase`, `rate` or `resets` of `arg`, which is not plain. kFailedPrecondition
/// for other functions.
Result<Value> evaluate_extended_range(Evaluation& evaluation, const Call& call, const Expr& arg,
                                      const Steps& steps);

/// Visits each series of `arg`, which is not plain, at the one step: a sample at each edge, and between them
/// those inside.
Status visit_extended_range(Evaluation& evaluation, const Expr& arg, const Steps& steps,
                            Evaluation::SeriesVisitor visit);

/// `selector smoothed`: at each step what lies on the line between the samples around it, or the sample
/// before it where none is behind. `about` is the selector, for notes.
Result<Value> smoothed_vector(Evaluation& evaluation, const Expr& about, const VectorSelector& selector,
                              const Steps& steps);

}  // namespace weir::query
