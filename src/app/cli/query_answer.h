#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::app::cli {

struct AnswerPoint {
  TimestampMs time_ms = 0;
  std::string value;  ///< As the server wrote it, so that printing it changes nothing.
  /// Of a native histogram how many observations it has; `value` is PromQL's text of it then.
  std::optional<std::string> observations = std::nullopt;
};

struct AnswerSeries {
  std::vector<std::pair<std::string, std::string>> labels;  ///< By name; `__name__` among them.
  std::vector<AnswerPoint> points;                          ///< At least one; ascending.
};

/// The answer of the query API. A scalar or a string is one series without labels.
struct QueryAnswer {
  enum class Kind { kVector, kMatrix, kScalar, kString } kind = Kind::kVector;
  std::vector<AnswerSeries> series;
  std::vector<std::string> warnings;
  std::vector<std::string> infos = {};
};

/// Reads Prometheus' JSON of a successful query. kInvalidArgument when the text is anything else.
Result<QueryAnswer> parse_query_answer(std::string_view body);

/// `name{a="b"}` in PromQL's notation; "{}" when there are no labels.
std::string series_text(const AnswerSeries& series);

}  // namespace weir::app::cli
