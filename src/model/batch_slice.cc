#include "model/batch_slice.h"

#include <numeric>
#include <utility>

namespace weir {

BatchSlice whole_slice(TenantId tenant, std::shared_ptr<const Batch> batch) {
  BatchSlice slice{std::move(batch), {}};
  slice.selection.indexes.resize(slice.batch->series_count());
  std::iota(slice.selection.indexes.begin(), slice.selection.indexes.end(), 0u);
  for (const Batch::Series& series : slice.batch->series())
    slice.selection.hashes.push_back(series_hash(tenant, slice.batch->labels(series)));
  return slice;
}

void append_slice(const BatchSlice& slice, Batch& out) {
  const Batch& batch = *slice.batch;
  for (const uint32_t index : slice.selection.indexes) {
    const Batch::Series& series = batch.series()[index];
    out.begin_series(batch.labels(series).bytes());
    const auto times = batch.timestamps_ms(series);
    const auto values = batch.values(series);
    for (size_t i = 0; i < times.size(); ++i) out.add_sample(times[i], values[i]);
    const auto histogram_times = batch.histogram_times_ms(series);
    for (size_t i = 0; i < histogram_times.size(); ++i)
      out.add_histogram(histogram_times[i], batch.histograms(series)[i]);
    for (size_t i = 0; i < series.exemplar_count; ++i) out.add_exemplar(batch.exemplar(series, i));
  }
}

}  // namespace weir
