#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/exemplar.h"
#include "query/engine.h"

namespace weir::gateway {

/// {"status":"success","data":...} of what is JSON already.
std::string success_json(std::string_view data);

/// {"status":"success","data":{"resultType":...,"result":...}} of a query's result, with "warnings" and
/// "infos" where there are any, and "stats" when they are asked for: times in seconds, and what was read of
/// the store. Native histograms are under "histogram" and "histograms" in place of "value" and "values", as
/// their count, sum and buckets; a series of a matrix may have doubles and histograms.
std::string to_prometheus_json(const query::QueryResult& result, bool with_stats = false);

/// {"status":"success","data":[...]} of strings, and of label sets.
std::string to_prometheus_json(const std::vector<std::string>& names);
std::string to_prometheus_json(const std::vector<Labels>& series);

/// {"status":"success","data":[{"seriesLabels":{...},"exemplars":[{"labels":{...},"value":"6",
/// "timestamp":1600096945.479}]}]}
std::string to_prometheus_json(const std::vector<SeriesExemplars>& series);

}  // namespace weir::gateway
