#include "rules/evaluation/instant_vector.h"

#include <utility>

namespace weir::rules {

Result<std::vector<RuleSample>> instant_vector(const query::Engine& engine,
                                               const query::QueryContext& context, const std::string& expr,
                                               TimestampMs at_ms, query::QueryStats* stats) {
  ASSIGN_OR_RETURN(query::QueryResult result, engine.instant(context, expr, at_ms));
  if (stats != nullptr) *stats = result.stats;
  std::vector<RuleSample> out;
  if (const auto* scalar = std::get_if<query::Scalar>(&result.value)) {
    out.push_back({Labels(), scalar->value});
    return out;
  }
  auto* vector = std::get_if<query::VectorValue>(&result.value);
  if (vector == nullptr) return invalid_argument("rule result is not a vector or scalar");
  for (query::ResultSeries& series : vector->series) {
    templates::SampleValue value = series.points.values.front();
    if (HistogramPtr histogram = series.points.histogram(0)) value = std::move(histogram);
    out.push_back({std::move(series.labels), std::move(value)});
  }
  return out;
}

}  // namespace weir::rules
