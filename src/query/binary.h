#pragma once

#include <span>

#include "query/evaluation.h"

namespace weir::query {

/// `expr` is the whole of `binary`, which notes are about.
Result<Value> evaluate_binary(Evaluation& evaluation, const Expr& expr, const Binary& binary,
                              const Steps& steps);

/// `left op right` value by value, absent where either is absent. A comparison keeps the left value where it
/// holds and is absent elsewhere; with `as_bool` it is 1 or 0. Two doubles cannot be trimmed: absent. `op` is
/// no set operator. All three have one length; `out` may be an input.
void combine(BinaryOp op, bool as_bool, std::span<const double> left, std::span<const double> right,
             std::span<double> out);

/// Arithmetic and comparison between two vectors; vector_matching.cc.
Result<Vector> match_vectors(Evaluation& evaluation, const Expr& expr, const Binary& binary,
                             const Vector& left, const Vector& right, const Steps& steps);

/// Adds to each side a series of the fill value for each match group that only the other side has; to the
/// "many" side also where none of its series can be joined with the other's. fill.cc.
Status fill_missing(Evaluation& evaluation, const Binary& binary, Vector& left, Vector& right,
                    const Steps& steps);

/// `and`, `or`, `unless`; set_operators.cc.
Result<Vector> combine_sets(Evaluation& evaluation, const Binary& binary, Vector left, Vector right,
                            const Steps& steps);

/// Whether the result is another thing than the operands' metric, so that its name goes.
bool drops_metric(const Binary& binary);

}  // namespace weir::query
