#include "wire/batch_record.h"
#include "wire/record_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weir::wire::fuzz::check_record({reinterpret_cast<const char*>(data), size}, weir::wire::encode_batch_record,
                                 weir::wire::decode_batch_record);
  return 0;
}
