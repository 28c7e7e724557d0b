#pragma once

#include <string>

#include "gateway/query_parameters.h"
#include "query/profile.h"

namespace weir::gateway {

/// What is told of a query: docs/formats/explain.md.
struct Explanation {
  const AskedQuery& asked;
  const query::Profile& profile;
  const query::QueryResult* result = nullptr;  ///< Null when the query was planned and not run.
};

std::string explain_json(const Explanation& explanation);

}  // namespace weir::gateway
