#include "store/timescale/sample_reads.h"

#include <algorithm>
#include <numeric>

#include "pg/binary.h"
#include "store/timescale/cells.h"

namespace weir::store::timescale {
namespace {

constexpr std::string_view kReadSamples = R"sql(
  select series_id, array_agg(time), array_agg(value) from weir.sample
  where series_id = any($1) and time >= $2 and time <= $3 group by series_id)sql";

void sort_columns(SampleColumns& samples) {
  auto& times = samples.timestamps_ms;
  if (std::is_sorted(times.begin(), times.end())) return;
  std::vector<size_t> order(times.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return times[a] < times[b]; });
  SampleColumns sorted;
  for (const size_t i : order) sorted.push_back(times[i], samples.values[i]);
  samples = std::move(sorted);
}

}  // namespace

SeriesBatch::SeriesBatch(std::span<const FoundSeries> series) : samples_(series.size()) {
  for (const FoundSeries& one : series) {
    places_.emplace(one.id, ids_.size());
    ids_.push_back(one.id);
  }
}

Status SeriesBatch::add(const pg::Rows& rows) {
  for (size_t row = 0; row < rows.row_count(); ++row) {
    SampleColumns& columns = samples_[place_of(int_cell(rows, row, 0))];
    if (!append_times(text_cell(rows, row, 1), columns.timestamps_ms) ||
        !append_values(text_cell(rows, row, 2), columns.values) ||
        columns.timestamps_ms.size() != columns.values.size()) {
      return internal("timescale: the server's arrays are malformed");
    }
  }
  return ok_status();
}

void SeriesBatch::sort_by_time() {
  for (SampleColumns& columns : samples_) sort_columns(columns);
}

Status read_samples(const ReadContext& context, TimeRange range, SeriesBatch& batch) {
  // The ids are the tenant's own: this transaction read them by tenant.
  pg::Params params;
  params.int8_array(batch.ids()).timestamp(range.mint_ms).timestamp(range.maxt_ms);
  ASSIGN_OR_RETURN(const auto rows, context.connection.execute(in_schema(kReadSamples, context.schema),
                                                               params.span(), context.deadline));
  return batch.add(*rows);
}

}  // namespace weir::store::timescale
