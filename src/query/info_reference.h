#pragma once

#include "query/evaluation.h"

namespace weir::query {

/// When `info` looks for the info series of what `expr` yields: where all selectors of `expr` look alike, as
/// they do; else at the time of the step.
TimeShift info_reference(const Evaluation& evaluation, const Expr& expr);

}  // namespace weir::query
