#include "query/viewed_selectors.h"

#include <utility>

#include "query/data_range.h"
#include "query/parser.h"

namespace weir::query {
namespace {

/// Two times that no expression can tell from others, far enough from 0 that nothing is cut there.
constexpr TimestampMs kTimes[] = {1'700'000'000'000, 1'700'000'777'777};

/// The times before `at_ms` that each selector is read for, in the order of the text.
struct Reads {
  std::vector<std::vector<Matcher>> matchers;
  std::vector<TimeRange> before;

  static Result<Reads> at(const Engine& engine, std::string_view text, TimestampMs at_ms) {
    ASSIGN_OR_RETURN(const ExprPtr expr, parse(text, engine.parse_limits(), QueryTimes{at_ms, at_ms, 0}));
    Reads reads;
    selector_ranges(*expr, {at_ms, at_ms, 1}, engine.options(),
                    [&](const Expr& selector, const TimeRange& range) {
                      const auto* matrix = selector.as<MatrixSelector>();
                      reads.matchers.push_back(matrix != nullptr ? matrix->selector.matchers
                                                                 : selector.as<VectorSelector>()->matchers);
                      reads.before.push_back({at_ms - range.mint_ms, at_ms - range.maxt_ms});
                    });
    return reads;
  }
};

}  // namespace

Result<std::vector<store::ViewedSelector>> viewed_selectors(const Engine& engine, std::string_view text) {
  ASSIGN_OR_RETURN(Reads reads, Reads::at(engine, text, kTimes[0]));
  ASSIGN_OR_RETURN(const Reads later, Reads::at(engine, text, kTimes[1]));
  std::vector<store::ViewedSelector> selectors;
  if (reads.before != later.before) return selectors;
  for (size_t i = 0; i < reads.before.size(); ++i) {
    if (reads.before[i].maxt_ms < 0) return std::vector<store::ViewedSelector>();
    selectors.push_back({std::move(reads.matchers[i]), reads.before[i].mint_ms});
  }
  return selectors;
}

}  // namespace weir::query
