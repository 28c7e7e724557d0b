#include "gateway/answer_entry.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "model/batch.h"
#include "wire/batch_record.h"
#include "wire/zstd_frame.h"

namespace weir::gateway {
namespace {

using query::MatrixValue;
using query::QueryResult;

// An entry is a byte that says how, a hash of the rest, and the rest.
constexpr char kPlain = 'j', kZstd = 'z', kMatrix = 'm';
constexpr size_t kHeadBytes = 1 + 16;
constexpr size_t kWorthCompressing = 1'024;
constexpr int kZstdLevel = 1;

std::string head_of(char how, std::string_view body) {
  return fmt::format("{}{:016x}", how, stable_hash(body));
}

/// Empty for what is no entry.
std::string_view body_of(std::string_view entry) {
  if (entry.size() < kHeadBytes) return {};
  const std::string_view body = entry.substr(kHeadBytes);
  return entry.substr(0, kHeadBytes) == head_of(entry[0], body) ? body : std::string_view();
}

void write_notes(const std::vector<std::string>& notes, ByteWriter& out) {
  out.varint(notes.size());
  for (const std::string& note : notes) out.text(note);
}

std::vector<std::string> read_notes(ByteReader& in) {
  std::vector<std::string> notes;
  for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) notes.emplace_back(in.text());
  return notes;
}

std::optional<query::ResultSeries> series_of(const Batch& batch, const Batch::Series& series,
                                             TimeRange range) {
  query::ResultSeries out{Labels(batch.labels(series)), {}};
  const auto times_ms = batch.timestamps_ms(series);
  if (series.histogram_count > 0 || series.exemplar_count > 0 || times_ms.empty()) return std::nullopt;
  if (times_ms.front() < range.mint_ms || times_ms.back() > range.maxt_ms) return std::nullopt;
  if (std::adjacent_find(times_ms.begin(), times_ms.end(), std::greater_equal()) != times_ms.end())
    return std::nullopt;
  const auto values = batch.values(series);
  out.points.timestamps_ms.assign(times_ms.begin(), times_ms.end());
  out.points.values.assign(values.begin(), values.end());
  return out;
}

}  // namespace

std::string pack_json(std::string_view json) {
  if (json.size() < kWorthCompressing) return head_of(kPlain, json).append(json);
  const std::string body = wire::zstd_encode(json, kZstdLevel);
  return head_of(kZstd, body) + body;
}

std::optional<std::string> unpack_json(std::string_view entry, uint64_t bytes_max) {
  const std::string_view body = body_of(entry);
  if (body.empty()) return std::nullopt;
  if (entry[0] == kPlain) return std::string(body);
  if (entry[0] != kZstd) return std::nullopt;
  auto json = wire::zstd_decode(body, bytes_max);
  return json.ok() ? std::optional(std::move(*json)) : std::nullopt;
}

std::optional<std::string> pack_matrix(const QueryResult& result, uint64_t bytes_max) {
  const auto* matrix = std::get_if<MatrixValue>(&result.value);
  if (matrix == nullptr) return std::nullopt;
  Batch batch;
  uint64_t bytes = 0;
  for (const query::ResultSeries& series : matrix->series) {
    if (!series.points.histograms.empty()) return std::nullopt;
    bytes += wire::batch_record_bound(series.labels.view().bytes().size(), series.points.size());
    if (bytes > std::min<uint64_t>(bytes_max, wire::kBatchRecordBytesMax)) return std::nullopt;
    batch.begin_series(series.labels.view().bytes());
    batch.add_samples(series.points);
  }
  std::vector<uint32_t> all(batch.series_count());
  std::iota(all.begin(), all.end(), 0u);
  std::string body;
  ByteWriter out(body);
  write_notes(result.warnings, out);
  write_notes(result.infos, out);
  wire::encode_batch_record(batch, all, body);
  return head_of(kMatrix, body) + body;
}

std::optional<QueryResult> unpack_matrix(std::string_view entry, uint64_t bytes_max, TimeRange range) {
  const std::string_view body = body_of(entry);
  if (body.empty() || entry[0] != kMatrix) return std::nullopt;
  ByteReader in(body);
  QueryResult result;
  result.warnings = read_notes(in);
  result.infos = read_notes(in);
  if (!in.ok()) return std::nullopt;
  Batch batch;
  const uint64_t decoded_max = std::min<uint64_t>(bytes_max, wire::kBatchRecordBytesMax);
  if (!wire::decode_batch_record(body.substr(in.position()), decoded_max, batch).ok()) return std::nullopt;
  MatrixValue matrix;
  for (const Batch::Series& series : batch.series()) {
    auto one = series_of(batch, series, range);
    if (!one) return std::nullopt;
    matrix.series.push_back(std::move(*one));
  }
  result.value = std::move(matrix);
  return result;
}

}  // namespace weir::gateway
