#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "query/ast.h"
#include "query/value.h"
#include "store/store.h"

namespace weir::query {

class Evaluation;
class Notes;
struct HistogramWindow;
struct Window;

/// A function of each value of a vector on its own. The metric name is dropped.
using MathKernel = double (*)(double value);

/// A function of a window in which there are histograms; range_histograms.h.
using HistogramKernel = Point (*)(const HistogramWindow& window, Notes& notes);

/// A function of the samples in one window of one series; absent for no result.
struct RangeKernel {
  double (*run)(const Window& window);
  bool keeps_name = false;    ///< The result is still a value of the metric: `last_over_time`.
  bool wants_resets = false;  ///< Fill `Window::resets`.
  /// The kernel looks at no more of its window than this, so the store may read less.
  std::optional<store::WindowReduction::Kind> reduction = std::nullopt;
  /// Null for a function of doubles alone, to which histograms are not there.
  HistogramKernel histograms = nullptr;
};

/// Any other function: evaluates its arguments itself, over all steps.
using CallEvaluator = Result<Value> (*)(Evaluation& evaluation, const Call& call, const Steps& steps);

/// One PromQL function: how it may be called, and what it does.
struct Function {
  std::string_view name;
  std::vector<ValueType> args;
  int variadic =
      0;  ///< How often the last argument may be left out (counted) or repeated; -1: without bound.
  ValueType result = ValueType::kVector;
  std::variant<std::monostate, MathKernel, RangeKernel, CallEvaluator>
      run;  ///< monostate: known, but not here yet, or a number once parsed (`start()`).
};

/// Null when PromQL has no such function.
const Function* find_function(std::string_view name);
std::span<const Function> all_functions();
/// Whether Prometheus has the function behind its flag promql-experimental-functions.
bool is_experimental(std::string_view function);

}  // namespace weir::query
