#include "rules/explain/selector_samples.h"

#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "query/data_range.h"
#include "query/parser.h"
#include "query/printer.h"

namespace weir::rules::explain {
namespace {

const std::vector<Matcher>& matchers_of(const query::Expr& selector) {
  const auto* matrix = selector.as<query::MatrixSelector>();
  return matrix != nullptr ? matrix->selector.matchers : selector.as<query::VectorSelector>()->matchers;
}

// The selector's own, and that each label is absent or as it is given. A value that is too long for a regular
// expression narrows nothing.
std::vector<Matcher> narrowed(std::vector<Matcher> matchers, const TextMap& labels) {
  for (const auto& [name, value] : labels) {
    auto matcher = Matcher::create(MatchOp::kRegex, name, "|" + re2::RE2::QuoteMeta(value));
    if (matcher.ok()) matchers.push_back(*std::move(matcher));
  }
  return matchers;
}

SampleColumns newest_of(const SampleColumns& all, size_t count) {
  SampleColumns out;
  for (size_t i = all.size() - std::min(count, all.size()); i < all.size(); ++i) {
    if (HistogramPtr histogram = all.histogram(i)) {
      out.push_back(all.timestamps_ms[i], std::move(histogram));
    } else {
      out.push_back(all.timestamps_ms[i], all.values[i]);
    }
  }
  out.align_histograms();
  return out;
}

Status read_newest(std::span<const Matcher> matchers, const TimeRange& range, const ExplainLimits& limits,
                   const Parts& parts, SelectorSamples& out) {
  const query::QueryContext& context = parts.context;
  const store::SelectRequest request{matchers, range, context.limits.query_series_max};
  ASSIGN_OR_RETURN(const auto set, parts.store.select(context.tenant, request, context.deadline));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) return {};
    SampleColumns samples;
    RETURN_IF_ERROR(set->read(samples));
    samples.align_histograms();
    if (samples.size() == 0) continue;
    out.has_more = out.series.size() == limits.series_max;
    if (out.has_more) return {};
    out.series.push_back({Labels(set->labels()), newest_of(samples, limits.samples_max)});
  }
}

}  // namespace

Result<std::vector<SelectorSamples>> selector_samples(const std::string& expr, TimestampMs at_ms,
                                                      const TextMap& labels, const ExplainLimits& limits,
                                                      const Parts& parts) {
  ASSIGN_OR_RETURN(const query::ExprPtr tree,
                   query::parse(expr, parts.engine.parse_limits(), query::QueryTimes{at_ms, at_ms, 0}));
  std::vector<std::pair<const query::Expr*, TimeRange>> selectors;
  query::selector_ranges(
      *tree, {at_ms, at_ms, 0}, parts.engine.options(),
      [&](const query::Expr& selector, const TimeRange& range) { selectors.emplace_back(&selector, range); });
  std::ranges::sort(selectors, {}, [](const auto& one) { return one.first->range.begin; });
  if (selectors.size() > limits.selectors_max) selectors.resize(limits.selectors_max);
  std::vector<SelectorSamples> all;
  for (const auto& [selector, range] : selectors) {
    SelectorSamples& out = all.emplace_back();
    out.selector = query::print(*selector);
    const std::vector<Matcher> matchers = narrowed(matchers_of(*selector), labels);
    const Status read = read_newest(matchers, range, limits, parts, out);
    if (!read.ok()) out.error = read.error().message;
  }
  return all;
}

}  // namespace weir::rules::explain
