#include "app/cli/query_answer.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include <fmt/format.h>

#include "model/labels.h"

namespace weir::app::cli {
namespace {

namespace json = boost::json;

Error unexpected(std::string_view what) {
  return invalid_argument(fmt::format("the server's answer is not that of a query: {}", what));
}

const json::value* find(const json::value& from, std::string_view key) {
  const json::object* object = from.if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}

std::string text_of(const json::value* value) {
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<TimestampMs> read_time(const json::value& value) {
  const auto seconds = value.to_number<double>();
  if (!(std::abs(seconds) < 1e15)) return unexpected("a time out of range");
  return std::llround(seconds * 1'000);
}

// [1700000000.5, "1"]
Result<AnswerPoint> read_point(const json::value& value) {
  const json::array* pair = value.if_array();
  if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_string()) {
    return unexpected("a point is a time and a text");
  }
  ASSIGN_OR_RETURN(const TimestampMs time_ms, read_time((*pair)[0]));
  return AnswerPoint{time_ms, std::string((*pair)[1].get_string())};
}

// [0, "1", "2", "3"] is (1,2]:3.
Result<std::string> bucket_text(const json::value& value) {
  const json::array* parts = value.if_array();
  if (parts == nullptr || parts->size() != 4 || !(*parts)[0].is_number())
    return unexpected("a bucket is a rule, two bounds and a count");
  const auto rule = (*parts)[0].to_number<double>();
  const bool has_lower = rule == 1 || rule == 3;
  const bool has_upper = rule == 0 || rule == 3;
  return fmt::format("{}{},{}{}:{}", has_lower ? '[' : '(', text_of(&(*parts)[1]), text_of(&(*parts)[2]),
                     has_upper ? ']' : ')', text_of(&(*parts)[3]));
}

// [1700000000.5, {"count": "3", "sum": "4.5", "buckets": [[0, "1", "2", "3"]]}]
Result<AnswerPoint> read_histogram(const json::value& value) {
  const json::array* pair = value.if_array();
  if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_object())
    return unexpected("a histogram is a time and an object");
  ASSIGN_OR_RETURN(const TimestampMs time_ms, read_time((*pair)[0]));
  const json::value& histogram = (*pair)[1];
  const std::string count = text_of(find(histogram, "count"));
  std::string text = fmt::format("{{count:{}, sum:{}", count, text_of(find(histogram, "sum")));
  if (const json::value* buckets = find(histogram, "buckets"); buckets != nullptr && buckets->is_array()) {
    for (const json::value& bucket : buckets->get_array()) {
      ASSIGN_OR_RETURN(const std::string part, bucket_text(bucket));
      text += ", " + part;
    }
  }
  return AnswerPoint{time_ms, text + '}', count};
}

Status read_points(const json::value* list, Result<AnswerPoint> (*read)(const json::value&),
                   AnswerSeries& series) {
  if (list == nullptr) return {};
  if (!list->is_array()) return unexpected("points are a list");
  for (const json::value& point : list->get_array()) {
    ASSIGN_OR_RETURN(series.points.emplace_back(), read(point));
  }
  return {};
}

Status read_labels(const json::value* metric, AnswerSeries& series) {
  const json::object* labels = metric == nullptr ? nullptr : metric->if_object();
  if (labels == nullptr) return unexpected("a series has \"metric\"");
  for (const auto& [name, value] : *labels) series.labels.emplace_back(name, text_of(&value));
  std::sort(series.labels.begin(), series.labels.end());
  return {};
}

Result<AnswerSeries> read_series(const json::value& value) {
  AnswerSeries series;
  RETURN_IF_ERROR(read_labels(find(value, "metric"), series));
  if (const json::value* point = find(value, "value")) {
    ASSIGN_OR_RETURN(series.points.emplace_back(), read_point(*point));
    return series;
  }
  if (const json::value* point = find(value, "histogram")) {
    ASSIGN_OR_RETURN(series.points.emplace_back(), read_histogram(*point));
    return series;
  }
  RETURN_IF_ERROR(read_points(find(value, "values"), &read_point, series));
  RETURN_IF_ERROR(read_points(find(value, "histograms"), &read_histogram, series));
  if (series.points.empty()) return unexpected("a series has \"value\" or \"values\", or histograms");
  std::ranges::sort(series.points, {}, &AnswerPoint::time_ms);
  return series;
}

Status read_result(const json::value& result, QueryAnswer& answer) {
  if (answer.kind == QueryAnswer::Kind::kScalar || answer.kind == QueryAnswer::Kind::kString) {
    AnswerSeries& series = answer.series.emplace_back();
    ASSIGN_OR_RETURN(series.points.emplace_back(), read_point(result));
    return {};
  }
  if (!result.is_array()) return unexpected("\"result\" is an array");
  for (const json::value& value : result.get_array()) {
    ASSIGN_OR_RETURN(answer.series.emplace_back(), read_series(value));
  }
  return {};
}

Result<QueryAnswer::Kind> read_kind(const std::string& name) {
  if (name == "vector") return QueryAnswer::Kind::kVector;
  if (name == "matrix") return QueryAnswer::Kind::kMatrix;
  if (name == "scalar") return QueryAnswer::Kind::kScalar;
  if (name == "string") return QueryAnswer::Kind::kString;
  return unexpected(fmt::format("\"resultType\" is \"{}\"", name));
}

std::vector<std::string> read_texts(const json::value* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const json::value& text : list->get_array()) texts.push_back(text_of(&text));
  return texts;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Result<QueryAnswer> parse_query_answer(std::string_view body) {
  json::error_code failed;
  const json::value root = json::parse(json::string_view(body.data(), body.size()), failed);
  if (failed) return unexpected(failed.message());
  const json::value* data = find(root, "data");
  const json::value* result = data == nullptr ? nullptr : find(*data, "result");
  if (text_of(find(root, "status")) != "success" || result == nullptr) return unexpected("no \"result\"");
  QueryAnswer answer;
  ASSIGN_OR_RETURN(answer.kind, read_kind(text_of(find(*data, "resultType"))));
  RETURN_IF_ERROR(read_result(*result, answer));
  answer.warnings = read_texts(find(root, "warnings"));
  answer.infos = read_texts(find(root, "infos"));
  return answer;
}

std::string series_text(const AnswerSeries& series) {
  std::string name;
  std::string labels;
  for (const auto& [label, value] : series.labels) {
    if (label == kMetricName) {
      name = value;
      continue;
    }
    labels += fmt::format("{}{}={}", labels.empty() ? "" : ", ", label, quoted(value));
  }
  if (labels.empty() && !name.empty()) return name;
  return fmt::format("{}{{{}}}", name, labels);
}

}  // namespace weir::app::cli
