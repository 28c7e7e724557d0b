#include "store/timescale/reduced_reads.h"

#include <fmt/format.h>

#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/reduced_series.h"

namespace weir::store::timescale {
namespace {

// Arrays hold no NULL: the value is NaN where there is none.
constexpr std::string_view kReadBuckets = R"sql(
  select series_id, array_agg(bucket), array_agg(coalesce({}, 'NaN')),
    array_agg((count > 1 and min = max)::int::float8)
  from weir.sample_1h where series_id = any($1) and bucket >= $2 and bucket <= $3 group by series_id)sql";

constexpr std::string_view kReadFirsts = R"sql(
  select series_id, array_agg(time), array_agg(value) from weir.sample
  where series_id = any($1) and time = any($2) and time >= $3 and time <= $4 group by series_id)sql";

constexpr std::string_view kReadPieces = R"sql(
  select p.id, d.times, d.values
  from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) p(id, lo, hi) cross join lateral (
    select array_agg(time) as times, array_agg(value) as values from weir.sample
    where series_id = p.id and time >= p.lo and time <= p.hi) d
  where d.times is not null)sql";

// Of a statement: even at a sample a second its answer stays far below what a connection takes.
constexpr int64_t kPiecesMsMax = 4'096 * kBucketMs;

/// Times of single series.
struct Pieces {
  std::vector<int64_t> ids;
  std::vector<TimestampMs> begins, ends;
  int64_t total_ms = 0;
};

Result<std::unique_ptr<pg::Rows>> ask(const ReadContext& context, std::string_view sql,
                                      const pg::Params& params) {
  return context.connection.execute(in_schema(sql, context.schema), params.span(), context.deadline);
}

/// Buckets of each series, by its place in the batch.
Result<std::vector<std::vector<Bucket>>> read_buckets(const ReadContext& context, WindowReduction::Kind kind,
                                                      const WindowPlan& plan, const SeriesBatch& batch) {
  const std::string_view extreme = kind == WindowReduction::Kind::kMax ? "max" : "min";
  pg::Params params;
  params.int8_array(batch.ids()).timestamp(plan.whole.front().mint_ms).timestamp(plan.whole.back().maxt_ms);
  ASSIGN_OR_RETURN(const auto rows, ask(context, fmt::format(kReadBuckets, extreme), params));
  std::vector<std::vector<Bucket>> out(batch.ids().size());
  std::vector<TimestampMs> begins;
  std::vector<double> extremes, constants;
  for (size_t row = 0; row < rows->row_count(); ++row) {
    begins.clear();
    extremes.clear();
    constants.clear();
    if (!append_times(text_cell(*rows, row, 1), begins) ||
        !append_values(text_cell(*rows, row, 2), extremes) ||
        !append_values(text_cell(*rows, row, 3), constants) || begins.size() != extremes.size() ||
        begins.size() != constants.size()) {
      return internal("timescale: the server's arrays are malformed");
    }
    std::vector<Bucket>& buckets = out[batch.place_of(int_cell(*rows, row, 0))];
    for (size_t i = 0; i < begins.size(); ++i) buckets.push_back({begins[i], extremes[i], constants[i] != 0});
  }
  return out;
}

Status read_firsts(const ReadContext& context, const WindowPlan& plan, SeriesBatch& batch) {
  if (plan.parted.empty()) return ok_status();
  pg::Params params;
  params.int8_array(batch.ids()).timestamp_array(plan.parted);
  params.timestamp(plan.parted.front()).timestamp(plan.parted.back());
  ASSIGN_OR_RETURN(const auto rows, ask(context, kReadFirsts, params));
  RETURN_IF_ERROR(batch.add(*rows));
  batch.sort_by_time();
  return ok_status();
}

Status read_pieces(const ReadContext& context, Pieces& pieces, SeriesBatch& batch) {
  if (pieces.ids.empty()) return ok_status();
  pg::Params params;
  params.int8_array(pieces.ids).timestamp_array(pieces.begins).timestamp_array(pieces.ends);
  ASSIGN_OR_RETURN(const auto rows, ask(context, kReadPieces, params));
  pieces = {};
  return batch.add(*rows);
}

}  // namespace

Result<std::optional<WindowPlan>> plan_reads(const ReadContext& context, const AggregateState& aggregates,
                                             const WindowReduction& reduction, TimeRange range) {
  // Of other reductions the aggregates know too little.
  if (reduction.kind != WindowReduction::Kind::kMin && reduction.kind != WindowReduction::Kind::kMax)
    return std::optional<WindowPlan>();
  // Most windows are too short for hours; that is seen without asking.
  if (!plan_windows(reduction, range, {})) return std::optional<WindowPlan>();
  ASSIGN_OR_RETURN(
      const auto stale,
      aggregates.stale_times(context.connection, {range.mint_ms - 1, range.maxt_ms}, context.deadline));
  if (!stale) return std::optional<WindowPlan>();
  return plan_windows(reduction, range, *stale);
}

Result<uint64_t> read_reduced(const ReadContext& context, WindowReduction::Kind kind, const WindowPlan& plan,
                              SeriesBatch& batch) {
  ASSIGN_OR_RETURN(const auto buckets, read_buckets(context, kind, plan, batch));
  RETURN_IF_ERROR(read_firsts(context, plan, batch));
  Pieces pieces;
  uint64_t used = 0;
  for (size_t place = 0; place < buckets.size(); ++place) {
    SampleColumns& samples = batch.samples()[place];
    const SampleColumns firsts = std::exchange(samples, {});
    const ReducedSeries reduced = reduce_series(kind, plan, buckets[place], firsts, samples);
    used += reduced.bucket_count;
    for (const TimeRange& range : reduced.wanted) {
      pieces.ids.push_back(batch.ids()[place]);
      pieces.begins.push_back(range.mint_ms);
      pieces.ends.push_back(range.maxt_ms);
      pieces.total_ms += range.maxt_ms - range.mint_ms + 1;
      if (pieces.total_ms >= kPiecesMsMax) RETURN_IF_ERROR(read_pieces(context, pieces, batch));
    }
  }
  RETURN_IF_ERROR(read_pieces(context, pieces, batch));
  for (const TimeRange& range : plan.raw) RETURN_IF_ERROR(read_samples(context, range, batch));
  return used;
}

}  // namespace weir::store::timescale
