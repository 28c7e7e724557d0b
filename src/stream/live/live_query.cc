#include "stream/live/live_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "query/parser.h"
#include "query/printer.h"

namespace weir::stream {
namespace {

/// No live query may hold one of the hub's threads for longer, whatever other queries may.
constexpr int64_t kTimeoutMsMax = 10'000;

}  // namespace

Result<std::string> canonical_live_query(std::string_view text, const query::ParseLimits& limits) {
  ASSIGN_OR_RETURN(const query::ExprPtr expr, query::parse(text, limits, query::QueryTimes{0, 0, 1}));
  const query::ValueType type = expr->type();
  if (type != query::ValueType::kVector && type != query::ValueType::kScalar) {
    return invalid_argument(
        fmt::format("live query: the expression gives a {}, must give an instant vector or a scalar",
                    query::documented(type)));
  }
  // What depends on its times is another expression at each of them, and the printer does not tell how it
  // depends: then the text stands for itself.
  ASSIGN_OR_RETURN(const query::ExprPtr other, query::parse(text, limits, query::QueryTimes{7, 70'000, 11}));
  std::string printed = query::print(*expr);
  return printed == query::print(*other) ? std::move(printed) : std::string(text);
}

query::QueryContext LiveEvaluator::context(const LiveRequest& request) const {
  const auto timeout = std::min(request.limits.query_timeout_ms, kTimeoutMsMax);
  return {request.tenant, request.limits, Deadline::after(clock_, os::milliseconds(timeout))};
}

Result<std::vector<query::ResultSeries>> LiveEvaluator::instant(const LiveRequest& request,
                                                                TimestampMs at_ms) const {
  ASSIGN_OR_RETURN(query::QueryResult result, engine_.instant(context(request), request.query, at_ms));
  if (auto* vector = std::get_if<query::VectorValue>(&result.value)) return std::move(vector->series);
  auto* scalar = std::get_if<query::Scalar>(&result.value);
  if (scalar == nullptr) return internal("live query: its value is neither an instant vector nor a scalar");
  std::vector<query::ResultSeries> one(1);
  one[0].points.push_back(scalar->timestamp_ms, scalar->value);
  return one;
}

Result<std::vector<query::ResultSeries>> LiveEvaluator::range(const LiveRequest& request,
                                                              const query::Engine::Range& range) const {
  ASSIGN_OR_RETURN(query::QueryResult result, engine_.range(context(request), request.query, range));
  auto* matrix = std::get_if<query::MatrixValue>(&result.value);
  return matrix == nullptr ? std::vector<query::ResultSeries>() : std::move(matrix->series);
}

}  // namespace weir::stream
