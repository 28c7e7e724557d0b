#pragma once

#include "config/config.h"
#include "query/engine.h"

namespace weir::app {

/// What the configuration says for every engine of queries: of users, and of rules.
inline query::EngineOptions query_options(const config::QueryConfig& config) {
  query::EngineOptions options;
  options.lookback = config.lookback;
  options.experimental = config.experimental;
  return options;
}

}  // namespace weir::app
