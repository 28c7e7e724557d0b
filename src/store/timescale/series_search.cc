#include "store/timescale/series_search.h"

#include <algorithm>

#include <fmt/format.h>

#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/label_text.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {
namespace {

int64_t as_int(TenantId tenant) {
  return static_cast<int64_t>(tenant.value());
}

/// Sorted by bytes: the database sorts the text forms.
std::vector<std::string> sorted_first(std::vector<std::string> texts, uint64_t limit) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  if (texts.size() > limit) texts.resize(limit);
  return texts;
}

}  // namespace

TimeRange storable(TimeRange range) {
  return {std::clamp(range.mint_ms, kTimeMinMs, kTimeMaxMs),
          std::clamp(range.maxt_ms, kTimeMinMs - 1, kTimeMaxMs)};
}

Result<std::vector<int64_t>> SeriesSearch::ids_of_value(const std::string& name, const std::string& value) {
  pg::Params params;
  params.int8(as_int(tenant_)).text(text_form(name)).text(text_form(value));
  ASSIGN_OR_RETURN(
      const auto rows,
      connection_.execute(sql("select id from weir.label where tenant_id = $1 and name = $2 and digest = "
                              "sha256(convert_to($3, 'UTF8'))"),
                          params.span(), deadline_));
  std::vector<int64_t> ids;
  for (size_t row = 0; row < rows->row_count(); ++row) ids.push_back(int_cell(*rows, row, 0));
  return ids;
}

Result<std::vector<int64_t>> SeriesSearch::ids_where(const Matcher& matcher, bool matches) {
  pg::Params params;
  params.int8(as_int(tenant_)).text(text_form(matcher.name()));
  std::vector<int64_t> ids;
  RETURN_IF_ERROR(
      connection_.stream(sql("select id, value from weir.label where tenant_id = $1 and name = $2"),
                         params.span(), deadline_, [&](const pg::Rows& rows) {
                           for (size_t row = 0; row < rows.row_count(); ++row) {
                             if (matcher.matches(bytes_of(text_cell(rows, row, 1))) == matches)
                               ids.push_back(int_cell(rows, row, 0));
                           }
                           return ok_status();
                         }));
  return ids;
}

Result<SeriesSearch::LabelIds> SeriesSearch::label_ids(std::span<const Matcher> matchers) {
  LabelIds out;
  for (const Matcher& matcher : matchers) {
    // A matcher that an absent label satisfies rules out the label's other values; any other wants one of its
    // values.
    const bool absent = matcher.matches_absent();
    std::vector<int64_t> ids;
    if (matcher.op() == MatchOp::kEqual && !absent) {
      ASSIGN_OR_RETURN(ids, ids_of_value(matcher.name(), matcher.value()));
    } else if (matcher.op() == MatchOp::kNotEqual && absent) {
      ASSIGN_OR_RETURN(ids, ids_of_value(matcher.name(), matcher.value()));
    } else {
      ASSIGN_OR_RETURN(ids, ids_where(matcher, !absent));
    }
    if (!absent && ids.empty()) out.impossible = true;
    if (!ids.empty()) (absent ? out.excluded : out.required).push_back(std::move(ids));
  }
  return out;
}

Status SeriesSearch::search(std::string_view columns, std::span<const Matcher> matchers, TimeRange range,
                            uint64_t limit, const std::function<void(const pg::Rows&, size_t row)>& on_row) {
  ASSIGN_OR_RETURN(const LabelIds ids, label_ids(matchers));
  if (ids.impossible) return ok_status();
  const TimeRange stored = storable(range);
  pg::Params params;
  params.int8(as_int(tenant_)).timestamp(stored.mint_ms).timestamp(stored.maxt_ms);
  params.int8(static_cast<int64_t>(std::min<uint64_t>(limit, INT64_MAX)));
  std::string text = fmt::format(
      "select {} from weir.series s where s.tenant_id = $1 and s.seen_to >= $2 and s.seen_from <= $3",
      columns);
  int number = 4;
  const auto add = [&](std::string_view how, const std::vector<std::vector<int64_t>>& sets) {
    for (const std::vector<int64_t>& set : sets) {
      params.int8_array(set);
      text += fmt::format(
          " and {} (select from weir.series_label x where x.series_id = s.id and x.label_id = any(${}))", how,
          ++number);
    }
  };
  add("exists", ids.required);
  add("not exists", ids.excluded);
  return connection_.stream(sql(text + " limit $4"), params.span(), deadline_, [&](const pg::Rows& rows) {
    for (size_t row = 0; row < rows.row_count(); ++row) on_row(rows, row);
    return ok_status();
  });
}

Result<std::vector<FoundSeries>> SeriesSearch::find(std::span<const Matcher> matchers, TimeRange range,
                                                    uint64_t series_max) {
  std::vector<FoundSeries> found;
  Status valid;
  const uint64_t limit = series_max == UINT64_MAX ? series_max : series_max + 1;
  RETURN_IF_ERROR(search("s.id, s.canonical", matchers, range, limit, [&](const pg::Rows& rows, size_t row) {
    const std::string_view canonical = text_cell(rows, row, 1);
    if (valid.ok()) valid = LabelsView::validate(canonical);
    if (valid.ok()) found.push_back({int_cell(rows, row, 0), Labels(LabelsView(canonical))});
  }));
  if (!valid.ok())
    return corruption("timescale: weir.series holds labels that are not canonical: " + valid.error().message);
  return found;
}

Result<std::vector<int64_t>> SeriesSearch::find_ids(std::span<const Matcher> matchers, TimeRange range) {
  std::vector<int64_t> ids;
  RETURN_IF_ERROR(search("s.id", matchers, range, UINT64_MAX,
                         [&](const pg::Rows& rows, size_t row) { ids.push_back(int_cell(rows, row, 0)); }));
  return ids;
}

Result<std::vector<std::string>> SeriesSearch::names(const LabelRequest& request) {
  return texts("name", {}, request);
}
Result<std::vector<std::string>> SeriesSearch::values(std::string_view name, const LabelRequest& request) {
  return texts("value", name, request);
}

Result<std::vector<std::string>> SeriesSearch::texts(std::string_view column, std::string_view name,
                                                     const LabelRequest& request) {
  const TimeRange stored = storable(request.range);
  pg::Params params;
  params.int8(as_int(tenant_)).timestamp(stored.mint_ms).timestamp(stored.maxt_ms);
  std::string text = fmt::format(
      "select distinct l.{} from weir.label l where l.tenant_id = $1 and exists (select from "
      "weir.series_label x join "
      "weir.series s on s.id = x.series_id where x.label_id = l.id and s.tenant_id = $1 and s.seen_to >= $2 "
      "and "
      "s.seen_from <= $3",
      column);
  int number = 3;
  if (!request.matchers.empty()) {
    ASSIGN_OR_RETURN(const std::vector<int64_t> ids, find_ids(request.matchers, request.range));
    if (ids.empty()) return std::vector<std::string>();
    params.int8_array(ids);
    text += fmt::format(" and s.id = any(${})", ++number);
  }
  text += ")";
  if (column == "value") {
    params.text(text_form(name));
    text += fmt::format(" and l.name = ${}", ++number);
  }
  std::vector<std::string> found;
  RETURN_IF_ERROR(connection_.stream(sql(text), params.span(), deadline_, [&](const pg::Rows& rows) {
    for (size_t row = 0; row < rows.row_count(); ++row) found.push_back(bytes_of(text_cell(rows, row, 0)));
    return ok_status();
  }));
  return sorted_first(std::move(found), request.limit);
}

}  // namespace weir::store::timescale
