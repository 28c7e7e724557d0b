#pragma once

#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "base/result.h"

namespace weir::app::cli {

/// What people are told of a backtest.
struct BacktestReport {
  std::string text;
  bool whole = false;    ///< Whether all of the time was evaluated.
  bool healthy = false;  ///< Whether no rule failed.
};

/// Of the answer of `POST /api/v2/rules/backtest`: each rule with what it would have done, and each alert
/// with a line over the whole time. `name`: of the file. kInvalidArgument when it is no such answer. Pure.
Result<BacktestReport> to_backtest_report(std::string_view name, std::string_view body,
                                          const Terminal& terminal);

}  // namespace weir::app::cli
