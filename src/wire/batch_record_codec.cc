#include "wire/batch_record.h"
#include "wire/record_codec.h"

namespace weir::wire {
namespace {

class BatchRecordCodec final : public RecordCodec {
 public:
  void encode(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out) const override {
    encode_batch_record(batch, series_indexes, out);
  }
  size_t bound(size_t labels_bytes, size_t sample_count, size_t further_bytes) const override {
    return batch_record_bound(labels_bytes, sample_count, further_bytes);
  }
  size_t record_bytes_max() const override { return kBatchRecordBytesMax; }
  Status decode(std::string_view payload, size_t decoded_bytes_max, Deadline, Batch& batch) const override {
    return decode_batch_record(payload, decoded_bytes_max, batch);
  }
};

}  // namespace

std::unique_ptr<RecordCodec> batch_record_codec() {
  return std::make_unique<BatchRecordCodec>();
}

}  // namespace weir::wire
