#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/engine.h"
#include "stream/live/live_request.h"

namespace weir::stream {

/// The result of a live query at one time, for all who ask the same.
struct LiveEvaluation {
  TimestampMs at_ms = 0;
  bool complete = true;
  std::vector<query::ResultSeries> series;
};

/// Texts that mean the same have the same canonical form. kInvalidArgument for a text that cannot be parsed,
/// or whose value is neither an instant vector nor a scalar.
Result<std::string> canonical_live_query(std::string_view text, const query::ParseLimits& limits);

/// Asks the engine for live queries. Immutable; safe from any thread.
class LiveEvaluator {
 public:
  /// Both outlive it.
  LiveEvaluator(const query::Engine& engine, const os::Clock& clock) : engine_(engine), clock_(clock) {}

  /// One point for each series. Errors: those of the engine.
  Result<std::vector<query::ResultSeries>> instant(const LiveRequest& request, TimestampMs at_ms) const;
  Result<std::vector<query::ResultSeries>> range(const LiveRequest& request,
                                                 const query::Engine::Range& range) const;

 private:
  query::QueryContext context(const LiveRequest& request) const;

  const query::Engine& engine_;
  const os::Clock& clock_;
};

}  // namespace weir::stream
