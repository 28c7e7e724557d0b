#pragma once

#include <limits>
#include <string>
#include <vector>

#include "app/cli/query_answer.h"

/// A series in a few numbers. Pure.
namespace weir::app::cli {

/// The number that a curve is drawn of: of a histogram, its observations. NaN for what is none.
double number_of(const AnswerPoint& point);

/// Six digits: columns of a table are compared, not copied. Infinities as PromQL writes them.
std::string short_number(double value);

/// The texts of the smallest, mean, largest and last value of a series, which has points; NaN is left out
/// where there is another value.
std::vector<std::string> summary_cells(const AnswerSeries& series);

}  // namespace weir::app::cli
