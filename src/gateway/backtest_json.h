#pragma once

#include <string>

#include "rules/backtest/outcome.h"

namespace weir::gateway {

/// What rules would have done; docs/rules.md has the fields.
std::string backtest_json(const rules::backtest::Outcome& outcome);

}  // namespace weir::gateway
