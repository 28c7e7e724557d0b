#include "wire/metric_batch.h"
#include "wire/record_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weir::wire::fuzz::check_record({reinterpret_cast<const char*>(data), size}, weir::wire::encode_metric_batch,
                                 weir::wire::decode_metric_batch);
  return 0;
}
