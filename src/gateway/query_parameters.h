#pragma once

#include <optional>
#include <string>

#include "gateway/services.h"
#include "net/http.h"

namespace weir::gateway {

/// What a request asks of the engine, by the parameters of Prometheus' `query` and `query_range`.
struct AskedQuery {
  std::string text;
  query::Engine::Range range;  ///< An instant query has its time at both ends and a step of 0.
  bool names_time = true;      ///< False: an instant query of whenever it came.
  Deadline deadline = Deadline::never();
  std::optional<os::milliseconds> lookback = std::nullopt;

  bool instant() const { return range.step_ms == 0; }
  /// What this tenant asks, for the list of queries.
  query::QueryDescription description(TenantId tenant) const {
    return {tenant, text, range.start_ms, range.end_ms, range.step_ms};
  }
  /// `running` is what counts it, `queued` how long it waited for a worker.
  query::QueryContext context(TenantId tenant, const Limits& limits, query::RunningQuery& running,
                              std::chrono::microseconds queued) const {
    return {.tenant = tenant,
            .limits = limits,
            .deadline = deadline,
            .running = &running,
            .lookback = lookback,
            .queued = queued};
  }
};

/// `query`, `time`, `timeout` and `lookback_delta`. Errors are kInvalidArgument and name the parameter.
Result<AskedQuery> instant_query(const net::Params& params, const Services& services);

/// `query`, `start`, `end`, `step`, `timeout` and `lookback_delta`.
Result<AskedQuery> range_query(const net::Params& params, const Services& services);

}  // namespace weir::gateway
