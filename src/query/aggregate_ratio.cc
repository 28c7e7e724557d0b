#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/xxh64.h"
#include "query/aggregate.h"
#include "query/literals.h"

namespace weir::query {
namespace {

// Prometheus' text of a label set in memory: each name and value behind its length, in one byte or, from 255
// on, in three more.
void append_sized(std::string& out, std::string_view text) {
  const size_t size = text.size();
  if (size < 255) {
    out.push_back(static_cast<char>(size));
  } else {
    out.push_back('\xff');
    for (const int shift : {0, 8, 16}) out.push_back(static_cast<char>(size >> shift));
  }
  out.append(text);
}

// Where in [0, 1] a series lies, by its labels alone: the place that Prometheus gives it, so that both choose
// the same series.
double place_of(LabelsView labels) {
  std::string text;
  for (const Label& label : labels) {
    append_sized(text, label.name);
    append_sized(text, label.value);
  }
  constexpr auto kHashMax = static_cast<double>(std::numeric_limits<uint64_t>::max());
  return static_cast<double>(xxh64(text)) / kHashMax;
}

// A ratio below zero takes what its complement leaves.
bool takes(double ratio, double place) {
  return ratio >= 0 ? place < ratio : place >= 1 + ratio;
}

void warn_of_ratio(Evaluation& evaluation, const Aggregate& aggregate, double ratio) {
  evaluation.warn(*aggregate.param,
                  fmt::format("ratio value should be between -1 and 1, got {}, capping to {}",
                              format_number(ratio), ratio > 0 ? 1 : -1));
}

}  // namespace

Result<Vector> aggregate_ratio(Evaluation& evaluation, const Aggregate& aggregate, Vector input,
                               const Column& param, const Steps& steps) {
  if (std::all_of(param.begin(), param.end(), [](double ratio) { return ratio == 0; })) return Vector();
  if (std::any_of(param.begin(), param.end(), [](double ratio) { return std::isnan(ratio); })) {
    return failed_precondition("Ratio value is NaN");
  }
  const auto [least, greatest] = std::minmax_element(param.begin(), param.end());
  if (*greatest > 1) warn_of_ratio(evaluation, aggregate, *greatest);
  if (*least < -1) warn_of_ratio(evaluation, aggregate, *least);
  for (Series& series : input) {
    RETURN_IF_ERROR(evaluation.budget().work(steps.count));
    const double place = place_of(series.labels);
    for (size_t step = 0; step < steps.count; ++step) {
      if (!takes(std::clamp(param[step], -1.0, 1.0), place)) series.erase(step);
    }
  }
  drop_empty(input);
  return input;
}

}  // namespace weir::query
