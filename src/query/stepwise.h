#pragma once

#include "query/ast.h"

namespace weir::query {

/// Whether the answer of a range query at each of its steps is the same whichever further steps are asked
/// for, so that answers to parts of a range can be put together to the answer to the whole. Pure.
///
/// What stands against it: `start()`, `end()` and `range()`, also behind `@` and in durations; `info`, which
/// looks around; and a range function over series whose labels without the metric's name may be the same,
/// since then two series are refused in one range that never meet at one step.
bool is_stepwise(const Expr& expr);

}  // namespace weir::query
