#pragma once

#include "query/evaluation.h"
#include "query/functions.h"

/// The functions that evaluate their own arguments, as functions.cc lists them. Each has the form of
/// CallEvaluator.
namespace weir::query {

// functions_vector.cc
Result<Value> call_absent(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_absent_over_time(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_scalar(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_vector(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_timestamp(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_sort(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_sort_desc(Evaluation& evaluation, const Call& call, const Steps& steps);

// functions_sort.cc
Result<Value> call_sort_by_label(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_sort_by_label_desc(Evaluation& evaluation, const Call& call, const Steps& steps);

// functions_math.cc
Result<Value> call_clamp(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_clamp_min(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_clamp_max(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_round(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_min_of(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_max_of(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_pi(Evaluation& evaluation, const Call& call, const Steps& steps);
double sign(double value);
double degrees(double radians);
double radians(double degrees);

// functions_time.cc
Result<Value> call_time(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_minute(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_hour(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_day_of_week(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_day_of_month(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_day_of_year(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_days_in_month(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_month(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_year(Evaluation& evaluation, const Call& call, const Steps& steps);

// functions_label.cc
Result<Value> call_label_replace(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_label_join(Evaluation& evaluation, const Call& call, const Steps& steps);

// functions_info.cc
Result<Value> call_info(Evaluation& evaluation, const Call& call, const Steps& steps);

// functions_histogram.cc
Result<Value> call_histogram_quantile(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_histogram_fraction(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_histogram_quantiles(Evaluation& evaluation, const Call& call, const Steps& steps);

// functions_native.cc
Result<Value> call_histogram_avg(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_histogram_count(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_histogram_sum(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_histogram_stddev(Evaluation& evaluation, const Call& call, const Steps& steps);
Result<Value> call_histogram_stdvar(Evaluation& evaluation, const Call& call, const Steps& steps);

}  // namespace weir::query
