#include "log/embedded/batch_decoder.h"

#include <numeric>

#include "wire/batch_record.h"
#include "wire/series_record.h"

namespace weir::log::embedded {

void BatchDecoder::learn(const FrameRecord& record) {
  if (!record.is_series_record) return;
  // What fails here is told by the first record that names a series which nothing has defined.
  static_cast<void>(
      wire::learn_definitions(record.payload, record.tenant, decoded_bytes_max_, definitions_of(record)));
}

Result<BatchSlicePtr> BatchDecoder::decode(const FrameRecord& record) {
  const std::shared_ptr<Batch> batch = pool_.take();
  if (!record.is_series_record) {
    RETURN_IF_ERROR(wire::decode_batch_record(record.payload, decoded_bytes_max_, *batch));
    return std::make_shared<const BatchSlice>(whole_slice(record.tenant, batch));
  }
  auto slice = std::make_shared<BatchSlice>(BatchSlice{batch, {}});
  SeriesSelection& selection = slice->selection;
  RETURN_IF_ERROR(wire::decode_series_record(record.payload, record.tenant, decoded_bytes_max_,
                                             definitions_of(record), {*batch, selection.hashes}));
  selection.indexes.resize(batch->series_count());
  std::iota(selection.indexes.begin(), selection.indexes.end(), 0u);
  return BatchSlicePtr(std::move(slice));
}

wire::SeriesDefinitions& BatchDecoder::definitions_of(const FrameRecord& record) {
  std::unique_ptr<wire::SeriesDefinitions>& definitions =
      definitions_[{record.partition.value(), record.tenant}];
  if (definitions == nullptr) definitions = std::make_unique<wire::SeriesDefinitions>();
  return *definitions;
}

}  // namespace weir::log::embedded
