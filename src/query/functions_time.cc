#include <chrono>
#include <cmath>

#include "query/function_list.h"
#include "query/label_sets.h"

namespace weir::query {
namespace {

constexpr double kSecondsMax = 1e11;  // the year 5138; the calendar of the standard library ends at 32767

// One field of the calendar, in UTC.
using Field = double (*)(std::chrono::sys_seconds time);

std::chrono::year_month_day date(std::chrono::sys_seconds time) {
  return std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time));
}

std::chrono::hh_mm_ss<std::chrono::seconds> time_of_day(std::chrono::sys_seconds time) {
  return std::chrono::hh_mm_ss(time - std::chrono::floor<std::chrono::days>(time));
}

double apply(Field field, double seconds) {
  if (!(std::fabs(seconds) <= kSecondsMax)) return std::nan("");
  return field(std::chrono::sys_seconds(std::chrono::seconds(static_cast<int64_t>(seconds))));
}

Result<Value> field_of_time(Evaluation& evaluation, const Call& call, const Steps& steps, Field field) {
  Vector vector;
  if (call.args.empty()) {
    Column times(steps.count);
    for (size_t step = 0; step < steps.count; ++step)
      times[step] = static_cast<double>(steps.at(step)) / 1000;
    vector.push_back({Labels(), std::move(times)});
  } else {
    ASSIGN_OR_RETURN(vector, evaluation.vector(*call.args[0], steps));
    drop_histograms(vector);
  }
  for (Series& series : vector) {
    RETURN_IF_ERROR(evaluation.budget().work(steps.count));
    series.labels = drop_metric(series.labels);
    for (double& value : series.values) value = is_absent(value) ? value : apply(field, value);
  }
  RETURN_IF_ERROR(merge_equal_labels(vector));
  return Value(std::move(vector));
}

}  // namespace

Result<Value> call_time(Evaluation&, const Call&, const Steps& steps) {
  Column times(steps.count);
  for (size_t step = 0; step < steps.count; ++step) times[step] = static_cast<double>(steps.at(step)) / 1000;
  return Value(std::move(times));
}

Result<Value> call_minute(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    return static_cast<double>(time_of_day(time).minutes().count());
  });
}

Result<Value> call_hour(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    return static_cast<double>(time_of_day(time).hours().count());
  });
}

Result<Value> call_day_of_week(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    const std::chrono::weekday day(std::chrono::floor<std::chrono::days>(time));
    return static_cast<double>(day.c_encoding());
  });
}

Result<Value> call_day_of_month(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    return static_cast<double>(static_cast<unsigned>(date(time).day()));
  });
}

Result<Value> call_day_of_year(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::sys_days new_year = date(time).year() / std::chrono::January / 1;
    return static_cast<double>((day - new_year).count() + 1);
  });
}

Result<Value> call_days_in_month(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    const std::chrono::year_month_day_last last(date(time).year(),
                                                std::chrono::month_day_last(date(time).month()));
    return static_cast<double>(static_cast<unsigned>(last.day()));
  });
}

Result<Value> call_month(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    return static_cast<double>(static_cast<unsigned>(date(time).month()));
  });
}

Result<Value> call_year(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return field_of_time(evaluation, call, steps, [](std::chrono::sys_seconds time) {
    return static_cast<double>(static_cast<int>(date(time).year()));
  });
}

}  // namespace weir::query
