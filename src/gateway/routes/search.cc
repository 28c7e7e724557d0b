#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/metric_family.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "gateway/search_terms.h"
#include "wire/json_writer.h"

// Prometheus' search for names of metrics and labels, and for values: lines of JSON, each a batch of results,
// and a last one that says whether there is more.
namespace weir::gateway {
namespace {

constexpr int64_t kRecentMs = kHourMs;
constexpr uint64_t kLimitDefault = 100;
constexpr uint64_t kBatchMax = 1'000;
constexpr size_t kTermsMax = 32;

enum class SearchOrder { kAscending, kDescending, kScore };

struct Search {
  std::vector<std::vector<Matcher>> selectors;  // empty: all series
  TimeRange range;
  SearchTerms terms{{}, {}};
  SearchOrder order = SearchOrder::kAscending;
  bool include_score = false;
  std::shared_ptr<const MetricDescriptions> metadata = nullptr;  // null: do not tell it
  uint64_t limit = kLimitDefault;
  uint64_t batch = kLimitDefault;
  Deadline deadline = Deadline::never();
};

Error invalid(std::string_view name, std::string_view value, std::string_view expected) {
  return invalid_argument(fmt::format("invalid {} \"{}\": must be {}", name, value, expected));
}

Result<bool> boolean_parameter(const net::Params& params, std::string_view name, bool otherwise) {
  const std::string_view value = params.get(name).value_or("");
  if (value.empty()) return otherwise;
  if (value == "1" || value == "t" || value == "T" || value == "true" || value == "TRUE" || value == "True")
    return true;
  if (value == "0" || value == "f" || value == "F" || value == "false" || value == "FALSE" ||
      value == "False")
    return false;
  return invalid(name, value, "boolean");
}

Result<uint64_t> positive_parameter(const net::Params& params, std::string_view name, uint64_t otherwise) {
  const std::string_view value = params.get(name).value_or("");
  if (value.empty()) return otherwise;
  const auto number = count_parameter(params, name, 0);
  if (!number.ok() || *number == 0) return invalid(name, value, "a positive integer");
  return *number;
}

Result<SearchTerms> parse_terms(const net::Params& params) {
  const std::vector<std::string_view> terms = params.all("search[]");
  if (terms.size() > kTermsMax)
    return invalid_argument(
        fmt::format("too many search[] terms: got {}, maximum is {}", terms.size(), kTermsMax));
  SearchOptions options;
  const auto threshold = count_parameter(params, "fuzz_threshold", 0);
  if (!threshold.ok() || *threshold > 100)
    return invalid("fuzz_threshold", params.get("fuzz_threshold").value_or(""), "0-100");
  options.threshold = static_cast<double>(*threshold) / 100;
  const std::string_view algorithm = params.get("fuzz_alg").value_or("");
  if (algorithm == "jarowinkler") {
    options.algorithm = SearchAlgorithm::kJaroWinkler;
  } else if (!algorithm.empty() && algorithm != "subsequence") {
    return invalid("fuzz_alg", algorithm, "\"subsequence\" or \"jarowinkler\"");
  }
  ASSIGN_OR_RETURN(options.case_sensitive, boolean_parameter(params, "case_sensitive", true));
  return SearchTerms(terms, options);
}

Result<SearchOrder> parse_order(const net::Params& params) {
  const std::string_view by = params.get("sort_by").value_or("");
  const std::string_view direction = params.get("sort_dir").value_or("");
  if (!by.empty() && by != "alpha" && by != "score") return invalid("sort_by", by, "\"alpha\" or \"score\"");
  if (!direction.empty() && by.empty()) return invalid_argument("sort_dir is only valid when sort_by is set");
  if (!direction.empty() && by == "score")
    return invalid_argument("sort_dir is not supported for sort_by=score");
  if (!direction.empty() && direction != "asc" && direction != "dsc")
    return invalid("sort_dir", direction, "\"asc\" or \"dsc\"");
  if (by == "score" && params.all("search[]").empty())
    return invalid_argument("sort_by=score requires search[] to be set");
  if (by == "score") return SearchOrder::kScore;
  return direction == "dsc" ? SearchOrder::kDescending : SearchOrder::kAscending;
}

Result<Search> parse_search(const Services& services, const net::Params& params) {
  const TimestampMs now = services.clock.wall_ms();
  Search search;
  ASSIGN_OR_RETURN(search.range.mint_ms, time_parameter(params, "start", now - kRecentMs));
  ASSIGN_OR_RETURN(search.range.maxt_ms, time_parameter(params, "end", now));
  if (search.range.maxt_ms < search.range.mint_ms)
    return invalid_argument("end timestamp must not be before start timestamp");
  ASSIGN_OR_RETURN(search.selectors, selectors_parameter(params));
  ASSIGN_OR_RETURN(search.terms, parse_terms(params));
  ASSIGN_OR_RETURN(search.order, parse_order(params));
  ASSIGN_OR_RETURN(search.include_score, boolean_parameter(params, "include_score", false));
  const Limits& limits = services.options.limits;
  ASSIGN_OR_RETURN(search.limit, positive_parameter(params, "limit", kLimitDefault));
  if (search.limit > limits.query_series_max)
    return invalid_argument(fmt::format("limit {} exceeds the configured maximum ({}, see query.series_max)",
                                        search.limit, limits.query_series_max));
  ASSIGN_OR_RETURN(search.batch, positive_parameter(params, "batch_size", kLimitDefault));
  search.batch = std::min({search.batch, search.limit, kBatchMax});
  ASSIGN_OR_RETURN(search.deadline, deadline_parameter(params, services.clock, limits.query_timeout_ms));
  return search;
}

struct Hit {
  std::string value;
  double score;
};

/// At most one more than asked for, in order.
std::vector<Hit> hits_of(const Search& search, std::map<std::string, double> found) {
  std::vector<Hit> hits;
  for (auto& [value, score] : found) hits.push_back({value, score});
  if (search.order == SearchOrder::kDescending) std::reverse(hits.begin(), hits.end());
  if (search.order == SearchOrder::kScore)
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });
  if (hits.size() > search.limit + 1) hits.resize(search.limit + 1);
  return hits;
}

/// `ask` gives all candidates of a request.
template <typename Ask>
Result<std::vector<Hit>> run(const Search& search, uint64_t candidates_max, Ask ask) {
  std::map<std::string, double> found;
  const auto add = [&](std::span<const Matcher> matchers) -> Status {
    ASSIGN_OR_RETURN(const auto values, ask(store::LabelRequest{matchers, search.range, candidates_max}));
    for (const std::string& value : values) {
      if (const auto score = search.terms.score(value)) found.emplace(value, *score);
    }
    return {};
  };
  if (search.selectors.empty()) RETURN_IF_ERROR(add({}));
  for (const std::vector<Matcher>& matchers : search.selectors) RETURN_IF_ERROR(add(matchers));
  return hits_of(search, std::move(found));
}

void write_description(wire::JsonWriter& json, const MetricDescription* description) {
  if (description == nullptr) return;
  json.text("type", metric_type_name(description->type));
  if (!description->help.empty()) json.text("help", description->help);
  if (!description->unit.empty()) json.text("unit", description->unit);
}

std::string batch_line(const Search& search, std::string_view key, std::span<const Hit> hits) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("results");
  json.begin_array();
  for (const Hit& hit : hits) {
    json.begin_object();
    json.key(key);
    json.text(hit.value);
    if (search.include_score) {
      json.number("score", hit.score);
    }
    if (search.metadata != nullptr) write_description(json, find_description(*search.metadata, hit.value));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out + "\n";
}

net::HttpResponse lines(const Search& search, std::string_view key, const std::vector<Hit>& hits) {
  const size_t shown = std::min<size_t>(hits.size(), search.limit);
  std::string out;
  for (size_t i = 0; i == 0 || i < shown; i += search.batch)
    out += batch_line(search, key, std::span(hits).subspan(i, std::min<size_t>(search.batch, shown - i)));
  out += fmt::format("{{\"status\":\"success\",\"has_more\":{}}}\n", hits.size() > shown);
  return net::HttpResponse::text(200, std::move(out), "application/x-ndjson; charset=utf-8");
}

/// Null where it is not to be had: names are found without it.
std::shared_ptr<const MetricDescriptions> metadata_of(Services& services, TenantId tenant,
                                                      Deadline deadline) {
  const auto metadata = services.reading().metadata.of(tenant, deadline);
  return metadata.ok() ? *metadata : nullptr;
}

enum class Subject { kMetricNames, kLabelNames, kLabelValues };

template <Subject subject>
Result<net::HttpResponse> search_for(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(call.request));
  ASSIGN_OR_RETURN(Search search, parse_search(services, params));
  const std::string_view label =
      subject == Subject::kLabelValues ? params.get("label").value_or("") : kMetricName;
  if (label.empty()) return invalid_argument("missing required parameter \"label\"");
  store::Store& store = services.reading().store;
  const auto ask = [&](const store::LabelRequest& wanted) {
    return subject == Subject::kLabelNames ? store.label_names(tenant, wanted, search.deadline)
                                           : store.label_values(tenant, label, wanted, search.deadline);
  };
  if (subject == Subject::kMetricNames) {
    ASSIGN_OR_RETURN(const bool wanted, boolean_parameter(params, "include_metadata", false));
    if (wanted) search.metadata = metadata_of(services, tenant, search.deadline);
  }
  ASSIGN_OR_RETURN(const auto hits, run(search, services.options.limits.query_series_max, ask));
  return lines(search, subject == Subject::kLabelValues ? "value" : "name", hits);
}

}  // namespace

void handle_search_metric_names(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, search_for<Subject::kMetricNames>);
}
void handle_search_label_names(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, search_for<Subject::kLabelNames>);
}
void handle_search_label_values(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, search_for<Subject::kLabelValues>);
}

}  // namespace weir::gateway
