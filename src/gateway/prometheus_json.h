#pragma once

#include <string>
#include <vector>

#include "query/engine.h"

namespace weir::gateway {

/// {"status":"success","data":{"resultType":...,"result":...}} of a query's result, with "warnings" where
/// there are any.
std::string to_prometheus_json(const query::QueryResult& result);

/// {"status":"success","data":[...]} of strings, and of label sets.
std::string to_prometheus_json(const std::vector<std::string>& names);
std::string to_prometheus_json(const std::vector<Labels>& series);

}  // namespace weir::gateway
