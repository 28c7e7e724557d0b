#include "gateway/answer_parts.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "query/note_list.h"

namespace weir::gateway {
namespace {

using query::MatrixValue;
using query::QueryResult;
using query::ResultSeries;
using Range = query::Engine::Range;

constexpr int64_t kLengthsMax = 8;
constexpr TimestampMs kTimeMax = TimestampMs{1} << 61;

int64_t length_of_parts(const Range& range) {
  int64_t length_ms = kHourMs;
  while ((range.end_ms - range.start_ms) / length_ms >= kLengthsMax) length_ms *= 2;
  return length_ms;
}

/// The first step at or after a time, on a grid that goes on to both sides of the range.
TimestampMs step_from(const Range& range, TimestampMs at_ms) {
  const int64_t phase = range.start_ms % range.step_ms;
  return (at_ms - phase + range.step_ms - 1) / range.step_ms * range.step_ms + phase;
}

void append(SampleColumns& to, SampleColumns&& from) {
  if (!to.histograms.empty() || !from.histograms.empty()) {
    to.align_histograms();
    from.histograms.resize(from.size());
    to.histograms.resize(to.size());
    std::move(from.histograms.begin(), from.histograms.end(), std::back_inserter(to.histograms));
  }
  to.timestamps_ms.insert(to.timestamps_ms.end(), from.timestamps_ms.begin(), from.timestamps_ms.end());
  to.values.insert(to.values.end(), from.values.begin(), from.values.end());
}

SampleColumns slice(const SampleColumns& points, const Range& steps) {
  const auto& times = points.timestamps_ms;
  const auto first = std::lower_bound(times.begin(), times.end(), steps.start_ms) - times.begin();
  const auto last = std::upper_bound(times.begin(), times.end(), steps.end_ms) - times.begin();
  const auto part = [&](const auto& column) {
    using Column = std::decay_t<decltype(column)>;
    return column.empty() ? Column() : Column(column.begin() + first, column.begin() + last);
  };
  return {part(times), part(points.values), part(points.histograms), {}};
}

std::vector<std::string> joined_notes(std::string_view kind, std::vector<QueryResult>& parts,
                                      std::vector<std::string> QueryResult::*notes) {
  query::NoteList all(kind);
  for (QueryResult& part : parts) {
    for (const std::string& note : part.*notes) all.add(note);
  }
  return all.told();
}

}  // namespace

std::vector<AnswerPart> parts_of(const Range& range) {
  std::vector<AnswerPart> parts;
  if (range.start_ms < 0 || range.end_ms < range.start_ms || range.end_ms > kTimeMax) return parts;
  const TimestampMs last_ms = range.end_ms - (range.end_ms - range.start_ms) % range.step_ms;
  const int64_t length_ms = length_of_parts(range);
  if (range.end_ms - range.start_ms <= length_ms) return parts;
  for (TimestampMs cut_ms = range.start_ms / length_ms * length_ms; cut_ms <= range.end_ms;
       cut_ms += length_ms) {
    const TimestampMs first_ms = step_from(range, cut_ms);
    const TimestampMs after_ms = step_from(range, cut_ms + length_ms);
    if (first_ms == after_ms) continue;  // steps are longer than parts
    const Range whole{first_ms, after_ms - range.step_ms, range.step_ms};
    const Range wanted{std::max(first_ms, range.start_ms), std::min(whole.end_ms, last_ms), range.step_ms};
    if (wanted.start_ms <= wanted.end_ms) parts.push_back({whole, wanted});
  }
  return parts;
}

QueryResult slice(const QueryResult& result, const Range& steps) {
  MatrixValue matrix;
  for (const ResultSeries& series : std::get<MatrixValue>(result.value).series) {
    SampleColumns points = slice(series.points, steps);
    if (points.size() > 0) matrix.series.push_back({series.labels, std::move(points)});
  }
  return {std::move(matrix), result.warnings, result.infos, {}};
}

QueryResult join(std::vector<QueryResult> parts) {
  QueryResult whole;
  std::vector<ResultSeries> all;
  absl::flat_hash_map<std::string, size_t> places;
  for (QueryResult& part : parts) {
    for (ResultSeries& series : std::get<MatrixValue>(part.value).series) {
      const auto [at, is_new] = places.emplace(series.labels.view().bytes(), all.size());
      if (is_new) {
        all.push_back(std::move(series));
      } else {
        append(all[at->second].points, std::move(series.points));
      }
    }
  }
  query::sort_by_labels(all);
  whole.value = MatrixValue{std::move(all)};
  whole.warnings = joined_notes("warning", parts, &QueryResult::warnings);
  whole.infos = joined_notes("info", parts, &QueryResult::infos);
  return whole;
}

bool is_joinable(const QueryResult& result) {
  return result.warnings.size() <= query::NoteList::kToldMax &&
         result.infos.size() <= query::NoteList::kToldMax;
}

}  // namespace weir::gateway
