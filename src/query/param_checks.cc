#include "query/param_checks.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "query/literals.h"
#include "query/notes.h"

namespace weir::query {

ParamChecks::ParamChecks(Evaluation& evaluation, const Call& call, const ScalarParams& params)
    : evaluation_(evaluation), call_(call), params_(params), kind_(kind_of(call)) {
  if (are_needed()) checked_.resize(params.values.size() / params.count);
}

ParamChecks::Kind ParamChecks::kind_of(const Call& call) {
  const std::string_view name = call.function->name;
  if (name == "integral" && call.args.size() > 1) return Kind::kStrategy;
  if (name == "quantile_over_time") return Kind::kQuantile;
  return name == "double_exponential_smoothing" ? Kind::kFactors : Kind::kNone;
}

Status ParamChecks::of_values(const Column& values) {
  for (size_t step = 0; step < values.size(); ++step) {
    if (!is_absent(values[step])) RETURN_IF_ERROR(check(step));
  }
  return {};
}

Status ParamChecks::of_samples(const Windows& windows, const SampleColumns& samples) {
  SlidingEdges edges;
  for (size_t step = 0; step < checked_.size(); ++step) {
    edges.move_to(samples.timestamps_ms, windows.ends.at(step), windows.range_ms);
    const auto window = std::span(samples.histograms).subspan(edges.begin, edges.size());
    const bool has_doubles = std::ranges::find(window, nullptr) != window.end();
    // The factors are looked at before the samples are.
    if (has_doubles || (kind_ == Kind::kFactors && !edges.empty())) RETURN_IF_ERROR(check(step));
  }
  return {};
}

Status ParamChecks::check(size_t step) {
  if (checked_[step]) return {};
  checked_[step] = true;
  const std::span<const double> params = params_.at(step);
  if (kind_ == Kind::kQuantile) warn_of_quantiles(evaluation_, *call_.args[0], params);
  if (kind_ == Kind::kStrategy && !is_integral_strategy(params[0])) {
    evaluation_.warn(*call_.args[1], fmt::format("strategy should be 0, 1, or 2 (default), using 2, got {}",
                                                 format_general(params[0])));
  }
  if (kind_ != Kind::kFactors) return {};
  constexpr std::array<std::string_view, 2> kFactors = {"smoothing factor. Expected: 0 < sf < 1",
                                                        "trend factor. Expected: 0 < tf < 1"};
  for (size_t i = 0; i < kFactors.size(); ++i) {
    if (is_smoothing_factor(params[i])) continue;
    return failed_precondition(fmt::format("invalid {}, got: {:f}", kFactors[i], params[i]));
  }
  return {};
}

}  // namespace weir::query
