#include "model/batch_slice.h"

namespace weir {

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
  }
}

}  // namespace weir
