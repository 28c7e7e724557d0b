#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "query/engine.h"
#include "rules/evaluation/environment.h"

namespace weir::rules {

/// What rules see of an expression's answer: a vector, or a scalar as a sample without labels. `stats`,
/// unless null, becomes what the query took. Errors: those of the engine; kInvalidArgument for an answer of
/// another type.
Result<std::vector<RuleSample>> instant_vector(const query::Engine& engine,
                                               const query::QueryContext& context, const std::string& expr,
                                               TimestampMs at_ms, query::QueryStats* stats = nullptr);

}  // namespace weir::rules
