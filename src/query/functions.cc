#include "query/functions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/container/flat_hash_map.h"
#include "query/function_list.h"
#include "query/range_histograms.h"

namespace weir::query {
namespace {

constexpr ValueType kScalar = ValueType::kScalar;
constexpr ValueType kVector = ValueType::kVector;
constexpr ValueType kMatrix = ValueType::kMatrix;
constexpr ValueType kString = ValueType::kString;
using Reduction = store::WindowReduction::Kind;

Function math(std::string_view name, MathKernel kernel) {
  return {name, {kVector}, 0, kVector, kernel};
}

using Run = double (*)(const Window&);

Function over_range(std::string_view name, Run run, HistogramKernel histograms = nullptr) {
  return {name, {kMatrix}, 0, kVector, RangeKernel{run, false, false, std::nullopt, histograms}};
}

Function counter(std::string_view name, Run run, HistogramKernel histograms) {
  return {name, {kMatrix}, 0, kVector, RangeKernel{run, false, true, Reduction::kCounter, histograms}};
}

Function keeping_name(std::string_view name, Run run, HistogramKernel histograms) {
  return {name, {kMatrix}, 0, kVector, RangeKernel{run, true, false, Reduction::kSpan, histograms}};
}

Function reduced(std::string_view name, Run run, Reduction reduction, HistogramKernel histograms = nullptr) {
  return {name, {kMatrix}, 0, kVector, RangeKernel{run, false, false, reduction, histograms}};
}

Function of_histograms(std::string_view name, CallEvaluator evaluator) {
  return {name, {kVector}, 0, kVector, evaluator};
}

Function of_time(std::string_view name, CallEvaluator evaluator) {
  return {name, {kVector}, 1, kVector, evaluator};
}

// For a query, the parser puts a number in the place of its calls: Syntax::time_of_query.
Function of_query(std::string_view name) {
  return {name, {}, 0, kScalar, std::monostate()};
}

Function missing(std::string_view name, std::vector<ValueType> args, ValueType result, int variadic = 0) {
  return {name, std::move(args), variadic, result, std::monostate()};
}

// One row for each function of Prometheus 3.
std::vector<Function> table() {
  return {
      // functions of single values
      math("abs", std::fabs),
      math("ceil", std::ceil),
      math("floor", std::floor),
      math("exp", std::exp),
      math("sqrt", std::sqrt),
      math("ln", std::log),
      math("log2", std::log2),
      math("log10", std::log10),
      math("sin", std::sin),
      math("cos", std::cos),
      math("tan", std::tan),
      math("asin", std::asin),
      math("acos", std::acos),
      math("atan", std::atan),
      math("sinh", std::sinh),
      math("cosh", std::cosh),
      math("tanh", std::tanh),
      math("asinh", std::asinh),
      math("acosh", std::acosh),
      math("atanh", std::atanh),
      math("rad", radians),
      math("deg", degrees),
      math("sgn", sign),
      {"clamp", {kVector, kScalar, kScalar}, 0, kVector, &call_clamp},
      {"clamp_min", {kVector, kScalar}, 0, kVector, &call_clamp_min},
      {"clamp_max", {kVector, kScalar}, 0, kVector, &call_clamp_max},
      {"round", {kVector, kScalar}, 1, kVector, &call_round},
      {"pi", {}, 0, kScalar, &call_pi},
      {"min_of", {kScalar, kScalar}, 0, kScalar, &call_min_of},
      {"max_of", {kScalar, kScalar}, 0, kScalar, &call_max_of},

      // counters and gauges over a range
      counter("rate", rate, histograms_rate),
      counter("increase", increase, histograms_increase),
      counter("resets", resets, histograms_resets),
      reduced("delta", delta, Reduction::kSpan, histograms_delta),
      over_range("irate", irate, histograms_irate),
      over_range("idelta", idelta, histograms_idelta),
      over_range("changes", changes, histograms_changes),
      over_range("deriv", deriv),
      {"predict_linear", {kMatrix, kScalar}, 0, kVector, RangeKernel{predict_linear}},
      {"double_exponential_smoothing",
       {kMatrix, kScalar, kScalar},
       0,
       kVector,
       RangeKernel{double_exponential_smoothing}},

      // aggregation over a range
      reduced("avg_over_time", avg_over_time, Reduction::kSum, histograms_avg),
      reduced("sum_over_time", sum_over_time, Reduction::kSum, histograms_sum),
      reduced("min_over_time", min_over_time, Reduction::kMin),
      reduced("max_over_time", max_over_time, Reduction::kMax),
      reduced("count_over_time", count_over_time, Reduction::kSpan, histograms_count),
      reduced("present_over_time", present_over_time, Reduction::kSpan, histograms_present),
      over_range("stddev_over_time", stddev_over_time),
      over_range("stdvar_over_time", stdvar_over_time),
      over_range("mad_over_time", mad_over_time),
      {"integral", {kMatrix, kScalar}, 1, kVector, RangeKernel{integral}},
      keeping_name("first_over_time", first_over_time, histograms_first),
      keeping_name("last_over_time", last_over_time, histograms_last),
      reduced("ts_of_first_over_time", ts_of_first_over_time, Reduction::kSpan, histograms_first_time),
      reduced("ts_of_last_over_time", ts_of_last_over_time, Reduction::kSpan, histograms_last_time),
      reduced("lag", lag, Reduction::kSpan, histograms_lag),
      over_range("ts_of_min_over_time", ts_of_min_over_time),
      over_range("ts_of_max_over_time", ts_of_max_over_time),
      {"quantile_over_time", {kScalar, kMatrix}, 0, kVector, RangeKernel{quantile_over_time}},
      {"absent_over_time", {kMatrix}, 0, kVector, &call_absent_over_time},

      // vectors, scalars, order
      {"absent", {kVector}, 0, kVector, &call_absent},
      {"scalar", {kVector}, 0, kScalar, &call_scalar},
      {"vector", {kScalar}, 0, kVector, &call_vector},
      {"timestamp", {kVector}, 0, kVector, &call_timestamp},
      {"sort", {kVector}, 0, kVector, &call_sort},
      {"sort_desc", {kVector}, 0, kVector, &call_sort_desc},
      {"sort_by_label", {kVector, kString}, -1, kVector, &call_sort_by_label},
      {"sort_by_label_desc", {kVector, kString}, -1, kVector, &call_sort_by_label_desc},

      // time
      {"time", {}, 0, kScalar, &call_time},
      of_time("minute", &call_minute),
      of_time("hour", &call_hour),
      of_time("day_of_week", &call_day_of_week),
      of_time("day_of_month", &call_day_of_month),
      of_time("day_of_year", &call_day_of_year),
      of_time("days_in_month", &call_days_in_month),
      of_time("month", &call_month),
      of_time("year", &call_year),
      of_query("start"),
      of_query("end"),
      of_query("range"),
      of_query("step"),

      // labels
      {"label_replace", {kVector, kString, kString, kString, kString}, 0, kVector, &call_label_replace},
      {"label_join", {kVector, kString, kString, kString}, -1, kVector, &call_label_join},

      {"info", {kVector, kVector}, 1, kVector, &call_info},

      // histograms
      {"histogram_quantile", {kScalar, kVector}, 0, kVector, &call_histogram_quantile},
      {"histogram_fraction", {kScalar, kScalar, kVector}, 0, kVector, &call_histogram_fraction},
      {"histogram_quantiles", {kVector, kString, kScalar, kScalar}, 9, kVector, &call_histogram_quantiles},
      of_histograms("histogram_avg", &call_histogram_avg),
      of_histograms("histogram_count", &call_histogram_count),
      of_histograms("histogram_sum", &call_histogram_sum),
      of_histograms("histogram_stddev", &call_histogram_stddev),
      of_histograms("histogram_stdvar", &call_histogram_stdvar),

      // known, so that a query that uses one is told which
      missing("start_timestamp", {kVector}, kVector),
  };
}

const std::vector<Function>& functions() {
  static const std::vector<Function> all = table();
  return all;
}

}  // namespace

std::span<const Function> all_functions() {
  return functions();
}

const Function* find_function(std::string_view name) {
  static const auto index = [] {
    absl::flat_hash_map<std::string_view, const Function*> by_name;
    for (const Function& function : functions()) by_name.emplace(function.name, &function);
    return by_name;
  }();
  const auto at = index.find(name);
  return at == index.end() ? nullptr : at->second;
}

bool is_experimental(std::string_view function) {
  constexpr std::array<std::string_view, 18> kNames = {"double_exponential_smoothing",
                                                       "end",
                                                       "histogram_quantiles",
                                                       "info",
                                                       "integral",
                                                       "lag",
                                                       "mad_over_time",
                                                       "max_of",
                                                       "min_of",
                                                       "range",
                                                       "sort_by_label",
                                                       "sort_by_label_desc",
                                                       "start",
                                                       "step",
                                                       "ts_of_first_over_time",
                                                       "ts_of_last_over_time",
                                                       "ts_of_max_over_time",
                                                       "ts_of_min_over_time"};
  return std::find(kNames.begin(), kNames.end(), function) != kNames.end();
}

}  // namespace weir::query
